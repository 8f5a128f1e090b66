"""API tokens: made for oneself with no more than one may, revoked by their owner or by who runs the users."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.ticket_service.act.keeping import add, remove
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, NotFound, Remember
from services.ticket_service.domain.api_token import ApiToken


def make_token(
    desk: Desk,
    token: ApiToken,
    own: frozenset[str],
    until: datetime | None,
    frame: Frame,
    remember: Remember[ApiToken],
) -> ApiToken:
    """Keep a new token. `own` are the caller's permissions, `until` when the caller's own log-in ends.

    Unfit when it is to do more, or to live longer, than what it was asked for with; TooBusy.
    """

    def check(wanted: ApiToken) -> None:
        mistakes = [
            (f"scopes.{position}", "You do not have this permission yourself.")
            for position, scope in enumerate(wanted.scopes or ())
            if scope not in own
        ]
        if wanted.expired(desk.clock()):
            mistakes.append(("expires_at", "This time is over."))
        if until is not None and (wanted.expires_at is None or wanted.expires_at > until):
            mistakes.append(("expires_at", f"Your own token ends at {until.isoformat()}, this one no later."))
        if mistakes:
            raise Unfit(mistakes)

    return add(desk, lambda: token, check, frame, remember)


def tokens_of(desk: Desk, user_id: str) -> Sequence[ApiToken]:
    """A user's tokens, oldest first."""
    found = desk.store.records(ApiToken, {"user_id": user_id})
    return sorted(found, key=lambda token: (token.created_at, token.digest))


def revoke_token(desk: Desk, user_id: str, public_id: str, frame: Frame) -> None:
    """From now on nobody gets in with it. NotFound, TooBusy."""

    def load() -> ApiToken:
        for token in tokens_of(desk, user_id):
            if token.public_id == public_id:
                return token
        raise NotFound("API token")

    remove(desk, load, frame, lambda token: None)
