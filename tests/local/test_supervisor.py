"""The process runner's configuration: what it says to supervisord, and that supervisord obeys it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from deploy.local import instance, leftovers
from deploy.local.home import Home
from deploy.local.ports import PortPlan, free_port
from deploy.local.processes import INSTANCE_MARK
from deploy.local.supervisor import SERVICES, Program, Runner, SupervisorError, write_config

NOTE_END = (
    "import signal, sys, time\n"
    "def end(*_):\n    open(sys.argv[2], 'a').write(sys.argv[1] + chr(10)); sys.exit()\n"
    "signal.signal(signal.SIGTERM, end)\n"
    "open(sys.argv[2] + '.started', 'a').write(sys.argv[1] + chr(10))\n"
    "while True: time.sleep(60)\n"
)


def noting(home: Home, name: str, priority: int, group: str | None, **environment: str) -> Program:
    script = home.root / "note_end.py"
    script.write_text(NOTE_END)
    command = [sys.executable, str(script), name, str(home.root / "ends")]
    mark = {INSTANCE_MARK: str(home.root)}
    return Program(name, command, mark | environment, home.log(name), priority, 10, group)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "a home with 100% & spaces")
    home.prepare()
    return home


def wait_for(file: Path, lines: int) -> list[str]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = file.read_text().splitlines() if file.exists() else []
        if len(found) >= lines:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{file} never had {lines} lines")


def launched(home: Home, programs: list[Program]) -> instance.Running:
    port = free_port()
    plan = PortPlan(port - PortPlan(0)["supervisor"])
    password = home.prepare().supervisor_password
    write_config(home, port, password, programs)
    instance.remember(home, plan)
    runner = Runner(home, port, password)
    runner.launch(os.environ)
    return instance.Running(plan, runner)


def test_the_configuration_is_private(home: Home) -> None:
    write_config(home, 1234, "secret", [noting(home, "one", 1, None)])
    assert stat.S_IMODE(home.supervisor_config.stat().st_mode) == 0o600


def test_a_setting_that_would_break_the_configuration_is_refused(home: Home) -> None:
    for broken in ('a"b', "a\nb", "a\\b", "a ; b", "a #b"):
        with pytest.raises(SupervisorError, match="cannot be written"):
            write_config(home, 1234, "secret", [noting(home, "one", 1, None, X=broken)])


@pytest.mark.integration
def test_services_stop_before_the_broker_and_nothing_is_left(home: Home) -> None:
    programs = [
        noting(home, "broker", 20, None, ODD="100% 'quoted', = and; signs"),
        noting(home, "a.web", 100, SERVICES),
        noting(home, "a.worker", 100, SERVICES),
    ]
    running = launched(home, programs)
    try:
        running.runner.start("broker")
        running.runner.start(f"{SERVICES}:*")
        wait_for(home.root / "ends.started", 3)
        pids = {state.name: state.pid for state in running.runner.states()}
        odd = psutil.Process(pids["broker"]).environ()["ODD"]
        found = instance.find_running(home)
        assert found is not None
        assert found.plan == running.plan
    finally:
        left = instance.stop(home, running)

    assert odd == "100% 'quoted', = and; signs"
    assert left == 0
    ends = wait_for(home.root / "ends", 3)
    assert ends[-1] == "broker"
    assert not any(leftovers.is_alive(pid) for pid in pids.values())
    assert instance.find_running(home) is None


@pytest.mark.integration
def test_a_program_that_dies_is_started_again(home: Home) -> None:
    running = launched(home, [noting(home, "worker", 100, SERVICES)])
    try:
        running.runner.start(f"{SERVICES}:*")
        wait_for(home.root / "ends.started", 1)
        psutil.Process(running.runner.states()[0].pid).kill()
        assert wait_for(home.root / "ends.started", 2) == ["worker", "worker"]
    finally:
        instance.stop(home, running)


@pytest.mark.integration
def test_what_a_killed_runner_left_behind_is_found_and_ended(home: Home) -> None:
    running = launched(home, [noting(home, "worker", 100, SERVICES)])
    runner_pid = running.runner.pid()
    assert runner_pid is not None
    running.runner.start(f"{SERVICES}:*")
    wait_for(home.root / "ends.started", 1)
    runner = psutil.Process(runner_pid)
    runner.kill()
    runner.wait(10)

    assert instance.find_running(home) is None
    assert leftovers.marked_processes(INSTANCE_MARK, str(home.root))
    assert instance.stop(home, running) == 1
    assert wait_for(home.root / "ends", 1) == ["worker"]
    assert not leftovers.marked_processes(INSTANCE_MARK, str(home.root))


def test_a_server_that_empties_its_environment_is_found_by_its_configuration(home: Home) -> None:
    others = home.root.with_name("other") / "dovecot" / "dovecot.conf"
    command = ["sh", "-c", "read nothing", str(home.dovecot / "dovecot.conf")]
    with (
        subprocess.Popen(command, env={}, stdin=subprocess.PIPE) as mine,
        subprocess.Popen([*command[:3], str(others)], env={}, stdin=subprocess.PIPE) as foreign,
    ):
        assert instance.left_behind(home) == [mine.pid]
        assert instance.stop(home, None) == 1
        assert mine.wait(10) != 0
        assert foreign.poll() is None
        foreign.kill()


@pytest.mark.integration
def test_a_runner_of_somebody_else_on_our_port_is_not_ours(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.prepare()
    running = launched(other, [])
    try:
        instance.remember(home, running.plan)
        assert instance.find_running(home) is None
    finally:
        instance.stop(other, running)
