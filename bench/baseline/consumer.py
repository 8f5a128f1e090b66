"""The textbook consumer: one message at a time, each in one transaction, then its acknowledgement.

It keeps the same promises as the desk's worker: contact, conversation, ticket, message, history, counter and
outbox entry are saved together or not at all, a message that comes twice is applied once, and it is
acknowledged only after the commit. What it leaves out is asking for many things at once.
"""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from types import FrameType
from typing import Any, Final

import pika
from pymongo import MongoClient, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from shared.contracts import ticket_fact
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event, trace_id
from shared.contracts.message_received import MessageReceived
from shared.contracts.reply_requested import Recipient
from shared.contracts.routes import queues_of
from shared.contracts.ticket_fact import StatusRef, TicketFact
from shared.messaging.topology import declare_on
from shared.mongo.connect import connect, database
from shared.outbox.entry import outbox_document
from shared.runtime.ids import new_id

PREFETCH: Final = 10
STATUS: Final = StatusRef("open", "Open")

Document = dict[str, Any]


class Desk:
    """Applies messages to a desk's database."""

    def __init__(self, client: MongoClient[Document], name: str) -> None:
        self._client = client
        self._db = database(client, name)

    def apply(self, event: Event) -> None:
        """Apply one `message.received`; one that was applied before changes nothing."""
        if self._db["messages"].find_one({"_id": event.data.dedupe_key}, {"_id": 1}):
            return
        try:
            with self._client.start_session() as session:
                session.with_transaction(lambda inside: self._save(event, inside))
        except DuplicateKeyError:
            if not self._db["messages"].find_one({"_id": event.data.dedupe_key}, {"_id": 1}):
                raise

    def _save(self, event: Event, session: ClientSession) -> None:
        message, now = event.data, datetime.now(UTC)
        contact = self._contact(message, now, session)
        conversation = self._conversation(message, contact, now, session)
        if conversation["open_ticket_id"] is None:
            ticket = self._open(message, conversation, contact, now, session)
        else:
            ticket = self._continue(message, conversation["open_ticket_id"], now, session)
        number = ticket["comments_count"] or None
        self._db["messages"].insert_one(
            {
                "_id": message.dedupe_key,
                "conversation_id": conversation["_id"],
                "ticket_id": ticket["_id"],
                "contact_id": contact["_id"],
                "direction": "in",
                "visibility": "public",
                "part": "comment" if number else "description",
                "number": number,
                "author": {"kind": "customer", "id": contact["_id"], "name": contact["name"]},
                "kind": message.kind,
                "text": message.text,
                "content": message.content,
                "reply_to": message.reply_to,
                "provider_message_id": message.provider_message_id,
                "occurred_at": message.occurred_at,
                "received_at": message.received_at,
                "created_at": now,
                "raw": message.raw,
                "trace_id": trace_id(event.traceparent),
            },
            session=session,
        )
        self._db["outbox"].insert_one(outbox_document(_fact(event, ticket, conversation)), session=session)

    def _contact(self, message: MessageReceived, now: datetime, session: ClientSession) -> Document:
        identities = [
            {"kind": each.kind, "value": each.value, "address": each.address, "key": each.key}
            for each in message.sender.identities
        ]
        found = self._db["contacts"].find_one_and_update(
            {"identities.key": {"$in": [each["key"] for each in identities]}},
            {
                "$setOnInsert": {
                    "_id": new_id(),
                    "stage": "lead",
                    "name": message.sender.name,
                    "identities": identities,
                    "created_at": now,
                    "updated_at": now,
                }
            },
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return _made(found)

    def _conversation(
        self, message: MessageReceived, contact: Document, now: datetime, session: ClientSession
    ) -> Document:
        identity = message.sender.identities[0]
        found = self._db["conversations"].find_one_and_update(
            {"contact_id": contact["_id"], "channel_id": message.channel_id},
            {
                "$max": {"last_inbound_at": message.occurred_at},
                "$set": {
                    "recipient": {
                        "kind": identity.kind, "address": identity.address, "name": message.sender.name
                    },
                    "reply_window_seconds": message.reply_window_seconds,
                    "updated_at": now,
                },
                "$setOnInsert": {
                    "_id": new_id(),
                    "channel_kind": message.channel_kind,
                    "contact_key": message.contact_key,
                    "open_ticket_id": None,
                    "created_at": now,
                },
            },
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )  # fmt: skip
        return _made(found)

    def _open(
        self,
        message: MessageReceived,
        conversation: Document,
        contact: Document,
        now: datetime,
        session: ClientSession,
    ) -> Document:
        # Outside the transaction, or every new ticket would wait for the one before.
        found = self._db["sequences"].find_one_and_update(
            {"_id": "tickets"}, {"$inc": {"value": 1}}, upsert=True, return_document=ReturnDocument.AFTER
        )
        sequence = _made(found)["value"]
        customer = {"kind": "customer", "id": contact["_id"], "name": contact["name"]}
        ticket = {
            "_id": new_id(),
            "number": f"TT{sequence}",
            "sequence": sequence,
            "title": f"{message.occurred_at:%Y-%m-%d %H:%M:%S} - {message.sender.identities[0].value}",
            "type": "public",
            "status": STATUS.key,
            "channel_id": message.channel_id,
            "channel_kind": message.channel_kind,
            "requester_id": contact["_id"],
            "conversation_id": conversation["_id"],
            "description": [
                {"at": message.occurred_at, "text": message.text, "message_id": message.dedupe_key}
            ],
            "comments_count": 0,
            "created_at": now,
            "updated_at": now,
            "created_by": customer,
            "last_customer_message_at": message.occurred_at,
        }
        self._db["tickets"].insert_one(ticket, session=session)
        self._db["conversations"].update_one(
            {"_id": conversation["_id"]},
            {"$set": {"open_ticket_id": ticket["_id"], "last_ticket_id": ticket["_id"]}},
            session=session,
        )
        entry = {"_id": new_id(), "ticket_id": ticket["_id"], "at": now, "who": customer, "what": "opened"}
        self._db["history"].insert_one(entry | {"from": None, "to": STATUS.key}, session=session)
        self._db["counters"].update_one(
            {"_id": f"status:{STATUS.key}:0"}, {"$inc": {"n": 1}}, upsert=True, session=session
        )
        return ticket

    def _continue(
        self, message: MessageReceived, ticket_id: str, now: datetime, session: ClientSession
    ) -> Document:
        found = self._db["tickets"].find_one_and_update(
            {"_id": ticket_id},
            {
                "$inc": {"comments_count": 1},
                "$set": {"updated_at": now},
                "$max": {"last_customer_message_at": message.occurred_at},
            },
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        return _made(found)


def _made(found: Document | None) -> Document:
    assert found is not None, "an upsert that returns the document always has one"
    return found


def _fact(cause: Event, ticket: Document, conversation: Document) -> Event:
    """`ticket.opened` or `ticket.customer_replied`, for whoever listens."""
    number, at = ticket["comments_count"], cause.data.occurred_at
    recipient = conversation["recipient"]
    fact = TicketFact(
        ticket_id=ticket["_id"],
        ticket_number=ticket["number"],
        title=ticket["title"],
        status=STATUS,
        conversation_id=conversation["_id"],
        channel_id=ticket["channel_id"],
        channel_kind=ticket["channel_kind"],
        recipient=Recipient(recipient["kind"], recipient["address"], recipient["name"]),
        happened_at=at,
        text=cause.data.text,
    )
    return Event(
        id=f"{ticket['_id']}:{f'comment:{number}' if number else 'opened'}",
        source="ticket_service",
        type=ticket_fact.CUSTOMER_REPLIED if number else ticket_fact.OPENED,
        time=at,
        subject=ticket["number"],
        data=fact,
        traceparent=cause.traceparent,
        causationid=cause.id,
    )


def main() -> None:
    """Consume until SIGTERM; AMQP_URL, MONGODB_URI and MONGODB_DATABASE come from the environment."""
    desk = Desk(connect(os.environ["MONGODB_URI"], "textbook"), os.environ["MONGODB_DATABASE"])
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"]))
    channel = connection.channel()
    declare_on(channel)
    channel.basic_qos(prefetch_count=PREFETCH)

    def received(_channel: Any, method: Any, _properties: Any, body: bytes) -> None:
        desk.apply(decode(body))
        channel.basic_ack(method.delivery_tag)

    def stop(_number: int, _frame: FrameType | None) -> None:
        connection.add_callback_threadsafe(channel.stop_consuming)

    signal.signal(signal.SIGTERM, stop)
    for queue in queues_of("ticket_service.worker"):
        if queue.startswith("inbound"):
            channel.basic_consume(queue, received)
    channel.start_consuming()
    connection.close()


if __name__ == "__main__":
    main()
