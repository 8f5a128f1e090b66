"""Rules on create: kept only if all that they name exists, and tried out without doing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from services.ticket_service.act import ordering
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.act.template_use import must_be_sendable
from services.ticket_service.acting import Desk, Frame, Remember
from services.ticket_service.domain.assignment import (
    CHANNEL,
    CREATED_BY,
    FIELDS,
    OUTSIDE_HOURS,
    AssignmentRule,
    Condition,
    NewTicketFacts,
    RuleActions,
    Verdict,
    decide,
)
from services.ticket_service.domain.calendar import Calendar
from services.ticket_service.domain.contract import Contract
from services.ticket_service.domain.dictionary import CLOSED_LISTS, DictionaryEntry, allowed
from services.ticket_service.domain.history import AGENT, CUSTOMER
from services.ticket_service.domain.organization import Organization
from services.ticket_service.domain.product import Product
from services.ticket_service.domain.project import Project
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.user import User
from services.ticket_service.ports import Changes, DeskStore
from services.ticket_service.sla.keeping import is_open

MOST_RULES: Final = 200
_RECORDS: Final[Mapping[str, type[Any]]] = {
    "organization": Organization,
    "product": Product,
    "project": Project,
    "contract": Contract,
}
Mistake = tuple[str, str]


def must_fit(
    desk: Desk, rule: AssignmentRule, channels: tuple[str, ...], synced: Callable[[str], bool]
) -> None:
    """Unfit, with all mistakes, unless everything exists that the rule looks at, sets or names.

    `synced` as in must_be_sendable, whose errors its template has.
    """
    store, template = desk.store, rule.actions.reply_template
    if template is not None:
        must_be_sendable(store, template, "actions.reply_template", channels, synced)
    others = [each for each in store.all(AssignmentRule) if each.id != rule.id]
    mistakes = [*_in_conditions(store, rule, channels), *_in_actions(store, rule.actions)]
    if len(others) >= MOST_RULES:
        mistakes.append(("name", f"A desk has at most {MOST_RULES} rules; delete one first."))
    if mistakes:
        raise Unfit(mistakes)


def put_in_order(
    desk: Desk, ids: Sequence[str], frame: Frame, remember: Remember[list[AssignmentRule]]
) -> list[AssignmentRule]:
    """The order in which rules are looked at, each named once. Unfit, TooBusy."""
    return ordering.put_in_order(
        desk,
        lambda: {each.id: each for each in desk.store.records(AssignmentRule, {})},
        ids,
        "ids",
        Changes,
        frame,
        remember,
    )


def tried(desk: Desk, facts: NewTicketFacts, draft: AssignmentRule | None) -> Verdict:
    """What the rules, with `draft` among them, would do to a ticket with these facts. Changes nothing."""
    rules = [each for each in desk.store.all(AssignmentRule) if draft is None or each.id != draft.id]
    return decide(
        [*rules, draft] if draft is not None else rules,
        facts,
        lambda calendar_id, at: is_open(calendar_id, desk.store, at),
    )


def _in_conditions(store: DeskStore, rule: AssignmentRule, channels: tuple[str, ...]) -> Iterator[Mistake]:
    for at, condition in enumerate(rule.conditions):
        known = _known(store, condition, channels)
        for index, value in enumerate(condition.any_of):
            place = f"conditions.{at}.any_of.{index}"
            if known is not None and value not in known:
                yield place, _choose(condition.subject, value, known)
            if condition.subject in _RECORDS and store.record(_RECORDS[condition.subject], value) is None:
                yield place, f"There is no such {condition.subject}."


def _known(store: DeskStore, condition: Condition, channels: tuple[str, ...]) -> list[str] | None:
    """The values that a condition may name; None where any text will do."""
    subject = condition.subject
    if subject in CLOSED_LISTS:
        return allowed(store.all(DictionaryEntry), subject)
    if subject == CHANNEL:
        return list(channels)
    if subject == CREATED_BY:
        return [CUSTOMER, AGENT]
    if subject == OUTSIDE_HOURS:
        return [each.id for each in store.all(Calendar)]
    return None


def _in_actions(store: DeskStore, actions: RuleActions) -> Iterator[Mistake]:
    for name, value in actions.set.items():
        place = f"actions.set.{name}"
        if name not in FIELDS:
            yield place, f"A rule cannot set this. Use one of: {', '.join(FIELDS)}."
        elif name in CLOSED_LISTS:
            known = allowed(store.all(DictionaryEntry), name)
            if value not in known:
                yield place, _choose(name, value, known)
        elif store.record(_RECORDS[name], value) is None:
            yield place, f"There is no such {name}."
    if actions.assignee is not None and not _active(store, User, actions.assignee):
        yield "actions.assignee", "There is no such user in use. GET /users lists them."
    if actions.group is not None and not _active(store, Team, actions.group):
        yield "actions.group", "There is no such team in use. GET /teams lists them."
    if actions.status is not None and store.workflow().find(actions.status) is None:
        known = [each.key for each in store.workflow().statuses]
        yield "actions.status", _choose("status", actions.status, known)


def _active(store: DeskStore, kind: type[Any], id_: str) -> bool:
    return any(each.id == id_ and each.active for each in store.all(kind))


def _choose(what: str, value: str, known: list[str]) -> str:
    choice = f"Use one of: {', '.join(known)}." if known else "There is none yet; add one first."
    return f"There is no {what.replace('_', ' ')} {value!r}. {choice}"
