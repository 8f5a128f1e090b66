"""Run once before the notifier's processes, after every update: creates the collections and indexes."""

from __future__ import annotations

import structlog

from services.notifier.config import read_settings
from services.notifier.wiring import prepare_store
from shared.runtime.logging import configure_logging
from shared.runtime.settings import or_exit


def main() -> None:
    """Create what is missing; running it again changes nothing."""
    settings = or_exit(read_settings)
    configure_logging("notifier", "prepare", settings.process.log_level)
    prepare_store(settings)
    structlog.get_logger(__name__).info("database prepared", database=settings.mongodb_database)


if __name__ == "__main__":
    main()
