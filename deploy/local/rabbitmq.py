"""Sportello's own RabbitMQ node: its configuration, how it is started, and when it is ready."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pika

from deploy.local import debian
from deploy.local.ports import HOST
from shared.messaging.connect import connect

NODE: Final = "sportello@localhost"
_PROGRAMS: Final = (Path("/usr/lib/rabbitmq/bin"), Path("/opt/rabbitmq/sbin"), Path("/usr/local/sbin"))
_INSTEAD: Final = "Or point AMQP_URL at a RabbitMQ (3.10 or newer) that you run yourself."


class BrokerError(Exception):
    """The broker did not do what was asked; the text says what to look at."""


def ensure_installed() -> None:
    """Install Debian's RabbitMQ when there is none. debian.NotInstallableError when that is impossible."""
    if server_program() is None:
        debian.install(["rabbitmq-server"], purpose="RabbitMQ", instead=_INSTEAD)
    if server_program() is None:
        raise debian.NotInstallableError(f"RabbitMQ's server program was not found. {_INSTEAD}")


def server_program() -> Path | None:
    """The upstream start script (not Debian's wrapper, which insists on its own user), or None."""
    for folder in _PROGRAMS:
        if (folder / "rabbitmq-server").is_file():
            return folder / "rabbitmq-server"
    found = shutil.which("rabbitmq-server")
    return Path(found) if found else None


@dataclass(frozen=True)
class RabbitMQNode:
    """One node with everything of its own below `home`: data, logs, cookie, user; loopback only."""

    home: Path
    port: int
    names_port: int
    cluster_port: int
    password: str
    cookie: str
    user: str = "sportello"

    @property
    def url(self) -> str:
        """The AMQP URL of the default virtual host."""
        return self.vhost_url("/")

    def vhost_url(self, vhost: str) -> str:
        """The AMQP URL of a virtual host."""
        return f"amqp://{self.user}:{self.password}@{HOST}:{self.port}/{quote(vhost, safe='')}"

    def write_files(self) -> None:
        """Write configuration, (empty) plugin list and cookie; data of an earlier run stays."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        (self.home / "rabbitmq.conf").write_text(
            f"listeners.tcp.local = {HOST}:{self.port}\n"
            f"default_user = {self.user}\n"
            f"default_pass = {self.password}\n"
            # On somebody's laptop: no half a gigabyte of write-ahead log, and work on until the disk is full.
            "raft.wal_max_size_bytes = 134217728\n"
            "disk_free_limit.absolute = 200MB\n"
            "log.console = false\n"
            "log.file.level = info\n"
        )
        (self.home / "enabled_plugins").write_text("[].\n")
        (self.home / "env.conf").write_text("")
        cookie = self.home / ".erlang.cookie"
        cookie.unlink(missing_ok=True)
        cookie.touch(mode=0o600)
        cookie.write_text(self.cookie)
        cookie.chmod(0o400)

    def environment(self) -> dict[str, str]:
        """What the server script needs to keep to its own files, ports and name."""
        return {
            "HOME": str(self.home),
            "ERL_EPMD_PORT": str(self.names_port),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_DIST_PORT": str(self.cluster_port),
            "RABBITMQ_CONF_ENV_FILE": str(self.home / "env.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.home / "rabbitmq"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.home / "advanced"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.home / "data"),
            "RABBITMQ_LOG_BASE": str(self.home / "log"),
            "RABBITMQ_PID_FILE": str(self.home / "pid"),
            # Schedulers that spin while they wait take the processor from everything else on a small machine
            # (RabbitMQ, "Runtime Tuning": scheduler busy waiting).
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}"
            " +sbwt none +sbwtdcpu none +sbwtdio none",
            # Makes the script become the server instead of waiting for it: signals then reach the server.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def command(self) -> list[str]:
        """How to start the server in the foreground."""
        program = server_program()
        if program is None:
            raise debian.NotInstallableError(f"RabbitMQ is not installed. {_INSTEAD}")
        return [str(program)]

    def names_command(self) -> list[str]:
        """How to start this node's name server (epmd), which otherwise would outlive it as a daemon."""
        return [_erlang_program("epmd"), "-port", str(self.names_port), "-address", HOST]

    def evaluate(self, expression: str) -> str:
        """Run an Erlang expression inside the node and return what it printed; takes tens of milliseconds.

        BrokerError when the node cannot be reached or the expression fails.
        """
        command = [
            _erlang_program("erl_call"), "-address", f"{HOST}:{self.cluster_port}", "-c", self.cookie, "-e",
        ]  # fmt: skip
        done = subprocess.run(
            command,
            input=f"{expression}.\n",
            env=os.environ | {"HOME": str(self.home)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        if done.returncode != 0 or not done.stdout.startswith("{ok, "):
            raise BrokerError(f"RabbitMQ did not run {expression}: {done.stdout}{done.stderr}")
        return done.stdout

    def add_vhost(self, vhost: str) -> str:
        """Create a virtual host with full rights for the node's user; returns its URL."""
        self.evaluate(
            f'rabbit_vhost:add(<<"{vhost}">>, <<"sportello">>), '
            f'rabbit_auth_backend_internal:set_permissions(<<"{self.user}">>, <<"{vhost}">>, '
            '<<".*">>, <<".*">>, <<".*">>, <<"sportello">>)'
        )
        return self.vhost_url(vhost)

    def delete_vhost(self, vhost: str) -> None:
        """Delete a virtual host with its queues; connections to it are closed by the broker."""
        self.evaluate(f'rabbit_vhost:delete(<<"{vhost}">>, <<"sportello">>)')


def wait_ready(url: str, timeout: float, *, alive: Callable[[], bool] = lambda: True) -> None:
    """Wait until the broker accepts an AMQP connection.

    timeout: seconds. alive: asked in between, so that a server that died is not waited for.
    BrokerError when it does not in time; authentication refused is said at once.
    """
    try:
        parameters = pika.URLParameters(url)
    except (ValueError, IndexError, KeyError) as error:
        raise BrokerError(
            "This is no AMQP address; one looks like amqp://user:password@host:5672/"
        ) from error
    parameters.socket_timeout = parameters.blocked_connection_timeout = 5
    parameters.stack_timeout = min(10, timeout)
    deadline = time.monotonic() + timeout
    while True:
        try:
            # Asking the port first keeps pika's long complaints about a refused connection out of the log.
            socket.create_connection((parameters.host, parameters.port), timeout=5).close()
            connect(parameters).close()
            return
        except pika.exceptions.ProbableAuthenticationError as error:
            raise BrokerError(f"RabbitMQ refuses the user name or password of {_shown(url)}.") from error
        except (pika.exceptions.AMQPError, OSError) as error:
            if not alive():
                raise BrokerError("RabbitMQ ended while it was starting.") from error
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"RabbitMQ did not answer at {_shown(url)} within {timeout:.0f} s."
                ) from error
        time.sleep(0.1)


def _shown(url: str) -> str:
    return url.rpartition("@")[2]


def _erlang_program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise debian.NotInstallableError(f"Erlang's program {name} was not found on PATH. {_INSTEAD}")
    return found
