"""The desk's web process as it is deployed: gunicorn with its configuration, on a port that is kept."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

from tests.support.waiting import wait_until
from tests.ticket_service.api.rig import Rig

CHANNELS: Final = Path(__file__).resolve().parents[4] / "deploy" / "compose" / "channels.yaml"


class WebProcess:
    """Started, killed and started again on the same port and database."""

    def __init__(self, rig: Rig, uri: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "SERVICE": "ticket_service",
            "PORT": str(self.port),
            "MONGODB_URI": uri,
            "MONGODB_DATABASE": rig.db.name,
            "AMQP_URL": "amqp://guest:guest@127.0.0.1:1/",
            "SPORTELLO_SECRET_KEY": str(rig.app.secret_key),
            "SPORTELLO_CHANNELS": str(CHANNELS),
            "LOG_LEVEL": "WARNING",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"]
        self._process = subprocess.Popen(
            [*command, "services.ticket_service.app:create_app()"],
            env=self._environment,
            start_new_session=True,
        )
        wait_until(self._answers, 90, 0.2)

    def kill(self) -> None:
        """As `kill -9` does: master and worker at once."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def stop(self, seconds: float) -> int:
        """As an orchestrator does; its exit code. TimeoutExpired when it does not end in time."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(seconds)

    def end(self) -> None:
        """Whatever state it is in."""
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError):
                self.kill()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "the web process ended by itself"
        try:
            with urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


@contextmanager
def web_process(rig: Rig, uri: str) -> Iterator[WebProcess]:
    """A running web process on the rig's database."""
    process = WebProcess(rig, uri)
    try:
        process.start()
        yield process
    finally:
        process.end()
