"""Mails that reached no ticket by themselves: held for a person, or left aside with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.ticket_service.domain.history import Actor

HELD: Final = "held"
TICKET: Final = "ticket"
JOINED: Final = "joined"
IGNORED: Final = "ignored"
BLOCKED: Final = "blocked"
STATES: Final = (HELD, TICKET, JOINED, IGNORED, BLOCKED)
"""It waits for a person; it became a ticket; it went to one; it is left aside; its sender is blocked."""

BY_RULE: Final = "rule"
FLOOD: Final = "flood"
SENDER_BLOCKED: Final = "blocked-sender"
NO_TICKETS: Final = "no-tickets"
"""Reasons beside those of shared.contracts.received_mail.AUTOMATIC: a rule said so, its sender opened too
many tickets, its sender is blocked, its channel opens no tickets by itself."""
MAX_SNIPPET: Final = 300


@dataclass(slots=True)
class TriageMail:
    """One mail in triage, of whom its conversation is with. `id` is the message's; `reason` a slug, or a
    rule's own words (then `rule` is set).

    `ticket` is the number of the ticket it became or joined, `ticket_id` that ticket's id: the mail goes
    where the ticket goes. `attachments` counts its files. `words` are those it is found by. `decided_by` is
    None where no person decided.
    """

    id: str
    channel_id: str
    conversation_id: str
    sender_address: str
    sender_name: str
    subject: str
    snippet: str
    received_at: datetime
    state: str
    reason: str = ""
    rule: str = ""
    attachments: int = 0
    ticket: str | None = None
    ticket_id: str | None = None
    decided_by: Actor | None = None
    decided_at: datetime | None = None
    words: list[str] = field(default_factory=list)
    version: int = 0

    def decide(
        self, state: str, reason: str, who: Actor, at: datetime, ticket: tuple[str, str] | None = None
    ) -> None:
        """Note a person's decision; `ticket` is (id, number) of the one it became or joined."""
        self.state, self.reason, self.decided_by, self.decided_at = state, reason, who, at
        self.ticket_id, self.ticket = ticket if ticket is not None else (None, None)


def snippet_of(text: str) -> str:
    """The beginning of a mail as one line."""
    return " ".join(text[: 4 * MAX_SNIPPET].split())[:MAX_SNIPPET]
