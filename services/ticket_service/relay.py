"""The desk's relay: publishes what happened on the desk."""

from __future__ import annotations

from services.ticket_service.config import read_settings
from services.ticket_service.wiring import build_relay
from shared.runtime.logging import configure_logging
from shared.runtime.probe_server import start_probe_server
from shared.runtime.settings import or_exit
from shared.runtime.stop import Stop


def main() -> None:
    """Run until SIGTERM or SIGINT; what was published is confirmed first."""
    settings = or_exit(read_settings)
    configure_logging("ticket_service", "relay", settings.process.log_level)
    stop = Stop()
    stop.install_signal_handlers()
    process = build_relay(settings, stop)
    process.publisher.start()
    start_probe_server(process.checks)
    process.relay.run()
    process.publisher.stop()


if __name__ == "__main__":
    main()
