"""The desk's relay: publishes what happened on the desk."""

from __future__ import annotations

from services.ticket_service.wiring.base import settings_or_exit
from services.ticket_service.wiring.relay import build_relay
from shared.runtime.probe_server import start_probe_server
from shared.runtime.stop import Stop


def main() -> None:
    """Run until SIGTERM or SIGINT; what was published is confirmed first."""
    settings = settings_or_exit("relay")
    stop = Stop()
    stop.install_signal_handlers()
    process = build_relay(settings, stop)
    process.publisher.start()
    start_probe_server(process.checks)
    process.relay.run()
    process.publisher.stop()


if __name__ == "__main__":
    main()
