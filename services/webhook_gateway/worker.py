"""The gateway's worker: takes quarantined items that somebody wants tried again."""

from __future__ import annotations

from services.webhook_gateway.config import read_settings
from services.webhook_gateway.wiring import broker_check, build_consumer, build_publisher, build_replayer
from shared.runtime.logging import configure_logging
from shared.runtime.probe_server import start_probe_server
from shared.runtime.settings import or_exit
from shared.runtime.stop import Stop


def main() -> None:
    """Run until SIGTERM or SIGINT; what was taken is finished and confirmed first."""
    settings = or_exit(read_settings)
    configure_logging("webhook_gateway", "worker", settings.process.log_level)
    stop = Stop()
    stop.install_signal_handlers()
    publisher = build_publisher(settings, green=False)
    publisher.start()
    consumer = build_consumer(settings, build_replayer(settings.channels, publisher), stop)
    start_probe_server({"broker": broker_check(lambda: publisher.ready() and consumer.ready())})
    consumer.run()
    publisher.stop()


if __name__ == "__main__":
    main()
