"""What is known about the instance of a home from outside: on which ports it runs, and how to end it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from deploy.local import leftovers
from deploy.local.home import Home, write_private
from deploy.local.ports import PortPlan
from deploy.local.processes import INSTANCE_MARK
from deploy.local.supervisor import Runner

STOP_SECONDS = 180.0
"""Longer than all stages of an orderly stop together: services 40 s, database 30 s, broker 60 s."""


@dataclass(frozen=True)
class Running:
    """A running instance: its ports and its process runner."""

    plan: PortPlan
    runner: Runner


def remember(home: Home, plan: PortPlan) -> None:
    """Note on which ports this home's instance runs, so that `down` and `status` need not be told."""
    write_private(home.run / "instance.json", json.dumps({"port_base": plan.base}) + "\n")


def find_running(home: Home) -> Running | None:
    """The instance of this home when its process runner answers, else None."""
    note = home.run / "instance.json"
    if not note.exists():
        return None
    plan = PortPlan(int(json.loads(note.read_text())["port_base"]))
    runner = Runner(home, plan["supervisor"], home.prepare().supervisor_password)
    return Running(plan, runner) if runner.pid() is not None else None


def left_behind(home: Home) -> list[int]:
    """The ids of this home's processes, whether somebody supervises them or not."""
    mail_server = leftovers.started_with(str(home.dovecot / "dovecot.conf"))
    return [*leftovers.marked_processes(INSTANCE_MARK, str(home.root)), *mail_server]


def stop(home: Home, running: Running | None) -> int:
    """End everything of this home's instance: in order when its runner answers, then whatever is left.

    Returns how many processes had to be ended one by one.
    """
    if running is not None:
        pid = running.runner.pid()
        if not running.runner.shut_down(STOP_SECONDS) and pid is not None:
            leftovers.end_processes([pid], 5)
    left = left_behind(home)
    leftovers.end_processes(left, 20)
    for note in (home.run / "instance.json", home.supervisor_pid):
        note.unlink(missing_ok=True)
    return len(left)
