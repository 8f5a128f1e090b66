"""What is asked for becomes deliveries: agents' replies, and the desk's own texts on facts about tickets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import structlog

from services.notifier.announce import Teller
from services.notifier.domain.content import TEXT, Content
from services.notifier.domain.delivery import (
    DONE,
    SHOWN,
    Delivery,
    Failure,
    send_id_of,
    unknown_channel,
)
from services.notifier.domain.erasure import erased_delivery
from services.notifier.domain.message import FAILED, never_taken, parts_to_repeat
from services.notifier.metrics import FACTS_WITHOUT_TEXT
from services.notifier.ports import ChannelSender, DeliveryTransaction
from services.notifier.shown import notice
from services.notifier.translate import content_of, recipient_of
from shared.contracts import reply_requested, ticket_fact
from shared.contracts.delivery_changed import NOTIFICATION, REPLY
from shared.contracts.envelope import Event
from shared.contracts.reply_requested import ReplyRequested
from shared.contracts.ticket_fact import TicketFact
from shared.texts.liquid import TemplateError, TextTemplate

_log = structlog.get_logger(__name__)

SENDABLE: Final = (reply_requested.TYPE, *ticket_fact.TYPES)
AGENT: Final = "agent"
"""The kind of actor in facts who is a person of the desk."""
NOTHING_TO_SEND: Final = Failure("nothing-to-send", "There is nothing in this message that could be sent")


def opening_values(fact: TicketFact) -> dict[str, Any]:
    """What the text of the opening reply can use: `ticket.number`, `.title`, `.status`, `customer.name`."""
    return {
        "ticket": {"number": fact.ticket_number, "title": fact.title, "status": fact.status.label},
        "customer": {"name": fact.recipient.name},
    }


@dataclass(frozen=True, slots=True)
class OpeningReply:
    """The text every customer gets when their message opened a ticket."""

    template: TextTemplate

    def text(self, fact: TicketFact) -> str:
        """The text for this ticket; empty where it cannot be made."""
        try:
            return self.template.render(opening_values(fact))
        except TemplateError as error:
            _log.error("opening reply could not be rendered", ticket=fact.ticket_number, reason=str(error))
            return ""


class Notifier:
    """Turns events into deliveries inside the caller's transaction."""

    def __init__(
        self,
        channel_kinds: Mapping[str, str],
        senders: Mapping[str, ChannelSender],
        opening_reply: OpeningReply | None,
        teller: Teller,
        clock: Callable[[], datetime],
    ) -> None:
        """`channel_kinds`: the kind of each channel that can send here, by channel id."""
        self._channel_kinds = channel_kinds
        self._senders = senders
        self._opening_reply = opening_reply
        self._teller = teller
        self._clock = clock

    def wanted(self, event: Event) -> list[Delivery]:
        """The whole messages this event asks for, in order; always the same ones for the same event."""
        if isinstance(event.data, ReplyRequested):
            return [self._reply(event, event.data)]
        fact: TicketFact = event.data
        live = self._live(fact)
        shown = notice(event, fact, self._clock) if live else None
        found = [shown] if shown is not None else []
        if event.type == ticket_fact.OPENED and self._opening_reply is not None:
            said = live and _needs_no_text(fact)
            text = None if said else self._opening(event, fact, self._opening_reply)
            found += [text] if text is not None else []
        elif not found:
            FACTS_WITHOUT_TEXT.labels(event.type).inc()
        return found

    def add(self, transaction: DeliveryTransaction, wanted: Sequence[Delivery]) -> int:
        """Insert the deliveries of messages that are new, or asked for again, and say how many there were.

        Asked twice is sent once: a message counts as new only with a higher attempt than any before.
        """
        known = transaction.messages({message.message_id for message in wanted})
        closed = transaction.closed({message.conversation_id for message in wanted})
        stored = {delivery.send_id: delivery for before in known.values() for delivery in before}
        told: dict[str, bool] = {}
        for message in wanted:
            before = known.get(message.message_id, [])
            if any(delivery.attempt >= message.attempt for delivery in before):
                continue
            parts = self._parts(message, before)
            if message.conversation_id in closed:
                parts = [erased_delivery(part, self._clock()) for part in parts]
            # Without any, the customer has all of it, or will: how it stands is the answer to this attempt.
            known[message.message_id] = (
                [*before, *parts] if parts else [replace(one, attempt=message.attempt) for one in before]
            )
            # The desk made its agents' replies itself; it learns of a notification, or a failure, from us.
            silent = message.origin == SHOWN or (
                message.origin != NOTIFICATION and any(part.open for part in parts)
            )
            told[message.message_id] = not silent
        concerned = [delivery for message_id in told for delivery in known[message_id]]
        new = [delivery for delivery in concerned if delivery.send_id not in stored]
        transaction.insert(new)
        transaction.save([one for one in concerned if one != stored.get(one.send_id, one)])
        transaction.announce([self._teller.message(known[one]) for one, tell in told.items() if tell])
        return len(new)

    def _parts(self, message: Delivery, before: Sequence[Delivery]) -> list[Delivery]:
        """The deliveries of a message: all its parts, or those the customer does not have yet."""
        if not never_taken(before):
            return [
                _part(message, earlier.content, earlier.part, earlier.parts)
                for earlier in parts_to_repeat(before)
            ]
        cut = self._cut(message)
        if isinstance(cut, Failure):
            failed = _part(message, message.content, 0, 1)
            return [replace(failed, stage=DONE, times={FAILED: self._clock()}, failure=cut)]
        return [_part(message, content, number, len(cut)) for number, content in enumerate(cut)]

    def _cut(self, message: Delivery) -> Sequence[Content] | Failure:
        if self._channel_kinds.get(message.channel_id) != message.channel_kind:
            return unknown_channel(message.channel_id, message.channel_kind)
        return self._senders[message.channel_id].parts(message.content) or NOTHING_TO_SEND

    def _reply(self, event: Event, request: ReplyRequested) -> Delivery:
        now = self._clock()
        return Delivery(
            send_id=request.send_id,
            message_id=request.send_id,
            origin=REPLY,
            conversation_id=request.conversation_id,
            ticket_number=request.ticket_number,
            channel_id=request.channel_id,
            channel_kind=request.channel_kind,
            recipient=recipient_of(request.recipient),
            content=content_of(request.content),
            attempt=request.attempt,
            reply_to=request.reply_to,
            queued_at=now,
            due_at=now,
            window_expires_at=request.window_expires_at,
            traceparent=event.traceparent,
            causation_id=event.id,
            author=request.author,
            author_picture=request.author_picture,
        )

    def _live(self, fact: TicketFact) -> bool:
        """Whether the fact's customer is reached in a live chat that is declared here."""
        known = self._channel_kinds.get(fact.channel_id) == fact.channel_kind
        return known and self._senders[fact.channel_id].live

    def _opening(self, event: Event, fact: TicketFact, opening: OpeningReply) -> Delivery | None:
        if self._channel_kinds.get(fact.channel_id) != fact.channel_kind:
            return None
        text = opening.text(fact)
        if not text:
            return None
        now = self._clock()
        return Delivery(
            send_id=f"opening:{fact.ticket_id}",
            message_id=f"opening:{fact.ticket_id}",
            origin=NOTIFICATION,
            conversation_id=fact.conversation_id,
            ticket_number=fact.ticket_number,
            channel_id=fact.channel_id,
            channel_kind=fact.channel_kind,
            recipient=recipient_of(fact.recipient),
            content=Content(TEXT, text),
            queued_at=now,
            due_at=now,
            window_expires_at=fact.window_expires_at,
            traceparent=event.traceparent,
            causation_id=event.id,
        )


def _needs_no_text(fact: TicketFact) -> bool:
    """In a live chat an agent who opens a ticket while they talk has said what there is to say."""
    return not fact.notify_requester or (fact.actor is not None and fact.actor.kind == AGENT)


def _part(message: Delivery, content: Content, part: int, parts: int) -> Delivery:
    """One delivery of the message; what it quotes is quoted by the first part only."""
    return replace(
        message,
        send_id=send_id_of(message.message_id, message.attempt, part, parts),
        content=content,
        part=part,
        parts=parts,
        reply_to=message.reply_to if part == 0 else None,
    )
