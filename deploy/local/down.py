"""`./sportello down`: stops everything that `up` started, and nothing else."""

from __future__ import annotations

import sys

from deploy.local import instance
from deploy.local.home import Home


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit code."""
    if arguments:
        print("Usage: ./sportello down", file=sys.stderr)
        return 2
    home = Home.from_environment()
    if not home.root.exists():
        print(f"Nothing runs: {home.root} does not exist.")
        return 0
    running = instance.find_running(home)
    if running is not None:
        print("Stopping: finishing what is in flight, then broker and database", flush=True)
    left = instance.stop(home, running)
    if running is None and not left:
        print("Nothing runs.")
    elif running is None:
        print(f"The process runner was gone; ended {left} processes that it had left behind.")
    else:
        print("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
