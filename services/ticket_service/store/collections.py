"""The names of the desk's collections and their indexes."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import CollectionInvalid

from services.ticket_service.store.documents import WAITS_FOR
from services.ticket_service.store.kinds import KINDS
from services.ticket_service.store.originals import NAMED
from services.ticket_service.store.ticket_indexes import EPOCH, TICKET_INDEXES

CONTACTS: Final = "contacts"
CONVERSATIONS: Final = "conversations"
TICKETS: Final = "tickets"
MESSAGES: Final = "messages"
ATTACHMENTS: Final = "attachments"
TEMPLATES: Final = "templates"
CHANNEL_HEALTH: Final = "channel_health"
HISTORY: Final = "history"
STATUSES: Final = "statuses"
SETTINGS: Final = "settings"
SEQUENCES: Final = "sequences"
COUNTERS: Final = "counters"
QUARANTINE: Final = "quarantine"
IDEMPOTENCY: Final = "idempotency"
USERS: Final = "users"
API_TOKENS: Final = "api_tokens"
LOGIN_ATTEMPTS: Final = "login_attempts"
VIEWING: Final = "viewing"
TYPING: Final = "typing"

UNSCANNED: Final[dict[str, Any]] = {"blob_id": {"$gt": ""}, "scanned_at": None, "blocked": None}
"""Files that are served as soon as a virus scanner, where there is one, has seen them."""
UNSCANNED_INDEX: Final = "unscanned"

VISIT_AT: Final = "visit.updated_at"
"""When something was learnt last of a visitor's stay."""
IDEMPOTENCY_SECONDS: Final = 86_400
VIEWING_SECONDS: Final = 60
"""Longer nothing is kept of who looked at a ticket or wrote; that somebody left is known before."""

_NEWEST: Final = [("updated_at", -1), ("_id", -1)]
_NEWEST_HELD: Final = [("quarantined_at", -1), ("_id", -1)]
_TIMELINE: Final = [("occurred_at", 1), ("number", 1), ("_id", 1)]

# Conversations are filtered on the way: an index that ends in `updated_at` is written anew for every message.
# Unique indexes are what makes 100 simultaneous first messages one lead: locks and look-ups cannot.
INDEXES: Final[dict[str, list[IndexModel]]] = {
    CONTACTS: [
        # Sparse, because contacts without any identity would all be the same one.
        IndexModel([("identities.key", 1)], unique=True, sparse=True, name="identity"),
        IndexModel([("search", 1)]),
        IndexModel([("organization", 1), *_NEWEST], partialFilterExpression={"organization": {"$gt": ""}}),
        # By these, contacts that may be one person are found.
        IndexModel([("claims.key", 1)], sparse=True),
        IndexModel([("stage", 1), *_NEWEST]),
        IndexModel(_NEWEST),
    ],
    CONVERSATIONS: [
        IndexModel([("contact_id", 1), ("channel_id", 1)], unique=True),
        IndexModel(_NEWEST),
        # Few conversations have answers that wait: they would be searched for among all.
        IndexModel(_NEWEST, partialFilterExpression={"drafts.0": {"$exists": True}}, name="waiting"),
        IndexModel([("waiting_since", 1)], partialFilterExpression={"waiting_since": {"$gt": EPOCH}}),
        # By it stays that are kept too long are found.
        IndexModel([(VISIT_AT, 1)], partialFilterExpression={VISIT_AT: {"$gt": EPOCH}}),
    ],
    TICKETS: TICKET_INDEXES,
    MESSAGES: [
        IndexModel([("words", 1), ("ticket_id", 1)]),
        IndexModel([("conversation_id", 1), *_TIMELINE]),
        IndexModel([("ticket_id", 1), *_TIMELINE]),
        IndexModel([("provider_message_ids", 1)]),
        # By these what is kept too long is found; what was forgotten is in them no more.
        IndexModel([("created_at", 1)], partialFilterExpression={"text": {"$gt": ""}}),
        IndexModel([("occurred_at", 1)], partialFilterExpression={"raw": {"$gt": ""}}),
        IndexModel([("occurred_at", 1)], partialFilterExpression=NAMED, name="originals"),
        IndexModel([(WAITS_FOR, 1)], sparse=True),
        # Few answers in live chats wait to be read.
        IndexModel([("mail_due_at", 1)], partialFilterExpression={"mail_due_at": {"$gt": EPOCH}}),
    ],
    ATTACHMENTS: [
        IndexModel([("message_id", 1)]),
        IndexModel([("stored_at", 1)], partialFilterExpression={"blob_id": {"$gt": ""}}),
        IndexModel([("ticket_id", 1), ("created_at", 1), ("_id", 1)]),
        IndexModel([("stored_at", 1)], partialFilterExpression=UNSCANNED, name=UNSCANNED_INDEX),
    ],
    TEMPLATES: [IndexModel([("channel_id", 1), ("name", 1), ("language", 1)])],
    HISTORY: [IndexModel([("ticket_id", 1), ("at", 1), ("_id", 1)])],
    QUARANTINE: [
        IndexModel([("state", 1), *_NEWEST_HELD]),
        IndexModel([("reason", 1), *_NEWEST_HELD]),
        IndexModel(_NEWEST_HELD),
    ],
    IDEMPOTENCY: [IndexModel([("created_at", 1)], expireAfterSeconds=IDEMPOTENCY_SECONDS)],
    LOGIN_ATTEMPTS: [IndexModel([("forget_at", 1)], expireAfterSeconds=0)],
    VIEWING: [
        IndexModel([("number", 1)]),
        IndexModel([("seen_at", 1)], expireAfterSeconds=VIEWING_SECONDS),
    ],
    TYPING: [IndexModel([("at", 1)], expireAfterSeconds=VIEWING_SECONDS)],
}


def create_indexes(db: Database[dict[str, Any]]) -> None:
    """Create what is missing; running it again changes nothing."""
    for collection, indexes in INDEXES.items():
        db[collection].create_indexes(indexes)
    for kind in KINDS.values():
        if kind.indexes:
            db[kind.collection].create_indexes(list(kind.indexes))
    # Made here, because making a collection inside a transaction costs every other one a conflict.
    records = {kind.collection for kind in KINDS.values()}
    for name in ("outbox", SEQUENCES, COUNTERS, STATUSES, SETTINGS, CHANNEL_HEALTH, *sorted(records)):
        with suppress(CollectionInvalid):
            db.create_collection(name)
