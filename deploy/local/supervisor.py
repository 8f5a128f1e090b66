"""The process runner (supervisord): its configuration, and asking a running one."""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.local.home import REPOSITORY, Home, write_private
from deploy.local.leftovers import is_alive
from deploy.local.ports import HOST

SERVICES: Final = "services"
"""The group of everything that is stopped before the broker and the database."""
_USER: Final = "sportello"
_UNSAFE: Final = ('"', "\\", "\n", "\r", " ;", " #", "\t;", "\t#")


class SupervisorError(Exception):
    """The process runner did not do what was asked; the text says what to look at."""


@dataclass(frozen=True)
class Program:
    """One supervised program. Lower priority starts earlier and stops later."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    priority: int
    stop_seconds: int
    group: str | None = None


@dataclass(frozen=True)
class State:
    """How a program is doing. `kind` is supervisor's word (RUNNING, STARTING, BACKOFF, FATAL, STOPPED, …)."""

    name: str
    kind: str
    pid: int
    started_at: int
    detail: str


def write_config(home: Home, port: int, password: str, programs: Sequence[Program]) -> None:
    """Write supervisord.conf, readable by its owner only. Nothing starts by itself: `up` keeps the order."""
    lines = [
        "[supervisord]",
        "nodaemon=true",
        "silent=true",
        f"pidfile={_escaped(str(home.supervisor_pid))}",
        f"logfile={_escaped(str(home.log('supervisor')))}",
        "logfile_maxbytes=5MB",
        "logfile_backups=1",
        f"childlogdir={_escaped(str(home.logs))}",
        f"directory={_escaped(str(REPOSITORY))}",
        "identifier=sportello",
        *(["user=root"] if os.geteuid() == 0 else []),  # otherwise it complains at each start
        "",
        # A TCP port and not a unix socket: the path of a socket may only have some 100 characters.
        "[inet_http_server]",
        f"port={HOST}:{port}",
        f"username={_USER}",
        f"password={password}",
        "",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
    ]
    for program in programs:
        lines += ["", *_section(program)]
    grouped = [program for program in programs if program.group]
    for group in sorted({program.group for program in grouped if program.group}):
        members = [program for program in grouped if program.group == group]
        names = ",".join(program.name for program in members)
        lines += ["", f"[group:{group}]", f"programs={names}", f"priority={max(p.priority for p in members)}"]
    write_private(home.supervisor_config, "\n".join(lines) + "\n")


def _section(program: Program) -> list[str]:
    return [
        f"[program:{program.name}]",
        f"command={_escaped(' '.join(_quoted(word) for word in program.command))}",
        f"directory={_escaped(str(REPOSITORY))}",
        f"environment={_escaped(','.join(f'{k}={_quoted(v)}' for k, v in program.environment.items()))}",
        f"priority={program.priority}",
        "autostart=false",
        "autorestart=true",
        # A process counts as started after a second; one that keeps dying (its broker is away) is tried on.
        "startsecs=1",
        "startretries=1000",
        f"stopwaitsecs={program.stop_seconds}",
        "killasgroup=true",
        "redirect_stderr=true",
        f"stdout_logfile={_escaped(_escaped(str(program.log)))}",  # supervisor expands this one twice
        "stdout_logfile_maxbytes=20MB",
        "stdout_logfile_backups=2",
    ]


def _quoted(text: str) -> str:
    if any(mark in text for mark in _UNSAFE):
        raise SupervisorError(
            f"This path or setting cannot be written into the process runner's configuration: {text[:80]!r}. "
            "It holds a quotation mark, a backslash, a line end, or a space before ; or #."
        )
    return f'"{text}"'


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


class Runner:
    """A supervisord of one home, running or not."""

    def __init__(self, home: Home, port: int, password: str) -> None:
        """port and password: of its control address, as in the configuration."""
        self._home = home
        self._address = f"http://{_USER}:{password}@{HOST}:{port}/RPC2"
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self, environment: Mapping[str, str]) -> None:
        """Start it in a session of its own, so that Ctrl-C in the terminal reaches `up` alone.

        environment: what its programs inherit. SupervisorError when it does not come up within 15 s.
        """
        with self._home.log("supervisor").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._home.supervisor_config)],
                cwd=REPOSITORY,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + 15
        while self.pid() is None:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SupervisorError(
                    f"The process runner did not start; see {self._home.log('supervisor')} for its reason."
                )
            time.sleep(0.1)

    def pid(self) -> int | None:
        """Its process id when it answers with our password, else None."""
        with contextlib.suppress(OSError, http.client.HTTPException, xmlrpc.client.Error):
            return int(self._call("getPID"))
        return None

    def start(self, name: str) -> None:
        """Start a program, or a whole group with `group:*`; what runs already is left alone."""
        if name.endswith(":*"):
            self._call("startProcessGroup", name[:-2], False)
            return
        with contextlib.suppress(xmlrpc.client.Fault):
            self._call("startProcess", name, False)

    def states(self) -> list[State]:
        """How every program is doing. SupervisorError when it does not answer."""
        try:
            answers = self._call("getAllProcessInfo")
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            raise SupervisorError(f"The process runner does not answer: {error}") from error
        return [
            State(
                name=str(answer["name"]),
                kind=str(answer["statename"]),
                pid=int(answer["pid"]),
                started_at=int(answer["start"]),
                detail=str(answer["spawnerr"] or answer["description"]),
            )
            for answer in answers
        ]

    def shut_down(self, timeout: float) -> bool:
        """Stop all programs in order, then itself. True when it is gone within timeout seconds."""
        pid = self.pid()
        with contextlib.suppress(OSError, http.client.HTTPException, xmlrpc.client.Error):
            self._call("shutdown")
        deadline = time.monotonic() + timeout
        while pid is not None and is_alive(pid):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        if self._process is not None:
            self._process.wait()
        return True

    def _call(self, method: str, *arguments: Any) -> Any:
        with xmlrpc.client.ServerProxy(self._address) as server:
            return getattr(server, f"supervisor.{method}")(*arguments)
