"""Asking a customer in confidence: a link that works once, the answer sealed, each reading recorded."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from services.ticket_service.act.composing import Said
from services.ticket_service.act.loading import Done, load
from services.ticket_service.act.marking import mark
from services.ticket_service.act.replies import Then, reply
from services.ticket_service.acting import (
    Desk,
    Frame,
    NotFound,
    Remember,
    WrongState,
    until_saved,
)
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.audit import READ, AuditEntry
from services.ticket_service.domain.confidential import (
    ANSWERED,
    EXPIRED,
    WAITING,
    WITHDRAWN,
    ConfidentialField,
    ConfidentialRequest,
    Seal,
    Unsealable,
    link_hash,
)
from services.ticket_service.domain.history import CUSTOMER, Actor
from services.ticket_service.domain.text import clean_text
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.ports import Changes, DeskStore, LoadedTicket
from shared.contracts import ticket_fact

REQUEST: Final = "confidential_request"
"""In the history and the audit log."""
MOST_REQUESTS: Final = 100
"""On one ticket."""
AT_ONCE: Final = 200
_TOKEN_BYTES: Final = 32

_log = structlog.get_logger(__name__)


class NotSetUp(Exception):
    """The desk has no key to encrypt with, or does not know under which address customers reach it."""


class TooManyRequests(Exception):
    """The ticket has MOST_REQUESTS already."""


class NotWaiting(Exception):
    """The link works no longer; `state` says why (a state of domain.confidential)."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class Incomplete(Exception):
    """The form cannot be taken as it is; `mistakes` as ConfidentialRequest.mistakes has them."""

    def __init__(self, request: ConfidentialRequest, mistakes: dict[str, str]) -> None:
        super().__init__(str(sorted(mistakes)))
        self.request = request
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Vault:
    """What confidential requests rest on: the seal, and the address under which customers reach the desk."""

    seal: Seal
    desk_url: str

    def link(self, token: str) -> str:
        """Where the customer finds the form."""
        return f"{self.desk_url.rstrip('/')}/confidential/{token}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What to ask; the link goes out as an answer on the customer's channel, below the question."""

    question: str
    fields: tuple[ConfidentialField, ...]
    expires_in: timedelta
    keep_days: int
    draft_when_closed: bool = False


def ask(
    desk: Desk,
    vault: Vault | None,
    number: str,
    asked: Asked,
    synced: Callable[[str], bool],
    frame: Frame,
    remember: Remember[ConfidentialRequest],
) -> ConfidentialRequest:
    """Send the customer a link to a form. What replies.reply raises, NotSetUp, TooManyRequests."""
    if vault is None:
        raise NotSetUp
    token, request_id = secrets.token_urlsafe(_TOKEN_BYTES), desk.new_id()
    made: list[ConfidentialRequest] = []
    link = vault.link(token)

    def also(done: Done, changes: Changes) -> None:
        ticket, now = done.loaded.ticket, done.message.created_at
        if len(requests_of(desk.store, ticket.id)) >= MOST_REQUESTS:
            raise TooManyRequests
        request = ConfidentialRequest(
            id=request_id,
            ticket_id=ticket.id,
            question=asked.question,
            fields=asked.fields,
            link_hash=link_hash(token),
            keep_days=asked.keep_days,
            created_at=now,
            created_by=frame.actor,
            expires_at=now + asked.expires_in,
            message_id=done.message.id,
        )
        made[:] = [request]
        changes.touch(request)
        mark(changes, desk, ticket, done.loaded.conversation, REQUEST, None, WAITING, frame, now)
        # Whoever has the link can answer: it goes to the customer and to nobody who only listens.
        changes.events = [
            replace(event, data=replace(event.data, text=asked.question))
            if event.type == ticket_fact.AGENT_REPLIED
            else event
            for event in changes.events
        ]

    said = Said(f"{asked.question}\n{link}", draft_when_closed=asked.draft_when_closed)
    reply(desk, number, said, Then(), synced, frame, lambda done: remember(made[0]), also)
    return made[0]


def requests_of(store: DeskStore, ticket_id: str) -> list[ConfidentialRequest]:
    """All that was asked on a ticket, the oldest first."""
    found = store.records(ConfidentialRequest, {"ticket_id": ticket_id})
    return sorted(found, key=lambda each: (each.created_at, each.id))


def behind_link(desk: Desk, token: str) -> ConfidentialRequest:
    """The request whose link this is, while it waits for an answer. NotFound, NotWaiting."""
    found = desk.store.records(ConfidentialRequest, {"link_hash": link_hash(token)})
    if not found:
        raise NotFound("confidential request")
    state = found[0].state(desk.clock())
    if state != WAITING:
        raise NotWaiting(state)
    _ticket(desk.store, found[0])
    return found[0]


def submit(desk: Desk, vault: Vault, token: str, given: Mapping[str, str], traceparent: str) -> None:
    """Keep what the customer entered, sealed; the link works no longer.

    NotFound, NotWaiting, Incomplete, TooBusy.
    """
    nobody = Frame(Actor(CUSTOMER, None, ""), traceparent, before_try=lambda: None)

    def attempt() -> None:
        request, now, changes = behind_link(desk, token), desk.clock(), Changes()
        loaded = _ticket(desk.store, request)
        mistakes = request.mistakes(given)
        if mistakes:
            raise Incomplete(request, mistakes)
        answers = {each.key: _tidy(given.get(each.key, "")) for each in request.fields}
        sealed = json.dumps({"id": request.id, "answers": answers}, ensure_ascii=False)
        request.answer(vault.seal.seal(sealed.encode()), now)
        customer = Actor(CUSTOMER, loaded.requester.id, loaded.requester.name)
        frame = Frame(customer, traceparent, before_try=lambda: None)
        changes.touch(request)
        mark(changes, desk, loaded.ticket, None, REQUEST, WAITING, ANSWERED, frame, now)
        desk.save(changes)

    until_saved(attempt, nobody)


def read_answer(
    desk: Desk, vault: Vault | None, number: str, request_id: str, frame: Frame
) -> dict[str, str]:
    """What the customer entered, by the fields' keys; who read it when is kept before it is given out.

    NotFound, TicketMerged, WrongState (not answered), NotSetUp, Unsealable, TooBusy.
    """
    if vault is None:
        raise NotSetUp

    def attempt() -> dict[str, str]:
        _, request = _request(desk, number, request_id)
        now = desk.clock()
        state = request.state(now)
        if state != ANSWERED:
            raise WrongState("confidential request", state, ANSWERED)
        opened = json.loads(vault.seal.open(request.sealed))
        if opened["id"] != request.id:
            raise Unsealable
        changes = Changes()
        changes.touch(AuditEntry(desk.new_id(), now, frame.actor, REQUEST, request.id, READ))
        desk.save(changes)
        answers: dict[str, str] = opened["answers"]
        return answers

    return until_saved(attempt, frame)


def withdraw(desk: Desk, number: str, request_id: str, frame: Frame) -> None:
    """Let the link work no longer; an answer that is there is deleted. NotFound, TicketMerged, TooBusy."""

    def attempt() -> None:
        loaded, request = _request(desk, number, request_id)
        now, changes = desk.clock(), Changes()
        before = request.state(now)
        if before not in (WAITING, EXPIRED, ANSWERED):
            return
        request.withdraw(now)
        changes.touch(request)
        after = request.state(now)
        mark(changes, desk, loaded.ticket, loaded.conversation, REQUEST, before, after, frame, now)
        desk.save(changes)

    until_saved(attempt, frame)


def forget_due(desk: Desk, due: Callable[[datetime, int], list[str]], now: datetime) -> int:
    """Delete answers whose time is over; how many went. `due` gives the ids of such requests. Unavailable."""

    def attempt(request_id: str) -> bool:
        request = desk.store.record(ConfidentialRequest, request_id)
        if request is None or request.delete_at is None or request.delete_at > now or not request.sealed:
            return False
        request.forget(now)
        changes = Changes()
        changes.touch(request)
        desk.save(changes)
        return True

    gone = sum(decide_again_on_conflict(partial(attempt, each)) for each in due(now, AT_ONCE))
    if gone:
        _log.info("confidential answers deleted", answers=gone)
    return gone


def _tidy(text: str) -> str:
    # Browsers send line ends as the network has them.
    return clean_text(text.replace("\r\n", "\n")).strip()


def _request(desk: Desk, number: str, request_id: str) -> tuple[LoadedTicket, ConfidentialRequest]:
    loaded, _ = load(desk, number)
    request = desk.store.record(ConfidentialRequest, request_id)
    if request is None or request.ticket_id != loaded.ticket.id:
        raise NotFound("confidential request")
    return loaded, request


def _ticket(store: DeskStore, request: ConfidentialRequest) -> LoadedTicket:
    """The ticket it was asked on; the link does not work while that is deleted. NotWaiting."""
    ticket: Ticket | None = store.load_tickets([request.ticket_id]).get(request.ticket_id)
    loaded = store.load_ticket(ticket.number) if ticket is not None else None
    if loaded is None or loaded.ticket.deleted_at is not None:
        raise NotWaiting(WITHDRAWN)
    return loaded
