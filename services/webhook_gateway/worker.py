"""The gateway's worker: fetches customers' files, keeps live chats tidy, tries quarantined items again."""

from __future__ import annotations

from services.webhook_gateway.wiring import Worker, build_worker, worker_settings_or_exit
from shared.runtime.probe_server import start_probe_server
from shared.runtime.stop import Stop


def run(worker: Worker, stop: Stop) -> None:
    """Run until the stop is requested; what was taken is handled, files half fetched go back first."""
    worker.publisher.start()
    start_probe_server(worker.checks)
    worker.media.start()
    worker.teller.start()
    worker.sweeper.start()
    try:
        worker.consumer.run()
    finally:
        stop.request()  # should the consumer break, the process ends as well and is started again
        worker.media.join()
        worker.teller.join()
        worker.sweeper.join()
        worker.publisher.stop()
        for client in worker.clients:
            client.close()


def main() -> None:
    """Run until SIGTERM or SIGINT; exits with 2 after listing every wrong setting."""
    settings = worker_settings_or_exit()
    stop = Stop()
    stop.install_signal_handlers()
    run(build_worker(settings, stop), stop)


if __name__ == "__main__":
    main()
