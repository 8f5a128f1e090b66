"""Servers of one's own for tests and benchmarks: started in a temporary folder, killable, gone at the end."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import dovecot, mongod, rabbitmq
from deploy.local.child import Child
from deploy.local.ports import free_port

_READY_S = 90.0


class _PrivateServer(ABC):
    """A server in a folder of its own; what it keeps outlives its end, until it is closed.

    Use it as a context manager, or call start() and close().
    """

    _home: Path
    _server: Child

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._server.pid

    @abstractmethod
    def start(self) -> None:
        """Start it (again) and wait until it is ready."""

    def kill(self) -> None:
        """End it at once (SIGKILL), as a power cut would: its connections end with it."""
        self._server.kill()

    def stop(self) -> None:
        """End it in order; start() brings it back with its data."""
        self._server.stop()

    def close(self) -> None:
        """End it for good and remove its files."""
        self._server.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> Self:
        """Start it."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


class PrivateRabbitMQ(_PrivateServer):
    """A RabbitMQ node that a test may kill and start again; data and address stay until it is closed.

    `url` is the address of its virtual host "/".
    """

    def __init__(self) -> None:
        """Choose ports and folders; nothing runs yet."""
        rabbitmq.ensure_installed()
        self._home = Path(tempfile.mkdtemp(prefix="sportello-rabbitmq-"))
        self.node = rabbitmq.RabbitMQNode(
            home=self._home,
            port=free_port(),
            names_port=free_port(),
            cluster_port=free_port(),
            password=secrets.token_urlsafe(18),
            cookie=secrets.token_hex(20),
        )
        self.node.write_files()
        environment = self.node.environment()
        self._names = Child(self.node.names_command(), environment, self._home / "names.log", self._home)
        self._server = Child(self.node.command(), environment, self._home / "server.log", self._home)

    @property
    def url(self) -> str:
        """The AMQP URL, with user and password."""
        return self.node.url

    def start(self) -> None:
        """Start it (again), wait until it accepts connections: 5 to 10 s. BrokerError with its last words."""
        self._names.start()
        self._server.start()
        try:
            rabbitmq.wait_ready(self.url, _READY_S, alive=lambda: self._server.running)
        except rabbitmq.BrokerError as error:
            raise rabbitmq.BrokerError(f"{error}\n{self._server.log_tail()}") from error

    def kill(self) -> None:
        """End it at once (SIGKILL), as a power cut would.

        Only the list of queue names is written out before: RabbitMQ 3.10 does that every half second, and a
        queue declared in a test that crashes at once would be lost for a reason that no desk ever meets.
        """
        if self._server.running:
            with contextlib.suppress(rabbitmq.BrokerError):
                self.node.evaluate("lists:foreach(fun dets:sync/1, dets:all())")
        super().kill()

    def close(self) -> None:
        """End it, and what knows its name, for good and remove its files."""
        self._names.kill()
        super().close()


class PrivateMongo(_PrivateServer):
    """A MongoDB replica set of one that a test may kill and start again; `uri` names no database."""

    def __init__(self) -> None:
        """Choose port and folder; nothing runs yet."""
        mongod.ensure_installed()
        self._home = Path(tempfile.mkdtemp(prefix="sportello-mongod-"))
        self.node = mongod.MongoNode(self._home, free_port())
        self.node.write_files()
        self._server = Child(self.node.command(), {}, self._home / "server.log", self._home)

    @property
    def uri(self) -> str:
        """The connection string of the server."""
        return self.node.uri

    def start(self) -> None:
        """Start it (again) and wait until it is the primary. DatabaseError with its last words."""
        self._server.start()
        try:
            self.node.make_primary(_READY_S, alive=lambda: self._server.running)
        except mongod.DatabaseError as error:
            raise mongod.DatabaseError(f"{error}\n{self._server.log_tail()}") from error


class PrivateDovecot(_PrivateServer):
    """An IMAP server that a test may kill and start again; mails and ports stay until it is closed.

    Arguments: see deploy.local.dovecot.DovecotNode. TLS has a port of its own when `tls` is given.
    """

    def __init__(
        self, users: Mapping[str, str], *, tls: tuple[Path, Path] | None = None, introspection_url: str = ""
    ) -> None:
        """Choose ports and folder; nothing runs yet."""
        dovecot.ensure_installed()
        self._home = Path(tempfile.mkdtemp(prefix="sportello-dovecot-"))
        tls_port = free_port() if tls is not None else 0
        self.node = dovecot.DovecotNode(self._home, free_port(), users, tls, tls_port, introspection_url)
        self.node.write_files()
        self._server = Child(self.node.command(), {}, self._home / "server.log", self._home)

    def start(self) -> None:
        """Start it (again) and wait until it greets. MailServerError with its last words."""
        self._server.start()
        try:
            dovecot.wait_ready(self.node.port, _READY_S, alive=lambda: self._server.running)
        except dovecot.MailServerError as error:
            raise dovecot.MailServerError(f"{error}\n{self.log_tail()}") from error

    def log_tail(self) -> str:
        """What it said last."""
        return self._server.log_tail()
