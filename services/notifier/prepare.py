"""Run once before the notifier's processes, after every update: creates the collections and indexes."""

from __future__ import annotations

import structlog

from services.notifier.wiring import prepare_store, settings_or_exit


def main() -> None:
    """Create what is missing; running it again changes nothing."""
    settings = settings_or_exit("prepare")
    prepare_store(settings)
    structlog.get_logger(__name__).info("database prepared", database=settings.mongodb_database)


if __name__ == "__main__":
    main()
