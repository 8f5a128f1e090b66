"""Jobs of live chats: what visitors are offered, what was missed, and answers that nobody read there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from pymongo.database import Database

from services.ticket_service.acting import Desk
from services.ticket_service.jobs.chat_offers import offer_chats
from services.ticket_service.jobs.missed_chats import open_missed
from services.ticket_service.jobs.timers import Job
from services.ticket_service.jobs.unread_answers import mail_unread
from services.ticket_service.store.sessions import Sessions
from services.ticket_service.store.waiting_chats import MongoWaitingChats
from shared.mongo.connect import Document


def chat_jobs(desk: Desk, db: Database[Document], chats: Sequence[str]) -> Sequence[Job]:
    """For the live chats with these channel ids; none where there are none."""
    if not chats:
        return ()
    return (
        Job("chat-offers", 5, partial(offer_chats, desk, chats, Sessions(db).users_seen)),
        Job("missed-chats", 15, partial(open_missed, desk, MongoWaitingChats(db))),
        Job("unread-answers", 15, partial(mail_unread, desk)),
    )
