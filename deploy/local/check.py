"""`./sportello check`: everything that must hold before a change is proposed, and one summary of it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from deploy.local.home import REPOSITORY

_TYPED = ("services", "shared", "sandbox", "deploy", "bench", "tests", "sportello")


def steps() -> list[tuple[str, list[str]]]:
    """Name and command of each step, in order."""
    tools = str(Path(sys.executable).parent)
    python = [sys.executable, "-m"]
    return [
        ("format", [*python, "ruff", "format", "--check", "."]),
        ("lint", [*python, "ruff", "check", "."]),
        ("types", [*python, "mypy", *(name for name in _TYPED if (REPOSITORY / name).exists())]),
        ("boundaries", [f"{tools}/lint-imports"]),
        ("documents", [*python, "shared.contracts.document", "--check"]),
        ("permissions", [*python, "services.ticket_service.permission_table", "--check"]),
        ("tests", [*python, "deploy.local.test"]),
    ]


def main(arguments: list[str]) -> int:
    """Run every step, even after one failed; returns 1 when any failed."""
    if arguments:
        print("Usage: ./sportello check", file=sys.stderr)
        return 2
    results = []
    for name, command in steps():
        print(f"\n== {name}: {' '.join(command[2:] or command)}", flush=True)
        began = time.monotonic()
        passed = subprocess.run(command, cwd=REPOSITORY, check=False).returncode == 0
        results.append((name, passed, time.monotonic() - began))
    print("\n== summary")
    for name, passed, seconds in results:
        print(f"  {'passed' if passed else 'FAILED'}  {name} ({seconds:.0f} s)")
    return 0 if all(passed for _, passed, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
