"""`./sportello logs [service]`: the last lines of the processes' logs, and what follows."""

from __future__ import annotations

import argparse
import os
import shutil
import sys

from deploy.local.home import Home


def main(arguments: list[str]) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="./sportello logs", description="Show logs of all processes, or of one service or process."
    )
    parser.add_argument("name", nargs="?", help="for example notifier, notifier.worker, rabbitmq")
    parser.add_argument("-f", "--follow", action="store_true", help="go on showing what is written")
    parser.add_argument("-n", "--lines", type=int, default=50, help="how many last lines of each (50)")
    options = parser.parse_args(arguments)
    home = Home.from_environment()
    known = sorted(file.name.removesuffix(".log") for file in home.logs.glob("*.log"))
    wanted = [name for name in known if options.name in (None, name, name.partition(".")[0])]
    if not wanted:
        there = ", ".join(known) if known else "none yet; start the desk with ./sportello up"
        print(f"No log of {options.name or 'anything'} in {home.logs}. There are: {there}", file=sys.stderr)
        return 1
    tail = shutil.which("tail")
    if tail is None:
        print(f"The program `tail` is missing; the logs are files in {home.logs}", file=sys.stderr)
        return 1
    follow = ["-F"] if options.follow else []
    sys.stdout.flush()
    os.execv(tail, [tail, "-n", str(options.lines), *follow, *(str(home.log(name)) for name in wanted)])  # noqa: S606


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
