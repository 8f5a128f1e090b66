"""The desk's timers: what happens by the clock, in one process at a time; further ones stand by."""

from __future__ import annotations

from services.ticket_service.wiring.base import settings_or_exit
from services.ticket_service.wiring.timers import build_timers
from shared.runtime.probe_server import start_probe_server
from shared.runtime.stop import Stop


def main() -> None:
    """Run until SIGTERM or SIGINT; a job that is under way ends first."""
    settings = settings_or_exit("timers")
    stop = Stop()
    stop.install_signal_handlers()
    process = build_timers(settings, stop)
    start_probe_server(process.checks)
    process.timers.run()


if __name__ == "__main__":
    main()
