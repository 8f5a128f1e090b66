"""What makes an empty database fit for use."""

from __future__ import annotations

from services.ticket_service.config import DeskProcessSettings
from services.ticket_service.store.preparing import Preparing
from services.ticket_service.wiring.base import connect_database


def build_preparing(settings: DeskProcessSettings) -> Preparing:
    """What makes an empty database fit for use."""
    _, db = connect_database(settings, "prepare", patient=True)
    return Preparing(db)
