"""Deliveries, receipts and pauses as MongoDB documents, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from services.notifier.domain.delivery import Delivery, Failure, Recipient
from services.notifier.domain.pause import ChannelPause
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.store.contents import content_document, content_of

Document = dict[str, Any]

_PLAIN = (
    "message_id",
    "part",
    "parts",
    "attempt",
    "reply_to",
    "origin",
    "conversation_id",
    "ticket_number",
    "channel_id",
    "channel_kind",
    "queued_at",
    "due_at",
    "window_expires_at",
    "traceparent",
    "causation_id",
    "sequence",
    "stage",
    "claim",
    "tries",
    "unknowns",
    "tried_at",
)
_AUTHOR = ("author", "author_picture")


def delivery_document(delivery: Delivery) -> Document:
    """`open` is stored because an index selects by it; the provider's id only once there is one."""
    document: Document = {name: getattr(delivery, name) for name in (*_PLAIN, *_AUTHOR)}
    document |= {
        "_id": delivery.send_id,
        "open": delivery.open,
        "recipient": asdict(delivery.recipient),
        "content": content_document(delivery.content),
        "times": dict(delivery.times),
        "failure": delivery.failure and asdict(delivery.failure),
    }
    if delivery.provider_message_id is not None:
        document["provider_message_id"] = delivery.provider_message_id
    return document


def delivery_of(document: Document) -> Delivery:
    """The delivery in a document."""
    failure = document["failure"]
    return Delivery(
        send_id=document["_id"],
        recipient=Recipient(**document["recipient"]),
        content=content_of(document["content"]),
        times=document["times"],
        failure=failure and Failure(**failure),
        provider_message_id=document.get("provider_message_id"),
        **{name: document[name] for name in _PLAIN},
        # What was stored before there were live chats has no author.
        **{name: document.get(name, "") for name in _AUTHOR},
    )


def receipt_document(receipt: Receipt) -> Document:
    """A parked receipt; its key is the id of the document that holds it."""
    return {
        "state": receipt.state,
        "at": receipt.at,
        "send_id": receipt.send_id,
        "failure": receipt.failure and asdict(receipt.failure),
        "event_id": receipt.event_id,
    }


def receipt_of(key: ProviderKey, document: Document) -> Receipt:
    """A receipt taken out again."""
    failure = document["failure"]
    return Receipt(
        key=key,
        state=document["state"],
        at=document["at"],
        send_id=document["send_id"],
        failure=failure and Failure(**failure),
        event_id=document["event_id"],
    )


def pause_document(pause: ChannelPause) -> Document:
    """One document per paused channel."""
    return {
        "_id": pause.channel_id,
        "until": pause.until,
        "count": pause.count,
        "reason": asdict(pause.reason),
        "needs_operator": pause.needs_operator,
        "reported": pause.reported,
    }


def pause_of(document: Document) -> ChannelPause:
    """The pause in a document."""
    return ChannelPause(
        channel_id=document["_id"],
        until=document["until"],
        count=document["count"],
        reason=Failure(**document["reason"]),
        needs_operator=document["needs_operator"],
        reported=document["reported"],
    )
