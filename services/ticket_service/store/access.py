"""Who may come in: users, API tokens (kept as digests only) and the attempts to log in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.ticket_service.domain.api_token import ApiToken
from services.ticket_service.domain.user import User
from services.ticket_service.store.collections import API_TOKENS, LOGIN_ATTEMPTS, USERS
from services.ticket_service.store.documents.record import record
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

TOUCH_EVERY: Final = timedelta(minutes=1)
FORGET_AFTER: Final = timedelta(hours=1)


class Access:
    """The collections `users`, `api_tokens` and `login_attempts`. Unavailable when the database is away."""

    def __init__(self, db: Database[Document]) -> None:
        self._users = db[USERS]
        self._tokens = db[API_TOKENS]
        self._attempts = db[LOGIN_ATTEMPTS]

    def token(self, digest: str) -> ApiToken | None:
        """The token with this digest."""
        with database_errors():
            found = self._tokens.find_one({"_id": {"$eq": digest}})
        return record(ApiToken, "digest", found) if found else None

    def touch(self, token: ApiToken, now: datetime) -> None:
        """Remember that the token was used, at most once a minute."""
        if token.last_used_at is not None and now - token.last_used_at < TOUCH_EVERY:
            return
        stale = {"$or": [{"last_used_at": None}, {"last_used_at": {"$lte": now - TOUCH_EVERY}}]}
        with database_errors():
            self._tokens.update_one({"_id": token.digest, **stale}, {"$set": {"last_used_at": now}})

    def user(self, user_id: str) -> User | None:
        """The user with this id, as stored this moment."""
        with database_errors():
            found = self._users.find_one({"_id": {"$eq": user_id}})
        return record(User, "id", found) if found else None

    def user_by_email(self, email: str) -> User | None:
        """The user with this address, written in any case."""
        with database_errors():
            found = self._users.find_one({"email": {"$eq": email.strip().lower()}})
        return record(User, "id", found) if found else None

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

    def give_back_attempt(self, key: str) -> None:
        """The last attempt under `key` was none to be counted."""
        with database_errors():
            self._attempts.update_one({"_id": key, "count": {"$gt": 0}}, {"$inc": {"count": -1}})

    def forget_attempts(self, key: str) -> None:
        """After a successful log-in."""
        with database_errors():
            self._attempts.delete_one({"_id": key})
