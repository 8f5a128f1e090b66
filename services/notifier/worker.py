"""The notifier's worker: takes what is to be sent and what providers report, and sends."""

from __future__ import annotations

import logging

from services.notifier.config import NotifierSettings, SendingSettings, read_worker_settings
from services.notifier.wiring import build_worker
from shared.runtime.logging import configure_logging
from shared.runtime.probe_server import start_probe_server
from shared.runtime.settings import or_exit
from shared.runtime.stop import Stop


def run(settings: NotifierSettings, sending: SendingSettings) -> None:
    """Run until SIGTERM or SIGINT; what was taken is handled and what is being sent is recorded first."""
    stop = Stop()
    stop.install_signal_handlers()
    worker = build_worker(settings, sending, stop)
    worker.publisher.start()
    start_probe_server(worker.checks)
    worker.sending.dispatcher.start()
    try:
        worker.consumer.run()
    finally:
        stop.request()  # should the consumer break, the process ends as well and is started again
        worker.sending.dispatcher.join()
        worker.publisher.stop()
        for sender in worker.senders:
            sender.close()
        worker.client.close()


def main() -> None:
    """Read the settings, or exit with 2 after listing every wrong one, and run."""
    settings, sending = or_exit(read_worker_settings)
    configure_logging("notifier", "worker", settings.process.log_level)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line per request; ours say which message it was
    run(settings, sending)


if __name__ == "__main__":
    main()
