"""Streams processes as they are deployed, on a real database; no broker is near."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from bench.chat_pages import ChatPage
from deploy.local.ports import free_port
from services.webhook_gateway.channels.webchat.settings import ChatSite
from services.webhook_gateway.channels.webchat.verify import ChatVisitor, issue
from tests.support.waiting import wait_until
from tests.webhook_gateway.processes import children_of
from tests.webhook_gateway.webchat.streams.building import CHANNEL

SITE_KEY = "shop-of-the-tests"
SECRET = "an-identity-secret-of-the-tests-0001"
ORIGIN = "https://shop.example"
SITE = ChatSite(CHANNEL, SITE_KEY, SECRET, (ORIGIN,))
STREAM = f"/webchat/{SITE_KEY}/stream"


def token(visitor_id: str, *former: str) -> str:
    return issue(SITE, ChatVisitor(CHANNEL, visitor_id, former))


def page(number: int, visitor_id: str, port: int) -> ChatPage:
    """A page from an address of its own: offices behind one address are limited."""
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return ChatPage(number, STREAM, token(visitor_id), port, address)


class StreamProcesses:
    """Replicas of the streams process, ended by pid."""

    def __init__(self, mongodb_uri: str, database: str, folder: Path) -> None:
        self.log = folder / "streams.log"
        self.http = httpx.Client(verify=False, timeout=30)
        channels = folder / "channels.yaml"
        channels.write_text(
            f"channels: [{{id: {CHANNEL}, kind: webchat, site_key: {SITE_KEY}, "
            f"identity_secret: {SECRET}, allowed_origins: ['{ORIGIN}']}}]"
        )
        self._folder = folder
        self._environment = {
            name: value for name, value in os.environ.items() if name not in ("AMQP_URL", "MONGODB_URI")
        } | {
            "SERVICE": "webhook_gateway",
            "SPORTELLO_CHANNELS": str(channels),
            "SPORTELLO_FILES_SECRET": "a-files-secret-of-the-tests",
            "MONGODB_URI": mongodb_uri,
            "MONGODB_DATABASE": database,
            "TRUSTED_PROXIES": "1",
            "WORKER_CONNECTIONS": "12000",
        }
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, module: str = "streams", **environment: str) -> int:
        """One more replica of the streams, or of the web process (`app`), ready; its port."""
        application = f"services.webhook_gateway.{module}:create_app()"
        return self._start(("gunicorn", "-c", "deploy/gunicorn.conf.py", application), environment)

    def worker(self, **environment: str) -> int:
        """The gateway's worker, ready; the port of its probes."""
        return self._start(("services.webhook_gateway.worker",), environment)

    def _start(self, module: Sequence[str], environment: Mapping[str, str]) -> int:
        port = free_port()
        own = {"PORT": str(port), "PROBE_PORT": str(port)}
        if module[0] == "gunicorn":
            own["PROMETHEUS_MULTIPROC_DIR"] = str(self._folder / f"metrics-{port}")
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                (sys.executable, "-m", *module),
                env={**self._environment, **own, **environment},
                stdout=log,
                stderr=log,
            )
        self._children[port] = child
        wait_until(lambda: child.poll() is not None or self.ready(port), 60, 0.1)
        assert child.poll() is None, self.log.read_text()
        return port

    def ready(self, port: int) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return self.http.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
        return False

    def terminate(self, port: int) -> None:
        """SIGTERM, as an update does."""
        self._children[port].terminate()

    def code(self, port: int, seconds: float) -> int:
        """The exit code, waited for."""
        return self._children[port].wait(seconds)

    def kill(self, port: int) -> None:
        """SIGKILL for gunicorn and its worker at once."""
        child = self._children.pop(port)
        if child.poll() is None:
            for pid in [*children_of(child.pid), child.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            child.wait()

    def stop(self) -> None:
        for port in list(self._children):
            self.kill(port)
        self.http.close()
