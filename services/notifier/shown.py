"""What a live chat shows its customer of a ticket: that it was opened, that it was closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from services.notifier.domain.content import NOTICE, Content
from services.notifier.domain.delivery import SHOWN, Delivery
from services.notifier.translate import recipient_of
from shared.contracts import chat_posted, ticket_fact
from shared.contracts.envelope import Event
from shared.contracts.ticket_fact import TicketFact

NOTICES: Final[Mapping[str, str]] = {
    ticket_fact.OPENED: chat_posted.TICKET_OPENED,
    ticket_fact.CLOSED: chat_posted.TICKET_CLOSED,
}


def notice(event: Event, fact: TicketFact, clock: Callable[[], datetime]) -> Delivery | None:
    """The line for this fact, always the same one for the same fact; None where nothing is shown.

    It waits its turn in the conversation, as answers do: "closed" never comes before the last answer. Nothing
    is shown where the requester is not to be notified (a ticket that was merged into another, say).
    """
    kind = NOTICES.get(event.type)
    if kind is None or not fact.notify_requester or not fact.recipient.address:
        return None
    # A ticket is opened once, but may be closed again and again.
    which = f"-{int(fact.happened_at.timestamp() * 1_000)}" if event.type == ticket_fact.CLOSED else ""
    line_id = f"{kind}-{fact.ticket_id}{which}"
    now = clock()
    return Delivery(
        send_id=line_id,
        message_id=line_id,
        origin=SHOWN,
        conversation_id=fact.conversation_id,
        ticket_number=fact.ticket_number,
        channel_id=fact.channel_id,
        channel_kind=fact.channel_kind,
        recipient=recipient_of(fact.recipient),
        content=Content(NOTICE, kind),
        queued_at=now,
        due_at=now,
        traceparent=event.traceparent,
        causation_id=event.id,
    )
