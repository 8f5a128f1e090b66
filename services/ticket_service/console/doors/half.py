"""Between the password and the second factor: who has shown the one, for a while in the signed cookie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import session

from services.ticket_service.api import context
from services.ticket_service.domain.session import password_mark
from services.ticket_service.domain.user import User

_KEY: Final = "half"
_TIME: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Half:
    """The user, where they want to go, and the sealed secret of a device they have to set up (or empty)."""

    user: User
    place: str
    sealed: str = ""


def begin(user: User, place: str, sealed: str = "") -> None:
    """Remember that this browser has shown the user's password. What the cookie held before is gone."""
    until = context.services().desk.clock() + _TIME
    session.clear()
    session[_KEY] = {
        "user": user.id,
        "mark": password_mark(user.password_hash),
        "until": until.isoformat(),
        "place": place,
        "sealed": sealed,
    }


def current() -> Half | None:
    """Who is half in; None for nobody, or when it is too long ago, or the password is another one by now."""
    kept: dict[str, Any] | None = session.get(_KEY)
    if kept is None:
        return None
    services = context.services()
    user = services.access.user(kept["user"])
    late = services.desk.clock() >= datetime.fromisoformat(kept["until"])
    if late or user is None or not user.active or kept["mark"] != password_mark(user.password_hash):
        session.clear()
        return None
    return Half(user, kept["place"], kept["sealed"])
