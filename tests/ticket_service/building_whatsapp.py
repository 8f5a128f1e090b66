"""Events beyond plain texts: reactions, edits, revokes, echoes, notices, files, templates, channels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.ticket_service.apply import apply_deliveries, apply_media
from services.ticket_service.domain.history import AGENT, Actor
from services.ticket_service.domain.message import OUT as WRITTEN
from services.ticket_service.domain.message import PUBLIC, Delivery, Message
from services.ticket_service.ports import Changes
from shared.contracts import channel_reported, media_failed, media_stored, template_changed
from shared.contracts.attachment import RemoteFile, StoredFile, attachment_id
from shared.contracts.catalogue import decode
from shared.contracts.channel_reported import ChannelReported
from shared.contracts.delivery_reported import DeliveryError
from shared.contracts.delivery_state import QUEUED, RANK
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.media_failed import MediaFailed
from shared.contracts.media_stored import MediaStored
from shared.contracts.message_received import OUT, Identity
from shared.contracts.template_changed import TemplateChanged
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import ANNA, CHANNEL, KIND, NOW, a_desk, at, changed, message, phone

BRUNO = Actor(AGENT, "u1", "Bruno")
DIGEST = "a" * 64


def reaction(key: str, target: str, emoji: str, seconds: float = 0, **more: Any) -> Event:
    """The customer puts an emoji on a message (or takes it back, with an empty one)."""
    return message(
        key,
        kind="reaction",
        target=target,
        content={"emoji": emoji} if emoji else {},
        text=emoji or "[reaction removed]",
        occurred=at(seconds),
        **more,
    )


def edit(key: str, target: str, text: str, seconds: float = 0, **more: Any) -> Event:
    """The customer changes what was written."""
    content = {"kind": "text", "content": {}}
    return message(
        key, kind="edit", target=target, text=text, content=content, occurred=at(seconds), window=None, **more
    )


def revoke(key: str, target: str, seconds: float = 0, **more: Any) -> Event:
    """The customer takes a message back."""
    return message(key, kind="revoke", target=target, text="", occurred=at(seconds), window=None, **more)


def echo(key: str, text: str = "from the phone", seconds: float = 0, **more: Any) -> Event:
    """The business writes in the app on its phone."""
    return message(key, direction=OUT, text=text, occurred=at(seconds), window=None, **more)


def number_change(key: str, new: str, old: str = ANNA, seconds: float = 0) -> Event:
    """The customer has another number from now on; the event keeps the order of the old one."""
    event = message(
        key,
        kind="system",
        sender=[phone(new), phone(old)],
        name="",
        text=f"{old} is now {new}",
        occurred=at(seconds),
        window=None,
    )
    object.__setattr__(event.data, "contact_key", f"{CHANNEL}:{old}")
    return event


def remote_file(message_key: str, position: int = 0, **more: Any) -> RemoteFile:
    """A file of the message with that key, still with the provider."""
    file_id = attachment_id(f"{KIND}:109:{message_key}", position)
    given = {"mime_type": "image/jpeg", "filename": "", "sha256": "declared", "size": None} | more
    return RemoteFile(file_id, given.pop("kind", "image"), f"media-{message_key}-{position}", **given)


def picture(key: str, seconds: float = 0, *, text: str = "", files: int = 1, **more: Any) -> Event:
    """A message with files."""
    attachments = [remote_file(key, position) for position in range(files)]
    return message(key, kind="image", text=text, occurred=at(seconds), attachments=attachments, **more)


def stored(message_key: str, position: int = 0, seconds: float = 0) -> Event:
    """`media.stored` of a message's file."""
    file_id = attachment_id(f"{KIND}:109:{message_key}", position)
    file = StoredFile(file_id, "image", file_id, "image/png", "photo.png", 1_234, DIGEST)
    data = MediaStored(file, f"{KIND}:109:{message_key}", CHANNEL, KIND, at(seconds))
    return _event(f"{file_id}:stored", media_stored.TYPE, data)


def lost(message_key: str, position: int = 0, seconds: float = 0, code: str = "gone") -> Event:
    """`media.failed` of a message's file."""
    file_id = attachment_id(f"{KIND}:109:{message_key}", position)
    data = MediaFailed(
        file_id, f"{KIND}:109:{message_key}", CHANNEL, KIND, code, "It is gone.", "Ask again.", at(seconds)
    )
    return _event(f"{file_id}:failed:{seconds}", media_failed.TYPE, data)


def template(revision: int, status: str = "approved", name: str = "please_answer", **more: Any) -> Event:
    """`template.changed`."""
    body = [{"type": "BODY", "text": more.pop("text", "Please answer, {{1}}")}]
    data = TemplateChanged(
        CHANNEL, KIND, "17", name, "it", "UTILITY", status, body, revision, at(revision), **more
    )
    return _event(f"{name}:{revision}", template_changed.TYPE, data)


def health(level: str, seconds: float, aspect: str = "sending", title: str = "t") -> Event:
    """`channel.reported`."""
    data = ChannelReported(CHANNEL, KIND, aspect, level, title, at(seconds), "detail", "remedy")
    return _event(f"{aspect}:{level}:{seconds}", channel_reported.TYPE, data)


def late(send_id: str, attempt: int = 0, *, code: str = "window-closed", **more: Any) -> Event:
    """A send that came too late for the reply window."""
    error = DeliveryError(code, "Too late", "", "send a template")
    return changed(send_id, "failed", error=error, attempt=attempt, **more)


def answer(
    store: MemoryDeskStore, send_id: str, text: str = "Ciao", written: datetime = NOW, **more: Any
) -> Message:
    """An agent answered on the desk's only ticket; what becomes of it is not known yet."""
    (conversation,) = store.collections["conversations"].values()
    (ticket_document,) = store.collections["tickets"].values()
    loaded = store.load_ticket(ticket_document["number"])
    assert loaded is not None
    reply = Message(
        id=send_id,
        direction=WRITTEN,
        visibility=PUBLIC,
        author=BRUNO,
        kind=more.pop("kind", "text"),
        text=text,
        occurred_at=written,
        created_at=written,
        conversation_id=conversation["_id"],
        contact_id=conversation["contact_id"],
        delivery=Delivery(QUEUED, RANK[QUEUED], {}, written),
        **more,
    )
    loaded.ticket.comment(reply, written)
    changes = Changes(messages=[reply])
    changes.touch(loaded.ticket)
    store.save(changes)
    return reply


def report(store: MemoryDeskStore, *events: Event, now: datetime = NOW, prefix: str = "desk") -> None:
    """Apply reports of deliveries in one batch; they belong to the desk's only conversation and ticket."""
    for event in events:
        for conversation in store.collections["conversations"].values():
            object.__setattr__(event.data, "conversation_id", conversation["_id"])
        for ticket in store.collections["tickets"].values():
            object.__setattr__(event.data, "ticket_number", ticket["number"])
    apply_deliveries(events, a_desk(store, now, f"{prefix}-{events[0].id}-{now.timestamp()}"))


def fetched(store: MemoryDeskStore, *events: Event) -> None:
    """Apply news of files in one batch."""
    apply_media(events, a_desk(store), lambda blob_id: None)


def requests(store: MemoryDeskStore, kind: str = "reply.requested") -> list[Any]:
    """The data of all events of this type that the desk has published, in their order."""
    events = [decode(document["body"]) for document in store.collections["outbox"].values()]
    return [event.data for event in events if event.type == kind]


def identities(*numbers: str) -> Sequence[Identity]:
    """Phone numbers, the one to answer to first."""
    return [phone(number) for number in numbers]


def _event(event_id: str, kind: str, data: Any) -> Event:
    return Event(event_id, "test", kind, NOW, "", data, new_traceparent())
