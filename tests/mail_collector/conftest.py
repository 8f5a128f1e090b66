"""Fixtures of the collector's tests: an IMAP server per module, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.private import PrivateDovecot
from tests.mail_collector.rig import Rig
from tests.support.dovecot import USERS, empty


@pytest.fixture(scope="module")
def _module_dovecot() -> Iterator[PrivateDovecot]:
    with PrivateDovecot(USERS) as server:
        yield server


@pytest.fixture
def dovecot(_module_dovecot: PrivateDovecot) -> PrivateDovecot:
    """An IMAP server with empty mailboxes, running when the test begins."""
    _module_dovecot.start()
    empty(_module_dovecot)
    return _module_dovecot


@pytest.fixture
def rig(amqp_vhost_url: str, mongodb_uri: str, database_name: str) -> Iterator[Rig]:
    """Workers of one desk over real servers."""
    rig = Rig(amqp_vhost_url, mongodb_uri, database_name)
    yield rig
    rig.told.close()
