"""The notifier's worker: takes what is to be sent and what providers report, and sends."""

from __future__ import annotations

from services.notifier.wiring import Worker, build_worker, worker_settings_or_exit
from shared.runtime.probe_server import start_probe_server
from shared.runtime.stop import Stop


def run(worker: Worker, stop: Stop) -> None:
    """Run until the stop is requested; what was taken is handled and what is being sent is recorded first."""
    worker.publisher.start()
    start_probe_server(worker.checks)
    worker.sending.dispatcher.start()
    worker.sending.templates.start()
    worker.sending.mails.start()
    try:
        worker.consumer.run()
    finally:
        stop.request()  # should the consumer break, the process ends as well and is started again
        worker.sending.dispatcher.join()
        worker.sending.templates.join()
        worker.sending.mails.join()
        worker.sending.presence.close()
        worker.publisher.stop()
        for sender in worker.senders:
            sender.close()
        for client in worker.clients:
            client.close()


def main() -> None:
    """Run until SIGTERM or SIGINT; exits with 2 after listing every wrong setting."""
    settings, sending = worker_settings_or_exit()
    stop = Stop()
    stop.install_signal_handlers()
    run(build_worker(settings, sending, stop), stop)


if __name__ == "__main__":
    main()
