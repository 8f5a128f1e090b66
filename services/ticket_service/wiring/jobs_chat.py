"""Jobs of live chats: what visitors are offered, and answers that nobody read there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pymongo.database import Database

from services.ticket_service.acting import Desk
from services.ticket_service.jobs.chat_offers import offer_chats
from services.ticket_service.jobs.timers import Job
from services.ticket_service.store.sessions import Sessions
from shared.mongo.connect import Document


def chat_jobs(desk: Desk, db: Database[Document], chats: Sequence[str]) -> Sequence[Job]:
    """For the live chats with these channel ids; none where there are none."""
    if not chats:
        return ()
    return (Job("chat-offers", 5, partial(offer_chats, desk, chats, Sessions(db).users_seen)),)
