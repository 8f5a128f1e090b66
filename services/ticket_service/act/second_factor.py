"""Second factors: begun, confirmed with a first code, taken away by their owner or by who runs the users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.ticket_service.act.keeping import found, remove
from services.ticket_service.act.users import within
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.second_factor import SecondFactor
from services.ticket_service.domain.user import User
from services.ticket_service.ports import Changes


class SecondFactorThere(Exception):
    """The user has a second factor already."""


def begin(
    desk: Desk, user_id: str, sealed: str, frame: Frame, remember: Remember[SecondFactor]
) -> SecondFactor:
    """Keep a new secret (sealed), which does not count before it is confirmed. SecondFactorThere, TooBusy."""

    def attempt() -> SecondFactor:
        before = desk.store.record(SecondFactor, user_id)
        if before is not None and before.confirmed_at is not None:
            raise SecondFactorThere
        factor = SecondFactor(user_id, sealed, desk.clock(), version=before.version if before else 0)
        changes = Changes()
        changes.touch(factor)
        return save_once(desk, changes, factor, remember)

    return until_saved(attempt, frame)


def confirm(
    desk: Desk,
    begun: SecondFactor,
    step: int,
    recovery: Sequence[str],
    frame: Frame,
    remember: Remember[SecondFactor],
) -> SecondFactor:
    """From now on it is asked for; `step` is used up, `recovery` are the digests of its recovery codes.

    NotFound when it was not begun, or begun anew meanwhile; SecondFactorThere, TooBusy.
    """

    def attempt() -> SecondFactor:
        factor = desk.store.record(SecondFactor, begun.id)
        if factor is None or factor.sealed != begun.sealed:
            raise NotFound("second factor")
        if factor.confirmed_at is not None:
            raise SecondFactorThere
        confirmed = replace(factor, confirmed_at=desk.clock(), last_step=step, recovery=sorted(recovery))
        changes = Changes()
        changes.touch(confirmed)
        return save_once(desk, changes, confirmed, remember)

    return until_saved(attempt, frame)


def renew_recovery(
    desk: Desk, user_id: str, recovery: Sequence[str], frame: Frame, remember: Remember[SecondFactor]
) -> SecondFactor:
    """Other recovery codes; the earlier ones work no more. NotFound, TooBusy."""

    def attempt() -> SecondFactor:
        factor = replace(_confirmed(desk, user_id), recovery=sorted(recovery))
        changes = Changes()
        changes.touch(factor)
        return save_once(desk, changes, factor, remember)

    return until_saved(attempt, frame)


def drop(desk: Desk, user_id: str, frame: Frame, remember: Remember[SecondFactor]) -> SecondFactor:
    """Take one's own away. NotFound, TooBusy."""

    def attempt() -> SecondFactor:
        factor = _confirmed(desk, user_id)
        changes = Changes()
        changes.remove(factor)
        return save_once(desk, changes, factor, remember)

    return until_saved(attempt, frame)


def reset(desk: Desk, user_id: str, own: frozenset[str], frame: Frame) -> None:
    """Take away that of another user who lost it; `own` are the caller's permissions.

    NotFound, BeyondOwn, TooBusy.
    """

    def check(factor: SecondFactor) -> None:
        within(own, found(desk, User, user_id, "user"))

    found(desk, User, user_id, "user")
    remove(desk, lambda: found(desk, SecondFactor, user_id, "second factor"), frame, check)


def _confirmed(desk: Desk, user_id: str) -> SecondFactor:
    factor = found(desk, SecondFactor, user_id, "second factor")
    if factor.confirmed_at is None:
        raise NotFound("second factor")
    return factor
