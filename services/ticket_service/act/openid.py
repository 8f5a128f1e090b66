"""Letting in whom the provider vouches for: the user with that address, or a new one where allowed."""

from __future__ import annotations

from services.ticket_service.act.keeping import Taken
from services.ticket_service.act.users import LastAdmin, change_user, create_user
from services.ticket_service.acting import Desk, Frame
from services.ticket_service.domain.openid import OpenId, Vouched
from services.ticket_service.domain.permissions import ALL
from services.ticket_service.domain.user import User


class Unknown(Exception):
    """Nobody with this address works here, or not any more."""


def let_in(desk: Desk, provider: OpenId, who: Vouched, frame: Frame) -> User:
    """The user, with the roles that the provider says. Unknown, TooBusy."""
    user = _with_address(desk, who.email)
    if user is None:
        return _made(desk, provider, who, frame)
    if not user.active:
        raise Unknown
    if not who.roles or sorted(user.roles) == list(who.roles):
        return user
    try:
        return change_user(desk, user.id, {"roles": list(who.roles)}, ALL, frame, lambda each: None)
    except LastAdmin:
        return user  # somebody has to be able to run the desk, whatever the provider says


def _made(desk: Desk, provider: OpenId, who: Vouched, frame: Frame) -> User:
    roles = list(who.roles) or ([provider.create_role] if provider.create_role else [])
    if not provider.create_role or not roles:
        raise Unknown
    wanted = {"email": who.email, "name": who.name, "roles": roles}
    try:
        return create_user(desk, wanted, "", ALL, frame, lambda user: None)
    except Taken:
        # The same person in two windows at once.
        user = _with_address(desk, who.email)
        if user is None or not user.active:
            raise Unknown from None
        return user


def _with_address(desk: Desk, email: str) -> User | None:
    return next(iter(desk.store.records(User, {"email": email})), None)
