"""`./sportello status`: every process, how long it has been up, and whether it is ready."""

from __future__ import annotations

import sys
import time

from deploy.local import instance, probes
from deploy.local.home import Home
from deploy.local.ports import PortPlan
from deploy.local.processes import PROCESSES
from deploy.local.supervisor import State

NOT_RUNNING = 3


def main(arguments: list[str]) -> int:
    """Run the command; returns 0 when all is well, 1 when a process is not, 3 when nothing runs."""
    if arguments:
        print("Usage: ./sportello status", file=sys.stderr)
        return 2
    home = Home.from_environment()
    running = instance.find_running(home)
    if running is None:
        print(f"Nothing runs in {home.root}. Start it with ./sportello up")
        return NOT_RUNNING
    states = running.runner.states()
    rows = [_row(state, running.plan) for state in states]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row[:4], widths, strict=True)), row[4])
    return 0 if all(row[1] == "RUNNING" and row[4] in {"ready", ""} for row in rows) else 1


def _row(state: State, plan: PortPlan) -> tuple[str, str, str, str, str]:
    up = state.kind == "RUNNING"
    since = _duration(time.time() - state.started_at) if up else ""
    if state.name not in {process.name for process in PROCESSES}:
        return state.name, state.kind, since, f"port {plan[state.name]}", "" if up else state.detail
    address = plan.url(state.name)
    return state.name, state.kind, since, address, probes.is_ready(address)[1] if up else state.detail


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
