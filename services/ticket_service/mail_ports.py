"""What deciding on mails asks of the desk's database beside what every message needs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from services.ticket_service.domain.message import Message
from services.ticket_service.domain.ticket import Ticket


class MailStore(Protocol):
    """Every method raises Unavailable (shared.messaging.message) when the database is away."""

    def tickets_named(self, numbers: Collection[str], marks: Collection[str]) -> list[Ticket]:
        """The tickets with any of these numbers, or (on mail only) marks (domain.mail_token.mark_of)."""
        ...

    def opened_by_mail(self, requester_ids: Collection[str], since: datetime) -> dict[str, int]:
        """How many tickets mails of each of these contacts opened since then; 0 may be left out."""
        ...

    def unread_answers(self, limit: int) -> list[Message]:
        """Answers in live chats that wait to be read or mailed (`mail_due_at`), the first due first."""
        ...

    def said_to_all(self, ticket_id: str, limit: int) -> list[Message]:
        """What was said on a ticket and customers may see, in order; of very much the latest `limit`."""
        ...

    def newest_open(self, requester_ids: Collection[str]) -> dict[str, Ticket]:
        """The newest ticket that came by mail and is open, of each of these contacts that has one."""
        ...
