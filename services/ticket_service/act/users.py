"""Users: who they are, what they may, their passwords; nobody gives away more than they have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.ticket_service.act.keeping import Check, Taken, add, change, found, save_record
from services.ticket_service.acting import Desk, Frame, Remember
from services.ticket_service.domain.permissions import ADMIN, granted
from services.ticket_service.domain.user import User, leaves_an_admin
from services.ticket_service.ports import Changes


class LastAdmin(Exception):
    """Nobody could administer the desk any more."""


class BeyondOwn(Exception):
    """It would give or touch permissions that the caller does not have; `missing` are those."""

    def __init__(self, missing: frozenset[str]) -> None:
        super().__init__(str(sorted(missing)))
        self.missing = sorted(missing)


def create_user(
    desk: Desk,
    wanted: Mapping[str, Any],
    password_hash: str,
    own: frozenset[str],
    frame: Frame,
    remember: Remember[User],
) -> User:
    """A new user; `own` are the caller's permissions. Taken, BeyondOwn, TooBusy.

    An empty hash is no password: nobody gets in with it until one is set.
    """
    user_id = desk.new_id()

    def make() -> User:
        return User(id=user_id, created_at=desk.clock(), password_hash=password_hash, **wanted)

    def check(user: User) -> None:
        within(own, user)
        _address_free(desk, user)

    return add(desk, make, check, frame, remember)


def change_user(
    desk: Desk,
    user_id: str,
    wanted: Mapping[str, Any],
    own: frozenset[str],
    frame: Frame,
    unchanged: Check[User],
) -> User:
    """Change what a user is and may. NotFound, Taken, LastAdmin, BeyondOwn, TooBusy."""

    def checked(user: User) -> None:
        unchanged(user)
        within(own, user)

    def save(user: User) -> None:
        within(own, user)
        _address_free(desk, user)
        desk.save(_with_admins(desk, user))

    return change(lambda: found(desk, User, user_id, "user"), wanted, save, frame, checked)


def set_password(desk: Desk, user_id: str, password_hash: str, own: frozenset[str], frame: Frame) -> User:
    """Give a user another password. NotFound, BeyondOwn, TooBusy."""
    return change(
        lambda: found(desk, User, user_id, "user"),
        {"password_hash": password_hash},
        lambda user: save_record(desk, user),
        frame,
        lambda user: within(own, user),
    )


def change_oneself(
    desk: Desk, user_id: str, wanted: Mapping[str, Any], frame: Frame, unchanged: Check[User]
) -> User:
    """What everybody may change of themselves. NotFound, TooBusy."""
    return change(
        lambda: found(desk, User, user_id, "user"),
        wanted,
        lambda user: save_record(desk, user),
        frame,
        unchanged,
    )


def within(own: frozenset[str], user: User) -> None:
    """BeyondOwn when the user may, or is to, do more than somebody with these permissions."""
    missing = granted(user.roles) - own
    if missing:
        raise BeyondOwn(missing)


def _address_free(desk: Desk, user: User) -> None:
    others = [each for each in desk.store.records(User, {"email": user.email}) if each.id != user.id]
    if others:
        raise Taken("user", "email", user.email, others[0].id)


def _with_admins(desk: Desk, user: User) -> Changes:
    """The user to be saved, and all administrators with it when one of them goes. LastAdmin.

    Two administrators who switch each other off at the same moment both see the other one left: saving them
    all makes the second decision stale.
    """
    changes = Changes()
    changes.touch(user)
    admins = [each for each in desk.store.records(User, {"roles": ADMIN}) if each.active]
    if any(each.id == user.id for each in admins) and not (user.active and ADMIN in user.roles):
        if not leaves_an_admin(admins, user):
            raise LastAdmin
        changes.touch(*(each for each in admins if each.id != user.id))
    return changes
