"""The textbook gateway: threads, pywa's typed objects, marshmallow, one blocking channel per thread.

It does the whole job: checks the signature, takes every item of a batch, publishes durably to the same
queues, and answers 200 only after the broker's confirm. A retried webhook has the same ids.
"""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, cast

import orjson
import pika
from flask import Flask, Response, abort, request
from pika.adapters.blocking_connection import BlockingChannel
from pywa import WhatsApp
from pywa.types import Message, MessageStatus, RawUpdate

from shared.contracts import delivery_reported, message_received
from shared.contracts.delivery_reported import DeliveryReported, DeliveryReportedSchema
from shared.contracts.envelope import CONTENT_TYPE, new_traceparent
from shared.contracts.message_received import Identity, MessageReceived, MessageReceivedSchema, Sender
from shared.contracts.routes import address
from shared.contracts.times import format_utc
from shared.messaging.topology import declare_topology

KIND: Final = "whatsapp_cloud"
_PROPERTIES: Final = pika.BasicProperties(content_type=CONTENT_TYPE, delivery_mode=2)
_MESSAGE: Final = MessageReceivedSchema()
_REPORT: Final = DeliveryReportedSchema()
_parser: Final = WhatsApp(filter_updates=False, validate_updates=False)
_local = threading.local()

Change = dict[str, Any]
Published = tuple[str, str, bytes]
"""Exchange, routing key, body."""


def create_app() -> Flask:
    """The application; AMQP_URL, WHATSAPP_APP_SECRET and CHANNEL_ID come from the environment."""
    app = Flask("textbook")
    amqp_url, channel_id = os.environ["AMQP_URL"], os.environ["CHANNEL_ID"]
    secret = os.environ["WHATSAPP_APP_SECRET"].encode()
    declare_topology(amqp_url)

    @app.post("/webhooks/whatsapp")
    def webhook() -> Response:
        body = request.get_data()
        expected = "sha256=" + hmac.new(secret, body, "sha256").hexdigest()
        if not hmac.compare_digest(expected, request.headers.get("X-Hub-Signature-256", "")):
            abort(403)
        channel = _channel(amqp_url)
        for exchange, routing_key, event in events(request.get_json(), channel_id):
            channel.basic_publish(exchange, routing_key, event, _PROPERTIES, mandatory=True)
        return Response(status=200)

    return app


def events(document: Any, channel_id: str) -> Iterator[Published]:
    """One event for each message and each status of a webhook."""
    received_at = datetime.now(UTC)
    for entry in document["entry"]:
        for change in entry["changes"]:
            for item in change["value"].get("messages", ()):
                update = _alone(entry, change, "messages", item)
                message = Message.from_update(client=_parser, update=update)
                yield _received(message, item, channel_id, received_at)
            for item in change["value"].get("statuses", ()):
                update = _alone(entry, change, "statuses", item)
                report = MessageStatus.from_update(client=_parser, update=update)
                yield _reported(report, item, channel_id, received_at)


def _channel(amqp_url: str) -> BlockingChannel:
    """This thread's channel, in confirm mode: each publish waits for its own confirm."""
    channel: BlockingChannel | None = getattr(_local, "channel", None)
    if channel is None or channel.is_closed:
        channel = pika.BlockingConnection(pika.URLParameters(amqp_url)).channel()
        channel.confirm_delivery()
        _local.channel = channel
    return channel


def _alone(entry: Change, change: Change, what: str, item: Change) -> RawUpdate:
    """A webhook with one item: pywa reads only the first of each list."""
    value = change["value"]
    key = item.get("from") or item.get("recipient_id")
    contacts = [each for each in value.get("contacts", ()) if each.get("wa_id") == key]
    contact = dict(contacts[0]) if contacts else {"wa_id": key, "profile": {}}
    contact.setdefault("user_id", item.get("from_user_id") or item.get("recipient_user_id"))
    alone = {name: value[name] for name in ("messaging_product", "metadata")}
    alone |= {"contacts": [contact], what: [item]}
    changes = [{"field": change["field"], "value": alone}]
    webhook = {"object": "whatsapp_business_account", "entry": [{"id": entry["id"], "changes": changes}]}
    return cast(RawUpdate, webhook)  # pywa reads any dictionary


def _received(message: Message, item: Change, channel_id: str, received_at: datetime) -> Published:
    user = message.from_user
    identities = [Identity("whatsapp", f"+{user.wa_id}", user.wa_id)] if user.wa_id else []
    identities += [Identity("bsuid", user.bsuid, user.bsuid)] if user.bsuid else []
    number = message.metadata.phone_number_id
    contact_key = f"{channel_id}:{identities[0].value}"
    data = MessageReceived(
        dedupe_key=f"{KIND}:{number}:{message.id}",
        channel_id=channel_id,
        channel_kind=KIND,
        provider_message_id=message.id,
        contact_key=contact_key,
        sender=Sender(identities, user.name or ""),
        occurred_at=message.timestamp,
        received_at=received_at,
        kind=str(message.type.value),
        text=message.text or f"[{message.type.value}]",
        reply_to=message.reply_to_message.message_id if message.reply_to_message else None,
        reply_window_seconds=86_400,
        raw=orjson.dumps(item).decode(),
    )
    return _event(message_received.TYPE, data.dedupe_key, message.timestamp, contact_key, _MESSAGE.dump(data))


def _reported(report: MessageStatus, item: Change, channel_id: str, received_at: datetime) -> Published:
    recipient = report.from_user.wa_id or ""
    contact_key = f"{channel_id}:+{recipient}"
    data = DeliveryReported(
        channel_id=channel_id,
        channel_kind=KIND,
        provider_message_id=report.id,
        state=str(report.status.value),
        occurred_at=report.timestamp,
        received_at=received_at,
        send_id=report.tracker,
        recipient=recipient,
        error=None,
        raw=orjson.dumps(item).decode(),
    )
    event_id = f"{KIND}:{report.metadata.phone_number_id}:{report.id}:{data.state}"
    return _event(delivery_reported.TYPE, event_id, report.timestamp, contact_key, _REPORT.dump(data))


def _event(event_type: str, event_id: str, at: datetime, contact_key: str, data: Any) -> Published:
    document = {
        "specversion": "1.0",
        "id": event_id,
        "source": "webhook_gateway",
        "type": event_type,
        "time": format_utc(at),
        "subject": contact_key,
        "datacontenttype": "application/json",
        "traceparent": new_traceparent(),
        "data": data,
    }
    return *address(event_type, contact_key), orjson.dumps(document)
