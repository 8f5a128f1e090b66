"""Who may come in: users, API tokens (kept as digests only) and the attempts to log in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.ticket_service.ports import Conflict, IdempotencyRecord
from services.ticket_service.store.collections import API_TOKENS, IDEMPOTENCY, LOGIN_ATTEMPTS, USERS
from services.ticket_service.store.documents import idempotency_document
from shared.mongo.connect import Document
from shared.mongo.transactions import WriteConflict, database_errors, in_transaction

TOUCH_EVERY: Final = timedelta(minutes=1)
FORGET_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who works at the desk."""

    id: str
    email: str
    name: str
    roles: tuple[str, ...]
    password_hash: str


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as kept: `digest` is the SHA-256 of what its owner holds."""

    digest: str
    name: str
    user_id: str
    created_at: datetime
    last_used_at: datetime | None = None


class Access:
    """The collections `users`, `api_tokens` and `login_attempts`. Unavailable when the database is away."""

    def __init__(self, client: MongoClient[Document], db: Database[Document]) -> None:
        self._client = client
        self._users = db[USERS]
        self._tokens = db[API_TOKENS]
        self._attempts = db[LOGIN_ATTEMPTS]
        self._records = db[IDEMPOTENCY]

    def token(self, digest: str) -> ApiToken | None:
        """The token with this digest."""
        with database_errors():
            found = self._tokens.find_one({"_id": digest})
        return _token(found) if found else None

    def touch(self, token: ApiToken, now: datetime) -> None:
        """Remember that the token was used, at most once a minute."""
        if token.last_used_at is not None and now - token.last_used_at < TOUCH_EVERY:
            return
        stale = {"$or": [{"last_used_at": None}, {"last_used_at": {"$lte": now - TOUCH_EVERY}}]}
        with database_errors():
            self._tokens.update_one({"_id": token.digest, **stale}, {"$set": {"last_used_at": now}})

    def tokens_of(self, user_id: str) -> list[ApiToken]:
        """A user's tokens, oldest first."""
        with database_errors():
            found = list(self._tokens.find({"user_id": user_id}).sort([("created_at", 1), ("_id", 1)]))
        return [_token(document) for document in found]

    def add_token(self, token: ApiToken, record: IdempotencyRecord | None) -> None:
        """Keep a new token together with the record of the answer. Conflict when there is one already."""
        document = {
            "_id": token.digest,
            "name": token.name,
            "user_id": token.user_id,
            "created_at": token.created_at,
            "last_used_at": None,
        }

        def work(session: ClientSession) -> None:
            self._tokens.insert_one(document, session=session)
            if record is not None:
                self._records.insert_one(idempotency_document(record), session=session)

        try:
            in_transaction(self._client, work)
        except WriteConflict as error:
            raise Conflict(str(error)) from error

    def remove_token(self, digest: str) -> bool:
        """Revoke a token; whether there was one."""
        with database_errors():
            return self._tokens.delete_one({"_id": digest}).deleted_count == 1

    def user(self, user_id: str) -> User | None:
        """The user with this id."""
        with database_errors():
            found = self._users.find_one({"_id": user_id})
        return _user(found) if found else None

    def user_by_email(self, email: str) -> User | None:
        """The user with this address, written in any case."""
        with database_errors():
            found = self._users.find_one({"email": email.strip().lower()})
        return _user(found) if found else None

    def take_attempt(self, key: str, now: datetime, *, free: int, longest_seconds: int) -> datetime | None:
        """Count an attempt to log in under `key`: None when it may go on, else when to come back.

        The first `free` attempts are free; each one more doubles the wait, up to `longest_seconds`. Counting
        and deciding are one atomic step, so that simultaneous guesses do not all pass.
        """
        wait = {"$min": [longest_seconds, {"$pow": [2, {"$subtract": ["$count", free]}]}]}
        until = {"$dateAdd": {"startDate": now, "unit": "second", "amount": {"$toLong": wait}}}
        change: list[Document] = [
            {"$set": {"count": {"$add": [{"$ifNull": ["$count", 0]}, 1]}, "forget_at": now + FORGET_AFTER}},
            {"$set": {"blocked_until": {"$cond": [{"$gte": ["$count", free]}, until, now]}}},
        ]
        with database_errors():
            for _ in range(3):
                try:
                    self._attempts.update_one(
                        {"_id": key, "blocked_until": {"$lte": now}}, change, upsert=True
                    )
                    return None
                except DuplicateKeyError:
                    found = self._attempts.find_one({"_id": key}) or {}
                    blocked_until: datetime = found.get("blocked_until", now)
                    if blocked_until > now:
                        return blocked_until
        return now + timedelta(seconds=1)

    def forget_attempts(self, key: str) -> None:
        """After a successful log-in."""
        with database_errors():
            self._attempts.delete_one({"_id": key})


def _token(found: dict[str, Any]) -> ApiToken:
    return ApiToken(
        found["_id"], found["name"], found["user_id"], found["created_at"], found.get("last_used_at")
    )


def _user(found: dict[str, Any]) -> User:
    return User(
        found["_id"], found["email"], found["name"], tuple(found.get("roles", ())), found["password_hash"]
    )
