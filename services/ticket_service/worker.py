"""The desk's worker: applies what customers write and what becomes of answers."""

from __future__ import annotations

from services.ticket_service.metrics import show_channel_health
from services.ticket_service.wiring.base import settings_or_exit
from services.ticket_service.wiring.worker import build_worker
from shared.runtime.probe_server import start_probe_server
from shared.runtime.stop import Stop


def main() -> None:
    """Run until SIGTERM or SIGINT; what was taken is applied first."""
    settings = settings_or_exit("worker")
    stop = Stop()
    stop.install_signal_handlers()
    worker = build_worker(settings, stop)
    show_channel_health(worker.aspects)
    start_probe_server(worker.checks)
    worker.consumer.run()


if __name__ == "__main__":
    main()
