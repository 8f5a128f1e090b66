"""Canned replies: made, changed and deleted like views, and filled in for a ticket or a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from services.ticket_service.act import keeping, sharing
from services.ticket_service.act.keeping import Check
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.act.sharing import Viewer
from services.ticket_service.acting import Desk, Frame, NotFound, Remember
from services.ticket_service.domain.canned_reply import (
    VARIABLES,
    CannedReply,
    nothing_known,
    sample,
    values_for,
)
from services.ticket_service.domain.user import User
from services.ticket_service.domain.words import words_of
from shared.texts.liquid import TemplateError, TextTemplate

MAX_BODY: Final = 8_000
MAX_FILLED: Final = 20_000
_WHAT: Final = "canned reply"


@dataclass(frozen=True, slots=True)
class Filled:
    """The text, and the variables it names of which nothing is known here."""

    text: str
    gaps: list[str]


def seen(desk: Desk, reply_id: str, who: Viewer) -> CannedReply:
    """The canned reply, if this user sees it. NotFound."""
    return sharing.seen(desk, CannedReply, reply_id, who, _WHAT)


def create(
    desk: Desk, wanted: Mapping[str, Any], who: Viewer, frame: Frame, remember: Remember[CannedReply]
) -> CannedReply:
    """A new one. Unfit (its body cannot be filled in), PermissionMissing (it is to be shared), TooBusy."""
    reply_id = desk.new_id()

    def make() -> CannedReply:
        now = desk.clock()
        return CannedReply(id=reply_id, owner=who.user_id, created_at=now, updated_at=now, **wanted)

    def check(reply: CannedReply) -> None:
        sharing.must_have_room(desk, CannedReply, who, "title")
        _fit(desk, reply, who)

    return keeping.add(desk, make, check, frame, remember)


def change(
    desk: Desk,
    reply_id: str,
    wanted: Mapping[str, Any],
    who: Viewer,
    frame: Frame,
    unchanged: Check[CannedReply],
) -> CannedReply:
    """Set fields. NotFound, Unfit, PermissionMissing, TooBusy."""

    def fit(reply: CannedReply) -> None:
        _fit(desk, reply, who)
        reply.updated_at = desk.clock()

    return sharing.change(desk, CannedReply, reply_id, wanted, who, frame, unchanged, fit, _WHAT)


def delete(desk: Desk, reply_id: str, who: Viewer, frame: Frame, unchanged: Check[CannedReply]) -> None:
    """Delete it; what was written with it stays as it is. NotFound, PermissionMissing, TooBusy."""
    sharing.delete(desk, CannedReply, reply_id, who, frame, unchanged, _WHAT)


def filled_for(desk: Desk, reply: CannedReply, number: str, agent: User) -> Filled:
    """The text as this agent would send it on this ticket. NotFound, Unfit (it became too long)."""
    loaded = desk.store.load_ticket(number)
    if loaded is None or loaded.ticket.deleted_at is not None:
        raise NotFound("ticket")
    status = desk.store.workflow().status(loaded.ticket.status).label
    zone = desk.store.desk().time_zone
    return _filled(reply.body, values_for(loaded.ticket, status, loaded.requester, agent, desk.clock(), zone))


def filled_in(desk: Desk, reply: CannedReply, conversation_id: str, agent: User) -> Filled:
    """The text as this agent would send it in a conversation without a ticket. NotFound, Unfit."""
    talk = desk.store.load_conversations([conversation_id]).get(conversation_id)
    customer = desk.store.load_contacts([talk.contact_id]).get(talk.contact_id) if talk else None
    if customer is None:
        raise NotFound("conversation")
    zone = desk.store.desk().time_zone
    return _filled(reply.body, values_for(None, "", customer, agent, desk.clock(), zone))


def tried(body: str) -> Filled:
    """The text with samples for all variables. Unfit, at the field `body`."""
    return _filled(body, sample())


def _filled(body: str, values: dict[str, Any]) -> Filled:
    try:
        template = _template(body)
        named = template.names()
        if strange := [name for name in named if name not in VARIABLES]:
            raise TemplateError(f"nothing is called {', '.join(strange)}. Use {', '.join(VARIABLES)}")
        return Filled(template.render(values), nothing_known(values, named))
    except TemplateError as error:
        raise Unfit([("body", f"This text cannot be filled in: {error}.")]) from error


def _fit(desk: Desk, reply: CannedReply, who: Viewer) -> None:
    sharing.must_fit(desk, reply, who)
    tried(reply.body)
    reply.words = words_of(reply.shortcut, reply.title, reply.body)


@lru_cache(maxsize=512)
def _template(source: str) -> TextTemplate:
    return TextTemplate(source, MAX_FILLED)
