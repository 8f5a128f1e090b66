"""Rules on create: "if channel, keyword or service … then set, assign, tag, answer", decided without I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from services.ticket_service.domain.words import folded

FIELDS: Final = (
    *("service", "category", "priority", "severity", "importance", "request_type", "operation"),
    *("organization", "product", "project", "contract"),
)
"""Fields of a ticket that a rule may look at and set; the responsible and the team have their own actions."""
CHANNEL: Final = "channel"
KEYWORD: Final = "keyword"
REQUESTER_DOMAIN: Final = "requester_domain"
REQUESTER_LANGUAGE: Final = "requester_language"
CREATED_BY: Final = "created_by"
OUTSIDE_HOURS: Final = "outside_hours"
SUBJECTS: Final = (
    *(CHANNEL, KEYWORD, REQUESTER_DOMAIN, REQUESTER_LANGUAGE, CREATED_BY, OUTSIDE_HOURS),
    *FIELDS,
)
"""What a condition may look at. `created_by` is `customer` or `agent`, `outside_hours` names calendars."""

IsOpen = Callable[[str, datetime], bool]
"""Whether a calendar (by id) is inside its business hours at a time."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when what `subject` looks at is any of the values."""

    subject: str
    any_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleActions:
    """What a rule does; None and empty do nothing. `reply_template` as a reply's `template` is written."""

    set: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    assignee: str | None = None
    group: str | None = None
    reply_text: str | None = None
    reply_template: dict[str, Any] | None = None
    status: str | None = None


@dataclass(slots=True)
class AssignmentRule:
    """One rule: all conditions must hold (one without conditions always applies). Lower `order` is first.

    After a rule with `stop` that applied no further one is looked at.
    """

    id: str
    name: str
    order: int
    conditions: tuple[Condition, ...]
    actions: RuleActions
    active: bool = True
    stop: bool = False
    version: int = 0


@dataclass(frozen=True, slots=True)
class NewTicketFacts:
    """What rules look at. `fields` are values of FIELDS by name, `domains` mail domains of the requester."""

    channel: str
    text: str
    at: datetime
    created_by: str
    fields: Mapping[str, str | None] = field(default_factory=dict)
    domains: tuple[str, ...] = ()
    language: str | None = None


@dataclass(slots=True)
class Verdict:
    """What all rules together do; `applied` are those whose conditions held, in their order."""

    applied: list[AssignmentRule] = field(default_factory=list)
    set: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    assignee: str | None = None
    group: str | None = None
    reply_text: str | None = None
    reply_template: dict[str, Any] | None = None
    status: str | None = None


def decide(rules: Iterable[AssignmentRule], facts: NewTicketFacts, is_open: IsOpen) -> Verdict:
    """Go through the active rules in their order; each sees what those before it set.

    Of two rules that set the same thing the later one wins, tags add up, and only the first answer is sent:
    a customer who wrote once gets one.
    """
    verdict, text = Verdict(), plain(facts.text)
    for rule in sorted(rules, key=lambda each: (each.order, each.id)):
        if not rule.active or not all(
            _holds(each, facts, text, verdict, is_open) for each in rule.conditions
        ):
            continue
        _add(verdict, rule)
        if rule.stop:
            break
    return verdict


def plain(text: str) -> str:
    """For comparing: without capitals and accents, each run of white space one space."""
    return " ".join(folded(text).split())


def _add(verdict: Verdict, rule: AssignmentRule) -> None:
    actions = rule.actions
    verdict.applied.append(rule)
    verdict.set |= actions.set
    verdict.tags = list(dict.fromkeys([*verdict.tags, *actions.tags]))
    verdict.assignee = actions.assignee or verdict.assignee
    verdict.group = actions.group or verdict.group
    verdict.status = actions.status or verdict.status
    if verdict.reply_text is None and verdict.reply_template is None:
        verdict.reply_text, verdict.reply_template = actions.reply_text, actions.reply_template


def _holds(condition: Condition, facts: NewTicketFacts, text: str, verdict: Verdict, is_open: IsOpen) -> bool:
    subject, wanted = condition.subject, condition.any_of
    if subject == KEYWORD:
        return any(_mentions(text, plain(each)) for each in wanted)
    if subject == OUTSIDE_HOURS:
        return any(not is_open(each, facts.at) for each in wanted)
    if subject == REQUESTER_DOMAIN:
        domains = {each.casefold() for each in facts.domains}
        return any(each.casefold() in domains for each in wanted)
    if subject == REQUESTER_LANGUAGE:
        return facts.language is not None and any(_speaks(facts.language, each) for each in wanted)
    if subject == CHANNEL:
        return facts.channel in wanted
    if subject == CREATED_BY:
        return facts.created_by in wanted
    return (verdict.set.get(subject) or facts.fields.get(subject)) in wanted


def _mentions(text: str, keyword: str) -> bool:
    """Whether the words stand in the text, whole or as the beginning of a word (`fattur` finds `fatture`)."""
    return bool(keyword) and re.search(rf"(?<!\w){re.escape(keyword)}", text) is not None


def _speaks(language: str, wanted: str) -> bool:
    """`pt` also means `pt_BR`; `pt_BR` only itself."""
    given, asked = (each.casefold().replace("-", "_") for each in (language, wanted))
    return given == asked or given.partition("_")[0] == asked
