"""The gateway's worker with a claim of three seconds, so that a test need not wait a minute."""

from __future__ import annotations

from datetime import timedelta

from services.webhook_gateway.wiring import build_worker, worker_settings_or_exit
from services.webhook_gateway.worker import run
from shared.runtime.stop import Stop

if __name__ == "__main__":
    settings = worker_settings_or_exit()
    stop = Stop()
    stop.install_signal_handlers()
    run(build_worker(settings, stop, lease=timedelta(seconds=3)), stop)
