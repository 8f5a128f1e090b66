"""Who is logged in: the sessions of browsers, kept as digests only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pymongo.database import Database

from services.ticket_service.domain.session import IDLE, SEEN_EVERY, Session
from services.ticket_service.store.documents.record import record, record_document
from services.ticket_service.store.kinds import kind_of
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

SESSIONS: Final = kind_of(Session).collection


class Sessions:
    """Written on their own, as requests come and go. Unavailable when the database is away."""

    def __init__(self, db: Database[Document]) -> None:
        self._sessions = db[SESSIONS]

    def session(self, digest: str) -> Session | None:
        """The session with this digest, as stored this moment."""
        with database_errors():
            found = self._sessions.find_one({"_id": {"$eq": digest}})
        return record(Session, "digest", found) if found else None

    def of_user(self, user_id: str, now: datetime) -> Sequence[Session]:
        """The sessions of a user that were used of late, the last used first."""
        wanted = {"user_id": {"$eq": user_id}, "last_seen_at": {"$gt": now - IDLE}}
        with database_errors():
            found = list(self._sessions.find(wanted).sort("last_seen_at", -1))
        sessions = [record(Session, "digest", each) for each in found]
        return [each for each in sessions if not each.over(now)]

    def begin(self, session: Session) -> None:
        """Keep a new session."""
        document = record_document(session, "digest")
        with database_errors():
            self._sessions.insert_one({"_id": session.digest, **document, "version": 1})

    def seen(self, session: Session, now: datetime) -> None:
        """Remember that the session was used, at most once a minute."""
        if now - session.last_seen_at < SEEN_EVERY:
            return
        with database_errors():
            self._sessions.update_one({"_id": session.digest}, {"$max": {"last_seen_at": now}})

    def present(self, digest: str, now: datetime) -> None:
        """Remember that a page of the session is open; that does not keep it from running out."""
        with database_errors():
            self._sessions.update_one({"_id": {"$eq": digest}}, {"$max": {"present_at": now}})

    def users_seen(self, since: datetime) -> set[str]:
        """Ids of the users who did something since then, or had a page open."""
        wanted = {"$or": [{"last_seen_at": {"$gte": since}}, {"present_at": {"$gte": since}}]}
        with database_errors():
            return set(self._sessions.distinct("user_id", wanted))

    def end(self, digest: str) -> None:
        """Nobody gets in by it any more."""
        with database_errors():
            self._sessions.delete_one({"_id": {"$eq": digest}})

    def end_all(self, user_id: str, *, but: str = "") -> int:
        """End the sessions of a user, except the one with this digest; how many that were."""
        with database_errors():
            gone = self._sessions.delete_many({"user_id": {"$eq": user_id}, "_id": {"$ne": but}})
        return gone.deleted_count
