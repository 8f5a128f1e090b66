"""What is measured runs as in production: real processes, a real broker, a real database, all its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pika
import psutil

from bench import traffic
from deploy.local.child import Child
from deploy.local.home import REPOSITORY
from deploy.local.ports import HOST, free_port
from deploy.local.private import PrivateMongo, PrivateRabbitMQ
from shared.contracts.routes import queues_of

_READY_SECONDS: Final = 60.0
_THREADS: Final = 16
_CHANNELS: Final = f"""\
channels:
  - id: {traffic.CHANNEL_ID}
    kind: whatsapp_cloud
    name: WhatsApp
    phone_number_id: "{traffic.PHONE_NUMBER_ID}"
    waba_id: "{traffic.WABA_ID}"
    display_phone_number: "+{traffic.DISPLAY_NUMBER}"
    app_secret: ${{WHATSAPP_APP_SECRET}}
    verify_token: ${{WHATSAPP_VERIFY_TOKEN}}
    access_token: none
"""
OF_A_DESK: Final = (
    "AMQP_URL", "MONGODB_URI", "MONGODB_DATABASE", "SPORTELLO_CRASH_AT", "SPORTELLO_TESTING", "PROBE_PORT",
    "GUNICORN_CMD_ARGS", "PROMETHEUS_MULTIPROC_DIR", "SERVICE", "WEB_CONCURRENCY", "WEB_THREADS",
)  # fmt: skip
"""What the caller's shell may say about another desk; the processes measured here must not hear of it."""


class NotRunningError(Exception):
    """A process ended or was not ready in time; the text holds its last words."""


@dataclass(frozen=True, slots=True)
class Web:
    """A web process that answers at `port` on loopback."""

    child: Child
    port: int


class Servers:
    """Broker and database of one bench, and the processes that use them; all end with the context."""

    def __init__(self, folder: Path, broker: PrivateRabbitMQ, mongo: PrivateMongo | None) -> None:
        self.folder = folder
        self.broker = broker
        self.mongo = mongo
        self.inbound = [queue for queue in queues_of("ticket_service.worker") if queue.startswith("inbound")]
        self._children: list[Child] = []
        channels = folder / "channels.yaml"
        channels.write_text(_CHANNELS, encoding="utf-8")
        self._environment = {
            "SPORTELLO_CHANNELS": str(channels),
            "WHATSAPP_APP_SECRET": traffic.APP_SECRET,
            "WHATSAPP_VERIFY_TOKEN": traffic.VERIFY_TOKEN,
            "CHANNEL_ID": traffic.CHANNEL_ID,
            "LOG_LEVEL": "INFO",
        }

    def gateway(self, amqp_url: str) -> Web:
        """The desk's gateway as it is deployed: one gevent worker, counters shared through files."""
        return self._greenlets("gateway", "services.webhook_gateway.app:create_app()", amqp_url)

    def streams(self, database: str, channels: Path) -> Web:
        """The gateway's streams process as it is deployed, for the chats of a channels file of its own."""
        environment = self._database() | {
            "SERVICE": "webhook_gateway",
            "MONGODB_DATABASE": database,
            "SPORTELLO_CHANNELS": str(channels),
            "SPORTELLO_FILES_SECRET": "links to files of the bench",
            "PROMETHEUS_MULTIPROC_DIR": str(self.folder / "streams-metrics"),
            "TRUSTED_PROXIES": "1",
            "WORKER_CONNECTIONS": "12000",
        }
        application = "services.webhook_gateway.streams:create_app()"
        return self._web("streams", ["-c", "deploy/gunicorn.conf.py", application], environment)

    def empty(self, amqp_url: str) -> Web:
        """The empty route on the same kind of worker."""
        return self._greenlets("empty", "bench.baseline.empty:create_app()", amqp_url)

    def textbook_gateway(self, amqp_url: str) -> Web:
        """The textbook gateway on one worker of 16 threads, with which it is at its best."""
        return self._web(
            "textbook-gateway",
            ["--worker-class", "gthread", "--threads", str(_THREADS), "--keep-alive", "5",
             "--no-control-socket", "--bind", "{bind}", "bench.baseline.gateway:create_app()"],
            {"AMQP_URL": amqp_url},
        )  # fmt: skip

    def worker(self, amqp_url: str, database: str, channels: Path | None = None) -> Child:
        """The desk's worker on a database made ready for it; `channels`: a channels file of its own."""
        environment = {"AMQP_URL": amqp_url, "MONGODB_DATABASE": database} | self._database()
        environment |= {"SPORTELLO_CHANNELS": str(channels)} if channels is not None else {}
        return self._start("worker", ["services.ticket_service.worker"], environment)

    def collector(self, amqp_url: str, database: str, channels: Path) -> Child:
        """The mail collector's worker, for the mailboxes of a channels file of its own."""
        environment = {
            "AMQP_URL": amqp_url,
            "MONGODB_DATABASE": database,
            "SPORTELLO_CHANNELS": str(channels),
        }
        return self._start("collector", ["services.mail_collector.worker"], environment | self._database())

    def textbook_consumer(self, amqp_url: str, database: str) -> Child:
        """The textbook consumer."""
        environment = {"AMQP_URL": amqp_url, "MONGODB_DATABASE": database} | self._database()
        return self._start("textbook-consumer", ["bench.baseline.consumer"], environment)

    def prepare_database(self, database: str) -> None:
        """Indexes, statuses and settings, as before the first start of a desk."""
        environment = {"AMQP_URL": self.broker.url, "MONGODB_DATABASE": database} | self._database()
        subprocess.run(
            [sys.executable, "-m", "services.ticket_service.prepare"],
            env=os.environ | self._environment | environment,
            cwd=REPOSITORY,
            check=True,
            capture_output=True,
        )

    def vhost(self, name: str) -> str:
        """The AMQP URL of a new, empty virtual host."""
        return self.broker.node.add_vhost(name)

    def pids(self, *, database: bool = True) -> dict[str, int]:
        """The root process of the broker and (if asked for) of the database, by name."""
        found = {"broker": self.broker.pid, "database": self.mongo.pid if self.mongo and database else None}
        return {name: pid for name, pid in found.items() if pid is not None}

    def stop(self) -> None:
        """End all processes that were started here."""
        for child in reversed(self._children):
            child.stop(timeout=10.0)
        self._children.clear()

    def _database(self) -> dict[str, str]:
        assert self.mongo is not None
        return {"MONGODB_URI": self.mongo.uri}

    def _greenlets(self, name: str, application: str, amqp_url: str) -> Web:
        environment = {
            "AMQP_URL": amqp_url,
            "SERVICE": "webhook_gateway",
            "PROMETHEUS_MULTIPROC_DIR": str(self.folder / f"{name}-metrics"),
            "WEBHOOK_GATEWAY_SPOOL_DIR": str(self.folder / f"{name}-spool"),
        }
        return self._web(name, ["-c", "deploy/gunicorn.conf.py", application], environment)

    def _web(self, name: str, arguments: list[str], environment: Mapping[str, str]) -> Web:
        port = free_port()
        filled = [argument.format(bind=f"{HOST}:{port}") for argument in arguments]
        child = self._start(name, ["gunicorn", *filled], {"PORT": str(port), **environment})
        _wait_answering(child, port)
        return Web(child, port)

    def _start(self, name: str, module: list[str], environment: Mapping[str, str]) -> Child:
        log = self.folder / f"{name}-{len(self._children)}.log"
        command = [sys.executable, "-m", *module]
        child = Child(command, self._environment | dict(environment), log, REPOSITORY)
        child.start()
        self._children.append(child)
        return child


@contextlib.contextmanager
def servers(folder: Path, *, database: bool) -> Iterator[Servers]:
    """A broker, a database when asked for, and whatever is started through them, until the context ends."""
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(PrivateRabbitMQ())
        mongo = stack.enter_context(PrivateMongo()) if database else None
        found = Servers(folder, broker, mongo)
        stack.callback(found.stop)
        yield found


def purge(amqp_url: str, queues: list[str]) -> int:
    """Empty the queues; how many messages lay in them."""
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    try:
        channel = connection.channel()
        return sum(channel.queue_purge(queue).method.message_count for queue in queues)
    finally:
        connection.close()


class CpuMeter:
    """The processor time that named processes use between `start` and `stop`, added up over many times."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._before: dict[str, float] = {}
        self.used = dict.fromkeys(pids, 0.0)
        """Seconds by name."""

    def start(self) -> None:
        """Begin to count."""
        self._before = {name: cpu_seconds(pid) for name, pid in self._pids.items()}

    def stop(self) -> None:
        """Add what was used since the start."""
        for name, pid in self._pids.items():
            self.used[name] += cpu_seconds(pid) - self._before[name]

    def per(self, count: float, unit: str, scale: float = 1.0) -> str:
        """What was used for each of `count` things, as text."""
        return ", ".join(f"{name} {used * scale / count:.3g} {unit}" for name, used in self.used.items())


def cpu_seconds(pid: int) -> float:
    """The processor time of a process so far, and of all its descendants unless it is our own."""
    root = psutil.Process(pid)
    total = 0.0
    for process in [root, *(root.children(recursive=True) if pid != os.getpid() else ())]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _wait_answering(child: Child, port: int) -> None:
    """Until it is ready, or says that it knows no readiness."""
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5).close()
            return
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 404:
                    return
        except OSError:
            if not child.running:
                raise NotRunningError(f"It ended:\n{child.log_tail()}") from None
        if time.monotonic() > deadline:
            raise NotRunningError(f"It was not ready in {_READY_SECONDS:.0f} s:\n{child.log_tail()}")
        time.sleep(0.05)
