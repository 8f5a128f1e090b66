"""Who is logged in: the sessions of browsers, kept as digests only."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pymongo.database import Database

from services.ticket_service.domain.session import SEEN_EVERY, Session
from services.ticket_service.store.documents.record import record, record_document
from shared.mongo.connect import Document
from shared.mongo.transactions import database_errors

SESSIONS: Final = "sessions"


class Sessions:
    """The collection `sessions`. Unavailable when the database is away."""

    def __init__(self, db: Database[Document]) -> None:
        self._sessions = db[SESSIONS]

    def session(self, digest: str) -> Session | None:
        """The session with this digest, as stored this moment."""
        with database_errors():
            found = self._sessions.find_one({"_id": {"$eq": digest}})
        return record(Session, "digest", found) if found else None

    def begin(self, session: Session) -> None:
        """Keep a new session."""
        document = record_document(session, "digest")
        with database_errors():
            self._sessions.insert_one({"_id": session.digest, **document})

    def seen(self, session: Session, now: datetime) -> None:
        """Remember that the session was used, at most once a minute."""
        if now - session.last_seen_at < SEEN_EVERY:
            return
        with database_errors():
            self._sessions.update_one({"_id": session.digest}, {"$set": {"last_seen_at": now}})

    def end(self, digest: str) -> None:
        """Nobody gets in by it any more."""
        with database_errors():
            self._sessions.delete_one({"_id": digest})
