"""The gateway's worker: takes quarantined items that somebody wants tried again."""

from __future__ import annotations

from services.webhook_gateway.wiring import build_worker, settings_or_exit
from shared.runtime.probe_server import start_probe_server
from shared.runtime.stop import Stop


def main() -> None:
    """Run until SIGTERM or SIGINT; what was taken is finished and confirmed first."""
    settings = settings_or_exit("worker")
    stop = Stop()
    stop.install_signal_handlers()
    worker = build_worker(settings, stop)
    worker.publisher.start()
    start_probe_server(worker.checks)
    worker.consumer.run()
    worker.publisher.stop()


if __name__ == "__main__":
    main()
