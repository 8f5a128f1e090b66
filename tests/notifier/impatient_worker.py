"""The notifier's worker with leases and waits of seconds, so that a test need not wait minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.notifier.domain.retry import RetryLimits
from services.notifier.wiring import build_worker, worker_settings_or_exit
from services.notifier.worker import run
from shared.runtime.stop import Stop


def main() -> None:
    """As the real one, but impatient."""
    settings, sending = worker_settings_or_exit()
    stop = Stop()
    stop.install_signal_handlers()
    limits = RetryLimits(lease=timedelta(seconds=3), receipt_wait=timedelta(seconds=4))
    run(build_worker(settings, replace(sending, limits=limits), stop), stop)


if __name__ == "__main__":
    main()
