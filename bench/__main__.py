"""`./sportello bench [gateway|consumer|lists|console|e2e|mail|streams]`: measures, prints, writes a file."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from bench import console, consumer, e2e, gateway, lists, mail, streams
from bench.report import Report, machine, write
from bench.servers import OF_A_DESK, Servers, servers
from bench.sizes import FULL, SMOKE, Sizes
from deploy.local.home import Home

BENCHES: Final[Mapping[str, Callable[[Servers, Sizes], Report]]] = {
    "gateway": gateway.run,
    "consumer": consumer.run,
    "lists": lists.run,
    "console": console.run,
    "e2e": e2e.run,
    "mail": mail.run,
    "streams": streams.run,
}
EXIT_FAULT: Final = 2
EXIT_MISSED: Final = 1


def main(arguments: list[str]) -> int:
    """The exit code: 2 when anything was lost, doubled or refused, 1 for a missed goal with --strict."""
    parser = argparse.ArgumentParser(prog="sportello bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(BENCHES)}; all without a name")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a goal is missed")
    parser.add_argument("--smoke", action="store_true", help="only see that it works: seconds, no figures")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        parser.error(f"there is no bench {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    for name in OF_A_DESK:
        os.environ.pop(name, None)
    # Ended from outside, it still ends its servers: the contexts they live in are left.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(128 + signal.SIGTERM))
    names = options.names or list(BENCHES)
    if options.smoke:
        reports = _run(names, SMOKE)
    else:
        with _alone():
            reports = _run(names, FULL)
    faults = [fault for report in reports for fault in report.faults]
    for fault in faults:
        print(f"FAILED: {fault}")
    if faults:
        return EXIT_FAULT
    return EXIT_MISSED if options.strict and any(report.missed for report in reports) else 0


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One bench at a time on a machine: two would measure each other."""
    with (Path(tempfile.gettempdir()) / "sportello-bench.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another bench is running on this machine; waiting for its end.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(names: list[str], sizes: Sizes) -> list[Report]:
    facts = machine()
    print(f"{facts['cores']} cores, Python {facts['python']}, load before {facts['load_before']}", flush=True)
    reports = []
    with (
        tempfile.TemporaryDirectory(prefix="sportello-bench-") as folder,
        servers(Path(folder), database=names != ["gateway"]) as running,
    ):
        for name in names:
            print(f"\n{name}: measuring", flush=True)
            report = BENCHES[name](running, sizes)
            running.stop()
            path = write(report, facts, Home.from_environment().root / "bench")
            print(f"{report.table()}\n({path})", flush=True)
            reports.append(report)
    return reports


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
