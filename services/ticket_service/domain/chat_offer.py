"""Whether a live chat is online, who is there, and what its visitors were last told of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.ticket_service.domain.chat_settings import ALWAYS, HOURS, NEVER, PRESENCE
from services.ticket_service.domain.permissions import TICKETS_REPLY, granted
from services.ticket_service.domain.user import User

SEEN_WITHIN: Final = timedelta(minutes=2)
"""Whose console was heard of no longer ago is at the desk."""
MOST_SHOWN: Final = 10


@dataclass(slots=True)
class ChatOffer:
    """The last offer of a live chat (`id` is the channel's): `digest` is that of all it said.

    `online` is how the chat stood then, `told_at` when that was told.
    """

    id: str
    revision: int
    digest: str
    online: bool
    told_at: datetime
    version: int = 0


def is_online(how: str, *, opened: bool, staffed: bool) -> bool:
    """Whether a chat is online; `how` is one of chat_settings.ONLINE.

    `opened`: it is within business hours. `staffed`: somebody is at the desk.
    """
    if how in (ALWAYS, NEVER):
        return how == ALWAYS
    return (opened or how == PRESENCE) and (staffed or how == HOURS)


def at_the_desk(users: Iterable[User], seen: Collection[str]) -> list[User]:
    """Those who may answer and are there: their console was heard of (`seen`: ids) and they are available."""
    there = [
        user
        for user in users
        if user.active and user.available and user.id in seen and TICKETS_REPLY in granted(user.roles)
    ]
    return sorted(there, key=lambda user: (user.name.casefold(), user.id))
