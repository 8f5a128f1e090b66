"""What happens by the clock, in one process at a time; webhooks are delivered in all that run."""

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
    process.webhooks.start()
    try:
        process.timers.run()
    finally:
        stop.request()  # should the timers break, the process ends as well and is started again
        process.webhooks.join()


if __name__ == "__main__":
    main()
