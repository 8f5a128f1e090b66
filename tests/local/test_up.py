"""`./sportello up` and `down` as people use them: in an empty home, on ports of its own."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from deploy.local import instance, leftovers, probes
from deploy.local.home import REPOSITORY, Home
from deploy.local.ports import OFFSETS, is_free
from deploy.local.processes import INSTANCE_MARK, PROCESSES

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]


@dataclass(frozen=True)
class Command:
    """The command of one home and one port base."""

    home: Path
    base: int

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            name: value for name, value in os.environ.items() if name not in ("AMQP_URL", "MONGODB_URI")
        }
        environment |= {"SPORTELLO_HOME": str(self.home), "SPORTELLO_PORT_BASE": str(self.base)}
        return subprocess.run(
            [sys.executable, str(REPOSITORY / "sportello"), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    bases = (random.randrange(20000, 30000, 50) for _ in range(100))
    base = next(base for base in bases if all(is_free(base + offset) for offset in OFFSETS.values()))
    command = Command(tmp_path_factory.mktemp("desk") / "home", base)
    yield command
    command("down")


def answer(url: str, token: str) -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return int(response.status)


def test_a_desk_comes_up_restarts_what_dies_goes_down_and_keeps_its_data(command: Command) -> None:
    up = command("up", "--detach")
    assert up.returncode == 0, up.stdout + up.stderr

    endpoints = json.loads((command.home / "endpoints.json").read_text())
    credentials = json.loads((command.home / "credentials.json").read_text())
    assert endpoints["ticket_service"] == f"http://127.0.0.1:{command.base}"
    assert credentials["console"]["password"] in up.stdout
    assert endpoints["sandbox"] in up.stdout
    tickets = f"{endpoints['ticket_service']}/api/v1/tickets"
    assert answer(tickets, credentials["api_token"]) == 200

    status = command("status")
    assert status.returncode == 0, status.stdout
    for process in PROCESSES:
        assert process.name in status.stdout
    assert "It runs already" in command("up", "--detach").stdout

    worker = named(command.home, "services.notifier.worker")
    worker.kill()
    worker.wait(10)
    address = f"http://127.0.0.1:{command.base + OFFSETS['notifier.worker']}"
    assert probes.wait_until_ready({"notifier.worker": address}, 60, lambda _: None, lambda: None) == {}
    assert named(command.home, "services.notifier.worker").pid != worker.pid

    down = command("down")
    assert down.returncode == 0, down.stdout + down.stderr
    assert "Stopped." in down.stdout
    assert instance.left_behind(Home(command.home)) == []
    assert [port for port in OFFSETS.values() if not is_free(command.base + port)] == []
    assert command("status").returncode == 3

    assert command("up", "--detach").returncode == 0
    assert json.loads((command.home / "credentials.json").read_text()) == credentials
    assert answer(tickets, credentials["api_token"]) == 200


def test_logs_show_one_service_only(command: Command) -> None:
    logs = command("logs", "notifier", "-n", "3")
    assert logs.returncode == 0
    assert "notifier.worker.log" in logs.stdout
    assert "==> " in logs.stdout
    assert "ticket_service.web.log" not in logs.stdout


def named(home: Path, module: str) -> psutil.Process:
    """The process of this home that runs a module."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for pid in leftovers.marked_processes(INSTANCE_MARK, str(home)):
            if psutil.pid_exists(pid) and module in psutil.Process(pid).cmdline():
                return psutil.Process(pid)
        time.sleep(0.2)
    raise AssertionError(f"{module} does not run")
