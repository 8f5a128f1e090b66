"""Fixtures for all tests: real servers, started only when a test asks for them, and nothing shared."""

from __future__ import annotations

import os
from collections.abc import Iterator

import hypothesis
import pytest
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

from deploy.local.private import PrivateMongo, PrivateRabbitMQ
from tests.support import servers

DESKS = ("tests/bench/", "tests/journeys/", "tests/local/")
"""What runs whole desks, or measures: one after the other."""
FAULTS = ("_faults.py", "_processes.py")
"""What kills or starves servers of its own: one after the other, too."""

# As the launcher does, for those who run pytest themselves: hundreds of processes are started by tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
if not os.environ.get("CI"):
    # How long an example takes says something of the machine only; with CI set hypothesis knows that itself.
    hypothesis.settings.register_profile("sportello", deadline=None)
    hypothesis.settings.load_profile("sportello")


class FilesTogether(LoadScopeScheduling):
    """For several processes that share the work: a file stays together, and so does what disturbs others."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        if path.startswith(DESKS):
            return "desks"
        return "faults" if path.endswith(FAULTS) else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesTogether:
    """Used for every way to distribute tests but `no`."""
    return FilesTogether(config, log)


@pytest.fixture(scope="session")
def session_broker() -> Iterator[servers.SessionBroker]:
    """The broker of this session: AMQP_URL when given, else a private node started now."""
    with servers.session_broker() as broker:
        yield broker


@pytest.fixture(scope="session")
def amqp_url(session_broker: servers.SessionBroker) -> str:
    """The session's broker, shared by all tests: for what leaves nothing behind."""
    return session_broker.url


@pytest.fixture
def amqp_vhost_url(session_broker: servers.SessionBroker) -> Iterator[str]:
    """A broker address of this test alone: no exchange, no queue declared yet."""
    with session_broker.empty_vhost() as url:
        yield url


@pytest.fixture(scope="session")
def mongodb_uri() -> Iterator[str]:
    """The session's replica set: MONGODB_URI when given, else a private server started now."""
    with servers.session_mongodb_uri() as uri:
        yield uri


@pytest.fixture
def database_name(mongodb_uri: str) -> Iterator[str]:
    """An unused database name of this test alone; all whose names begin so are dropped afterwards."""
    with servers.throwaway_database(mongodb_uri) as name:
        yield name


@pytest.fixture(scope="session")
def _mortal_rabbitmq() -> Iterator[PrivateRabbitMQ]:
    with PrivateRabbitMQ() as node:
        yield node


@pytest.fixture(scope="module")
def _module_rabbitmq(_mortal_rabbitmq: PrivateRabbitMQ) -> PrivateRabbitMQ:
    _mortal_rabbitmq.start()
    # What other modules left goes with its virtual host: some 20 ms, where another node costs seconds.
    _mortal_rabbitmq.node.delete_vhost("/")
    _mortal_rabbitmq.node.add_vhost("/")
    return _mortal_rabbitmq


@pytest.fixture
def private_rabbitmq(_module_rabbitmq: PrivateRabbitMQ) -> PrivateRabbitMQ:
    """A broker that a test may kill, stop and start; empty when a module begins, running when a test does."""
    _module_rabbitmq.start()
    return _module_rabbitmq


@pytest.fixture(scope="session")
def _mortal_mongo() -> Iterator[PrivateMongo]:
    with PrivateMongo() as server:
        yield server


@pytest.fixture
def private_mongo(_mortal_mongo: PrivateMongo) -> PrivateMongo:
    """A server that a test may kill, stop and start; running when the test begins, with others' databases."""
    _mortal_mongo.start()
    return _mortal_mongo
