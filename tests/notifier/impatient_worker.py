"""The notifier's worker with leases and waits of seconds, so that a test need not wait minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.notifier.config import read_worker_settings
from services.notifier.domain.retry import RetryLimits
from services.notifier.worker import run


def main() -> None:
    """As the real one, but impatient."""
    settings, sending = read_worker_settings()
    limits = RetryLimits(lease=timedelta(seconds=3), receipt_wait=timedelta(seconds=4))
    run(settings, replace(sending, limits=limits))


if __name__ == "__main__":
    main()
