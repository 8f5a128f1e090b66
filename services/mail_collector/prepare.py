"""Run once before the collector's worker, after every update: makes the index of its database."""

from __future__ import annotations

import structlog

from services.mail_collector.wiring import prepare_store, store_settings_or_exit


def main() -> None:
    """Make what is missing; running it again changes nothing."""
    settings = store_settings_or_exit()
    prepare_store(settings)
    structlog.get_logger(__name__).info("database prepared", database=settings.mongodb_database)


if __name__ == "__main__":
    main()
