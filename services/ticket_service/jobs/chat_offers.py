"""Tells the gateway what each live chat offers its visitors, as soon as anything of it changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Final

from services.ticket_service.acting import Desk
from services.ticket_service.announce import SOURCE
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.chat_offer import (
    MOST_SHOWN,
    SEEN_WITHIN,
    ChatOffer,
    at_the_desk,
    is_online,
)
from services.ticket_service.domain.chat_settings import BOTH, HOURS, ChatChannel, ChatSettings
from services.ticket_service.domain.user import User
from services.ticket_service.mailing import follow_up_mailbox
from services.ticket_service.ports import Changes
from services.ticket_service.sla.keeping import next_opening
from shared.contracts import chat_offered
from shared.contracts.chat_offered import ChatField, ChatOffered, ChatPerson
from shared.contracts.envelope import Event, new_traceparent

Seen = Callable[[datetime], Collection[str]]
"""Ids of the users whose console was heard of since then."""


TOLD_AGAIN: Final = timedelta(hours=1)
"""A gateway that lost its database knows again by then what it offers."""


def offer_chats(desk: Desk, chats: Sequence[str], seen: Seen, now: datetime) -> int:
    """Tell of each live chat (by channel id) whose offer is not the one last told; how many. Unavailable.

    What did not change is told again every TOLD_AGAIN.
    """
    if not chats:
        return 0
    store, settings = desk.store, desk.store.setting(ChatSettings)
    people = at_the_desk(store.all(User), seen(now - SEEN_WITHIN))
    return sum(
        _tell(desk, _offer(desk, channel_id, settings.of(channel_id), people, now), now)
        for channel_id in chats
    )


def _tell(desk: Desk, offer: ChatOffered, now: datetime) -> bool:
    """Tell it unless it was told last; the record of it and the event are saved together."""
    digest = hashlib.sha256(json.dumps(asdict(offer), default=str, sort_keys=True).encode()).hexdigest()

    def decide() -> bool:
        last = desk.store.record(ChatOffer, offer.channel_id)
        if last is not None and last.digest == digest and now - last.told_at < TOLD_AGAIN:
            return False
        # By the clock: a desk that was restored from a backup is believed, whatever it had told since.
        revision = max(int(now.timestamp()), last.revision + 1 if last is not None else 0)
        version = last.version if last is not None else 0
        changes = Changes(events=[_event(replace(offer, revision=revision), now)])
        changes.touch(ChatOffer(offer.channel_id, revision, digest, offer.online, now, version))
        desk.save(changes)
        return True

    return decide_again_on_conflict(decide)


def _offer(
    desk: Desk, channel_id: str, settings: ChatChannel, people: Sequence[User], now: datetime
) -> ChatOffered:
    opens_at = next_opening(settings.calendar or None, desk.store, now)
    opened = opens_at is not None and opens_at <= now
    online = is_online(settings.online, opened=opened, staffed=bool(people))
    mailbox = follow_up_mailbox(settings, desk.mail)
    shown = people if settings.show_people else ()
    return ChatOffered(
        channel_id=channel_id,
        revision=0,
        online=online,
        opens_at=opens_at if not opened and settings.online in (HOURS, BOTH) else None,
        people=[ChatPerson(each.name, each.picture) for each in shown[:MOST_SHOWN]],
        language=settings.language,
        texts=settings.texts,
        colour=settings.colour,
        position=settings.position,
        theme=settings.theme,
        form=[
            ChatField(each.key, each.kind, each.required, each.labels, list(each.choices))
            for each in settings.form
        ],
        form_when=settings.form_when,
        files=settings.files,
        rating=settings.rating,
        transcript=settings.transcript and bool(mailbox),
        page_context=settings.page_context,
        mails=bool(mailbox),
    )


def _event(offer: ChatOffered, now: datetime) -> Event:
    return Event(
        id=f"{offer.channel_id}:offered:{offer.revision}",
        source=SOURCE,
        type=chat_offered.TYPE,
        time=now,
        subject=offer.channel_id,
        data=offer,
        traceparent=new_traceparent(),
    )
