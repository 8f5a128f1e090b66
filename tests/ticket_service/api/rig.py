"""A desk with its REST interface on a real database, a clock that tests set, and customers who write."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database
from werkzeug.test import TestResponse

from services.ticket_service.act.confidential import Vault
from services.ticket_service.app import create_app
from services.ticket_service.apply import (
    apply_channel_news,
    apply_deliveries,
    apply_media,
    apply_messages,
    apply_quarantine,
)
from services.ticket_service.domain.chat import ChatSite
from services.ticket_service.domain.mail_token import MailDesk
from services.ticket_service.domain.quarantine import QuarantineItem, Replay
from services.ticket_service.passwords import Argon2Passwords
from services.ticket_service.ports import DeskStore
from services.ticket_service.sealing import FernetSeal
from services.ticket_service.store import collections as names
from services.ticket_service.store.preparing import Preparing
from services.ticket_service.wiring.web import Web, web_on
from shared.contracts import (
    channel_reported,
    delivery_changed,
    media_failed,
    media_stored,
    message_received,
    template_changed,
)
from shared.contracts.attachment import StoredFile, attachment_id
from shared.contracts.catalogue import decode
from shared.contracts.channel_reported import ChannelReported
from shared.contracts.delivery_changed import DeliveryChanged
from shared.contracts.delivery_reported import DeliveryError
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.media_failed import MediaFailed
from shared.contracts.media_stored import MediaStored
from shared.contracts.message_received import Identity, MessageReceived, Sender
from shared.contracts.template_changed import TemplateChanged
from shared.mongo.connect import Document, connect, database
from shared.runtime.channels_file import ChannelEntry
from shared.runtime.ids import new_id
from tests.support.memory_blobs import MemoryBlobStore
from tests.support.servers import throwaway_database

TOKEN: Final = "spt_a-token-for-tests"
OTHER_TOKEN: Final = "spt_a-token-of-an-agent"
EMAIL: Final = "anna@example.org"
PASSWORD: Final = "correct horse battery staple"
ANNA: Final = "0197f3c0-0000-7000-8000-00000000a11a"
BRUNO: Final = "0197f3c0-0000-7000-8000-00000000b009"
VERA: Final = "0197f3c0-0000-7000-8000-00000000e4a0"
NOON: Final = datetime(2025, 2, 27, 12, 0, 0, tzinfo=UTC)
WINDOW: Final = 86_400
DESK_URL: Final = "https://desk.example.org"
CHANNEL: Final = "whatsapp-main"
KIND: Final = "whatsapp_cloud"
CHANNELS: Final = (
    ChannelEntry(CHANNEL, KIND, "WhatsApp", True, {}),
    ChannelEntry("whatsapp-twilio", "whatsapp_twilio", "Twilio", False, {}),
    ChannelEntry("webchat-main", "webchat", "Sito", True, {}),
    ChannelEntry("mail-main", "email", "Assistenza", True, {"address": "assistenza@example.org"}),
)
MAIL_CHANNEL: Final = CHANNELS[-1]
CHATS: Final = {"webchat-main": ChatSite("site_key-0001")}
MAIL_DESK: Final = MailDesk(("k" * 32,), {MAIL_CHANNEL.id: ("assistenza@example.org",)})
FAILURE: Final = DeliveryError("131026", "Message undeliverable", "No such number.", "Call the customer.")
_RESTORED: Final = (names.STATUSES, names.SETTINGS, "numbering", "dictionary_entries", names.USERS)
_HASH: Final = Argon2Passwords().hash(PASSWORD)


@dataclass
class Clock:
    """Says what it was told."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        """Let time pass (as timedelta's arguments)."""
        self.now += timedelta(**duration)


@dataclass
class Rig:
    """The application, its database, and shorthands for what tests do often."""

    db: Database[Document]
    web: Web
    app: Flask
    clock: Clock
    blobs: MemoryBlobStore
    prepared: dict[str, list[Document]]
    written: int = field(default=0)
    revision: int = field(default=0)

    @property
    def client(self) -> FlaskClient:
        """Somebody's HTTP client, without a log-in."""
        return self.app.test_client()

    @property
    def store(self) -> DeskStore:
        """The desk's store."""
        return self.web.services.desk.store

    def call(self, method: str, path: str, *, token: str = TOKEN, **options: Any) -> TestResponse:
        """A request with a log-in; `headers` and all that the test client takes."""
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.call("GET", path, **options)

    def post(
        self, path: str, document: Any = None, *, key: str | None = None, **options: Any
    ) -> TestResponse:
        headers = {**options.pop("headers", {}), **({"Idempotency-Key": key} if key else {})}
        return self.call("POST", path, json=document, headers=headers, **options)

    def patch(self, path: str, document: Any, *, match: str | None) -> TestResponse:
        return self.call("PATCH", path, json=document, headers={"If-Match": match} if match else {})

    def change(self, path: str, document: Any) -> TestResponse:
        """PATCH with the ETag as it is now."""
        return self.patch(path, document, match=self.get(path).headers["ETag"])

    def hear(self, text: str = "Buongiorno", *, phone: str | None = None, **options: Any) -> str:
        """A customer writes (a new one unless `phone` is given); the number of the ticket it is on."""
        self.written += 1
        phone = phone or f"+39335{self.written:07d}"
        event = inbound(text, phone, at=options.pop("at", self.clock.now), **options)
        apply_messages([event], self.web.services.desk, {})
        ticket_id = (self.db[names.MESSAGES].find_one({"_id": event.data.dedupe_key}) or {})["ticket_id"]
        number: str = (self.db[names.TICKETS].find_one({"_id": ticket_id}) or {})["number"]
        return number

    def take(self, *events: Event) -> None:
        """These messages come in, in this order."""
        apply_messages(events, self.web.services.desk, {})

    def delivered(self, send_id: str, state: str, at: datetime, attempt: int = 0, error: str = "") -> None:
        """The notifier reports a state of a send; `error` is the code of one that did not fail altogether."""
        data = DeliveryChanged(
            send_id=send_id,
            origin="reply",
            conversation_id="",
            ticket_number="",
            channel_id=CHANNEL,
            channel_kind=KIND,
            state=state,
            times={state: at},
            queued_at=at,
            provider_message_ids=[] if state == "failed" else [f"wamid.{send_id}"],
            error=replace(FAILURE, code=error) if error else FAILURE if state == "failed" else None,
            attempt=attempt,
        )
        event = Event(new_id(), "notifier", delivery_changed.TYPE, at, send_id, data, new_traceparent())
        apply_deliveries([event], self.web.services.desk)

    def knows(self, name: str, status: str = "approved", **options: Any) -> None:
        """The provider's template of this name is read (again); a body without variables unless given."""
        body = {"type": "BODY", "text": "Abbiamo una risposta per lei."}
        self.revision += 1
        data = TemplateChanged(
            options.pop("channel", CHANNEL),
            KIND,
            options.pop("template_id", "1689556908129832"),
            name,
            options.pop("language", "it"),
            "UTILITY",
            status,
            options.pop("components", [body]),
            self.revision,
            self.clock.now,
            **options,
        )
        self._news(template_changed.TYPE, data)

    def reports(self, aspect: str, level: str, title: str = "Something") -> None:
        """Somebody reports how one aspect of the channel stands."""
        data = ChannelReported(CHANNEL, KIND, aspect, level, title, self.clock.now)
        self._news(channel_reported.TYPE, data)

    def _news(self, kind: str, data: Any) -> None:
        event = Event(new_id(), "tests", kind, self.clock.now, CHANNEL, data, new_traceparent())
        apply_channel_news([event], self.web.services.desk)

    def fetched(
        self, message_id: str, content: bytes, mime_type: str, filename: str = "", kind: str = "document"
    ) -> str:
        """The gateway has put the first file of a customer's message into the blob store; its id."""
        file_id = attachment_id(message_id, 0)
        blob = self.blobs.put(file_id, [content], mime_type=mime_type, max_bytes=10**8)
        file = StoredFile(file_id, kind, blob.id, mime_type, filename, blob.size, blob.sha256)
        self._media(media_stored.TYPE, MediaStored(file, message_id, CHANNEL, KIND, self.clock.now))
        return file_id

    def not_fetched(self, message_id: str) -> str:
        """The gateway gave up on the first file of a customer's message; its id."""
        file_id, why = attachment_id(message_id, 0), ("too-large", "It is big.", "Ask for a smaller one.")
        self._media(media_failed.TYPE, MediaFailed(file_id, message_id, CHANNEL, KIND, *why, self.clock.now))
        return file_id

    def _media(self, kind: str, data: Any) -> None:
        event = Event(new_id(), "webhook_gateway", kind, self.clock.now, CHANNEL, data, new_traceparent())
        apply_media([event], self.web.services.desk, self.blobs.delete)

    def upload(
        self, content: bytes = b"hello", name: str = "a.txt", mime_type: str = "text/plain", **form: str
    ) -> str:
        """An agent uploads a file; its id."""
        data = {"file": (io.BytesIO(content), name, mime_type), **form}
        answer = self.call("POST", "/attachments", data=data)
        assert answer.status_code == 201, answer.text
        file_id: str = answer.get_json()["id"]
        return file_id

    def requested(self, kind: str = "reply.requested") -> list[Any]:
        """The data of the events of one type that wait to be published, in order."""
        events = [decode(bytes(entry["body"])) for entry in self.outbox()]
        return [event.data for event in events if event.type == kind]

    def quarantine(
        self, reason: str = "unknown-channel", *, replayable: bool = True, raw_blob: str = ""
    ) -> str:
        """Something is put aside; its id."""
        item = QuarantineItem(
            id=new_id(),
            service="webhook_gateway",
            reason=reason,
            detail="No channel has the phone number id 5550001.",
            payload='{"id":"5550001"}',
            quarantined_at=self.clock.now,
            replay=Replay("sportello.events", "webhook.replayed", b'{"as":"it came"}')
            if replayable
            else None,
            raw_blob=raw_blob,
        )
        apply_quarantine([item], self.web.services.desk)
        return item.id

    def elsewhere(self, number: str, **fields: Any) -> None:
        """A ticket has these fields, as if another process had just saved it."""
        self.db[names.TICKETS].update_one({"number": number}, {"$set": fields, "$unset": {"listed": ""}})
        Preparing(self.db).lists.stored_before()

    def outbox(self) -> list[Document]:
        """What waits to be published, in order."""
        return list(self.db["outbox"].find().sort("_id", 1))

    def clean(self) -> None:
        """Forget everything but what `prepare` makes; what is as it was is left alone."""
        for name in self._filled():
            if name not in _RESTORED:
                self.db[name].delete_many({})
        for name, as_prepared in self.prepared.items():
            if list(self.db[name].find()) != as_prepared:
                self.db[name].delete_many({})
                self.db[name].insert_many(as_prepared)
        self.blobs._blobs.clear()
        self.web.services.statistics.forget()
        self.store._cached.clear()  # type: ignore[attr-defined]
        self.db[names.API_TOKENS].insert_many([_token(TOKEN, ANNA), _token(OTHER_TOKEN, BRUNO)])
        self.clock.now = NOON

    def _filled(self) -> list[str]:
        """The collections that hold something, asked for at once: there are many, and few are used."""
        first, *others = self.db.list_collection_names()
        unions = [{"$unionWith": {"coll": name, "pipeline": _any_of(name)}} for name in others]
        return [found["name"] for found in self.db[first].aggregate([*_any_of(first), *unions])]


def _any_of(collection: str) -> list[dict[str, Any]]:
    return [{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": collection}}}]


@contextmanager
def running(uri: str) -> Iterator[Rig]:
    """A prepared desk in a database of its own."""
    clock = Clock()
    with throwaway_database(uri) as name, connect(uri, "tests") as client:
        # The rig's clock shows a time long past: what may be forgotten by then would vanish under the tests.
        client.admin.command("setParameter", 1, ttlMonitorEnabled=False)
        db = database(client, name)
        preparing = Preparing(db)
        preparing.indexes()
        preparing.settings.statuses("S000")
        preparing.settings.desk("Europe/Rome", None)
        preparing.settings.numbering(None)
        preparing.settings.dictionaries()
        preparing.people.administrator(ANNA, EMAIL, _HASH, NOON)
        for user_id, name, role in ((BRUNO, "Bruno", "agent"), (VERA, "Vera", "viewer")):
            who = {"_id": user_id, "email": f"{name.lower()}@example.org", "name": name, "roles": [role]}
            db[names.USERS].insert_one({**who, "password_hash": _HASH, "created_at": NOON, "version": 1})
        blobs = MemoryBlobStore()
        vault = Vault(FernetSeal(["k" * 32]), DESK_URL)
        web = web_on(client, db, blobs, CHANNELS, clock, vault=vault, mail=MAIL_DESK, chats=CHATS)
        prepared = {name: list(db[name].find()) for name in _RESTORED}
        yield Rig(db, web, create_app(web), clock, blobs, prepared)


def inbound(text: str, phone: str, *, at: datetime, name: str = "Daniele Asmonti", **options: Any) -> Event:
    """`message.received` of one text from one number."""
    message_id = options.pop("message_id", f"wamid.{uuid.uuid4().hex}")
    data = MessageReceived(
        dedupe_key=f"whatsapp_cloud:1:{message_id}",
        channel_id=options.pop("channel_id", "whatsapp-main"),
        channel_kind="whatsapp_cloud",
        provider_message_id=message_id,
        contact_key=f"whatsapp-main:{phone}",
        sender=Sender([Identity("whatsapp", phone, phone.lstrip("+"))], name),
        occurred_at=at,
        received_at=options.pop("received_at", at),
        kind=options.pop("kind", "text"),
        text=text,
        reply_window_seconds=options.pop("window", WINDOW),
        **options,
    )
    return Event(
        data.dedupe_key, "webhook_gateway", message_received.TYPE, at, phone, data, new_traceparent()
    )


def _token(secret: str, user_id: str) -> Document:
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return {"_id": digest, "name": "tests", "user_id": user_id, "created_at": NOON, "version": 1}
