"""The gateway's real processes, and what they left in a real broker."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pika

from deploy.local.ports import free_port
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event
from shared.contracts.routes import ROUTES, queues_of
from tests.support.waiting import wait_until
from tests.webhook_gateway.whatsapp import PATH, SECRET, TOKEN, sign

REPLAYS = queues_of("webhook_gateway.worker")
ACCESS_TOKEN = "EAA-a-token-of-the-tests"
QUEUES = [queue for route in ROUTES for queue in route.queues() if queue not in REPLAYS]


class Processes:
    """The gateway's processes with one environment, ended by pid."""

    def __init__(self, amqp_url: str, folder: Path, *, workers: int = 1, spool: Path | None = None) -> None:
        """workers: web workers of gunicorn. spool: its folder, else one below `folder`."""
        self.spool = spool or folder / "spool"
        self.port = free_port()
        self.log = folder / "gateway.log"
        channels = folder / "channels.yaml"
        channels.write_text(
            "channels: [{id: whatsapp-main, kind: whatsapp_cloud, phone_number_id: '109876543210987', "
            "app_secret: '${APP_SECRET}', verify_token: '${VERIFY_TOKEN}', "
            "access_token: '${ACCESS_TOKEN}', graph_url: '${GRAPH_URL}'}]"
        )
        self._environment = os.environ | {
            "SERVICE": "webhook_gateway",
            "PORT": str(self.port),
            "AMQP_URL": amqp_url,
            "SPORTELLO_CHANNELS": str(channels),
            "APP_SECRET": SECRET,
            "VERIFY_TOKEN": TOKEN,
            "WEB_CONCURRENCY": str(workers),
            "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
            "WEBHOOK_GATEWAY_SPOOL_DIR": str(self.spool),
        }
        self._children: list[subprocess.Popen[bytes]] = []

    def web(self, **environment: str) -> subprocess.Popen[bytes]:
        """gunicorn as it is deployed, ready to take webhooks; with more in its environment."""
        command = [
            "-m",
            "gunicorn",
            "-c",
            "deploy/gunicorn.conf.py",
            "services.webhook_gateway.app:create_app()",
        ]
        child = self._start(command, environment)
        wait_until(lambda: child.poll() is not None or self.get("/readyz")[0] == 200, 60)
        assert child.poll() is None, self.log.read_text()
        return child

    def worker(
        self,
        mongodb_uri: str,
        database: str,
        graph_url: str = "http://127.0.0.1:1",
        module: str = "services.webhook_gateway.worker",
    ) -> subprocess.Popen[bytes]:
        """The worker that takes replays and fetches files; its databases' names begin with `database`."""
        environment = {
            "MONGODB_URI": mongodb_uri,
            "MONGODB_DATABASE": database,
            "BLOBS_DATABASE": f"{database}_blobs",
            "ACCESS_TOKEN": ACCESS_TOKEN,
            "GRAPH_URL": graph_url,
        }
        return self._start(["-m", module], environment)

    def post(self, body: bytes) -> int:
        """A signed webhook over a connection of its own; the status of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", PATH, body, {"X-Hub-Signature-256": sign(body)})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of an answer; 0 when there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def metric(self, name: str) -> float:
        """A metric's value over all labels, as Prometheus would scrape it now."""
        lines = [
            line for line in self.get("/metrics")[1].splitlines() if line.startswith(f"sportello_{name}")
        ]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def kill(self) -> None:
        """SIGKILL for gunicorn and its workers at once."""
        for child in self._children:
            for pid in [*children_of(child.pid), child.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            child.wait()
        self._children.clear()

    def stop(self) -> None:
        for child in self._children:
            if child.poll() is None:
                child.terminate()
        for child in self._children:
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def _start(self, command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, *command], env=self._environment | dict(environment), stdout=log, stderr=log
            )
        self._children.append(child)
        return child


def children_of(pid: int) -> list[int]:
    """The processes a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def queued(amqp_url: str, leave: Collection[str] = ()) -> list[Event]:
    """What lies in the queues of others now, taken out (consumed: single-consumer queues allow no get)."""
    found: list[Event] = []
    with contextlib.closing(pika.BlockingConnection(pika.URLParameters(amqp_url))) as connection:
        channel = connection.channel()
        for queue in QUEUES:
            if queue in leave:
                continue
            waiting = channel.queue_declare(queue, passive=True).method.message_count
            # Acknowledged one by one: what arrives meanwhile goes back, and is found the next time.
            for method, _, body in itertools.islice(channel.consume(queue), waiting):
                found.append(decode(body))
                channel.basic_ack(method.delivery_tag)
            if waiting:
                channel.cancel()
    return found
