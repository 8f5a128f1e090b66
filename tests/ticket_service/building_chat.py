"""What live chats bring, for the desk's tests: messages with their visitor, and what visitors do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.ticket_service.act.visitors import apply_visits
from services.ticket_service.acting import Desk
from services.ticket_service.domain.chat_settings import ChatChannel, ChatSettings
from services.ticket_service.ports import Changes, DeskStore
from shared.contracts import message_received, visitor_acted
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.message_received import Identity, MessageReceived, Sender
from shared.contracts.visitor import Visitor
from shared.contracts.visitor_acted import VisitorActed
from tests.ticket_service.building import NOW, counting_ids

CHAT_CHANNEL = "webchat-main"
GIULIA = "v-5f0c1c1de5a94a6f8a51c2a0b7a3a6f1"


def sender(*visitors: str, name: str = "Giulia") -> Sender:
    """Whoever has these ids of visitors."""
    return Sender([Identity("webchat", each, each) for each in visitors or (GIULIA,)], name)


def chat_message(
    key: str = "1",
    *visitors: str,
    text: str = "Buongiorno",
    occurred: datetime = NOW,
    visitor: Visitor | None = None,
    name: str = "Giulia",
    **more: Any,
) -> Event:
    """`message.received` of a live chat."""
    who = sender(*visitors, name=name)
    data = MessageReceived(
        dedupe_key=f"webchat:{CHAT_CHANNEL}:{who.identities[0].value}.{key}",
        channel_id=CHAT_CHANNEL,
        channel_kind="webchat",
        provider_message_id=f"{who.identities[0].value}.{key}",
        contact_key=f"{CHAT_CHANNEL}:{who.identities[0].value}",
        sender=who,
        occurred_at=occurred,
        received_at=more.pop("received", occurred),
        kind=more.pop("kind", "text"),
        text=text,
        visitor=visitor or Visitor(),
        **more,
    )
    key_ = data.dedupe_key
    return Event(key_, "test", message_received.TYPE, NOW, data.contact_key, data, new_traceparent())


def acted(
    action: str, *visitors: str, at: datetime = NOW, event_id: str = "", name: str = "Giulia", **more: Any
) -> Event:
    """`visitor.acted`."""
    who = sender(*visitors, name=name)
    contact_key = f"{CHAT_CHANNEL}:{who.identities[0].value}"
    data = VisitorActed(CHAT_CHANNEL, "webchat", contact_key, who, action, at, **more)
    event_id = event_id or f"{contact_key}:{action}:{at.isoformat()}"
    return Event(event_id, "test", visitor_acted.TYPE, at, contact_key, data, new_traceparent())


def visit(store: DeskStore, *events: Event, now: datetime = NOW, prefix: str = "visit") -> list[str]:
    """Apply what visitors did; the ids of conversations that are shown as being written in."""
    shown: list[str] = []
    desk = Desk(store, lambda: now, counting_ids(f"{prefix}-{events[0].id}"))
    apply_visits(events, desk, lambda ids, at: shown.extend(ids))
    return shown


def set_chat(store: DeskStore, **settings: Any) -> None:
    """Say how the live chat is to be."""
    known = store.setting(ChatSettings)
    section = ChatSettings(channels={CHAT_CHANNEL: ChatChannel(**settings)}, version=known.version)
    changes = Changes()
    changes.touch(section)
    store.save(changes)
