"""Messages for tests of the store."""

from __future__ import annotations

from services.ticket_service.domain.history import CUSTOMER, Actor
from services.ticket_service.domain.message import COMMENT, IN, PUBLIC, Message
from tests.ticket_service.building import NOW


def said(ticket_id: str, text: str) -> Message:
    """A customer's comment on the ticket."""
    return Message(
        id=f"message of {ticket_id}",
        direction=IN,
        visibility=PUBLIC,
        author=Actor(CUSTOMER, "c", "Anna"),
        kind="text",
        text=text,
        occurred_at=NOW,
        created_at=NOW,
        ticket_id=ticket_id,
        part=COMMENT,
        number=1,
    )
