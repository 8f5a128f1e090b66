"""Rules for mails: which become tickets with which fields, which join one, wait for a person, are ignored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.ticket_service.domain.words import folded

SENDER: Final = "sender"
RECIPIENT: Final = "recipient"
SUBJECT: Final = "subject"
BODY: Final = "body"
ATTACHMENT: Final = "attachment"
SIZE: Final = "size"
AUTOMATIC: Final = "automatic"
CHANNEL: Final = "channel"
SUBJECTS: Final = (SENDER, RECIPIENT, SUBJECT, BODY, ATTACHMENT, SIZE, AUTOMATIC, CHANNEL)
HEADER: Final = "header:"
"""What a condition looks at: these, or `header:<name>` (small letters)."""

IS: Final = "is"
CONTAINS: Final = "contains"
STARTS: Final = "starts"
ENDS: Final = "ends"
MATCHES: Final = "matches"
LARGER: Final = "larger"
SMALLER: Final = "smaller"
PRESENT: Final = "present"
TEXTUAL: Final = (IS, CONTAINS, STARTS, ENDS, MATCHES, PRESENT)
NUMERIC: Final = (LARGER, SMALLER)
HOWS: Final = (*TEXTUAL, *NUMERIC)
"""How it is compared; `matches` knows `*` for anything. Capitals and accents mean nothing."""

ALL: Final = "all"
ANY: Final = "any"

OPEN: Final = "open"
JOIN: Final = "join"
HOLD: Final = "hold"
IGNORE: Final = "ignore"
DOINGS: Final = (OPEN, JOIN, HOLD, IGNORE)

FIELDS: Final = (
    *("service", "category", "priority", "severity", "importance", "request_type", "operation"),
    *("organization", "product", "project", "contract", "group", "assignee", "type", "tags"),
)
"""Fields that a rule may set on the ticket it opens."""
MOST_RULES: Final = 200
MOST_CONDITIONS: Final = 20
MAX_VALUE: Final = 500
_MAX_BODY: Final = 100_000


@dataclass(frozen=True, slots=True)
class MailCondition:
    """Holds when anything that `what` names compares so with `value`; `negate` turns it round."""

    what: str
    how: str
    value: str = ""
    negate: bool = False


@dataclass(frozen=True, slots=True)
class MailAction:
    """What a rule does with the mail: one of DOINGS.

    `fields` (of FIELDS) are set on the ticket it opens, `reply_with` is the id of a canned reply that the
    sender gets then; a `silent` one is announced to nobody by mail. `reason` is why it waits or is ignored.
    """

    do: str = OPEN
    fields: dict[str, Any] = field(default_factory=dict)
    reply_with: str | None = None
    silent: bool = False
    reason: str = ""


@dataclass(slots=True)
class MailRule:
    """One rule; of all active ones the first (by `position`) that fires decides.

    One without conditions always fires. `all_or_any` of the conditions must hold.
    """

    id: str
    name: str
    position: int
    conditions: tuple[MailCondition, ...] = ()
    all_or_any: str = ALL
    then: MailAction = MailAction()
    active: bool = True
    version: int = 0


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What rules look at. `sender` and `recipients` are addresses and names, `attachments` file names,
    `size` is in bytes, `headers` by their names in small letters."""

    channel: str
    sender: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    subject: str = ""
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()
    size: int = 0
    automatic: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """How one rule stood: whether it fires (an inactive one never does), and which conditions hold."""

    rule: MailRule
    fires: bool
    held: tuple[bool, ...]


def first_that_fires(rules: Iterable[MailRule], facts: MailFacts) -> MailRule | None:
    """The rule that decides on a mail; None when none does."""
    looked_at = _Values(facts)
    return next((rule for rule in in_order(rules) if rule.active and _tried(rule, looked_at).fires), None)


def explained(rules: Iterable[MailRule], facts: MailFacts) -> list[Tried]:
    """Every rule in its order with how it stood, those behind the first that fires as well."""
    looked_at = _Values(facts)
    return [_tried(rule, looked_at) for rule in in_order(rules)]


def in_order(rules: Iterable[MailRule]) -> list[MailRule]:
    """The rules in the order in which they are tried."""
    return sorted(rules, key=lambda rule: (rule.position, rule.id))


def mistakes(rule: MailRule) -> list[tuple[str, str]]:
    """(field, what is wrong) of everything in a rule that could never work."""
    found: list[tuple[str, str]] = []
    for at, each in enumerate(rule.conditions):
        name = each.what.removeprefix(HEADER) if each.what.startswith(HEADER) else None
        if (name is None and each.what not in SUBJECTS) or name == "":
            found.append((f"conditions.{at}.what", f"One of {', '.join(SUBJECTS)}, or header:<name>."))
        allowed = NUMERIC if each.what == SIZE else TEXTUAL
        if each.how not in allowed:
            found.append((f"conditions.{at}.how", f"One of {', '.join(allowed)}."))
        if each.what == SIZE and not (each.value.isascii() and each.value.isdigit()):
            found.append((f"conditions.{at}.value", "A number of bytes."))
        elif each.how != PRESENT and not each.value.strip():
            found.append((f"conditions.{at}.value", "What to compare with."))
        elif len(each.value) > MAX_VALUE:
            found.append((f"conditions.{at}.value", f"At most {MAX_VALUE} characters."))
    unknown = [name for name in rule.then.fields if name not in FIELDS]
    found += [(f"then.fields.{name}", "No field that a rule can set.") for name in unknown]
    return found


class _Values:
    """What conditions look at, folded once for all rules."""

    def __init__(self, facts: MailFacts) -> None:
        self.facts = facts
        self._known: dict[str, tuple[str, ...]] = {}

    def of(self, what: str) -> tuple[str, ...]:
        """The texts that a condition's `what` names; none where the mail has no such thing."""
        if what not in self._known:
            self._known[what] = tuple(plain for each in self._raw(what) if (plain := _plain(each)))
        return self._known[what]

    def _raw(self, what: str) -> Sequence[str]:
        facts = self.facts
        if what.startswith(HEADER):
            return facts.headers.get(what.removeprefix(HEADER).lower(), "").split("\n")
        several = {SENDER: facts.sender, RECIPIENT: facts.recipients, ATTACHMENT: facts.attachments}
        single = {
            SUBJECT: facts.subject,
            BODY: facts.body[:_MAX_BODY],
            AUTOMATIC: facts.automatic,
            CHANNEL: facts.channel,
        }
        return several[what] if what in several else [single.get(what, "")]


def _tried(rule: MailRule, values: _Values) -> Tried:
    held = tuple(_holds(each, values) for each in rule.conditions)
    enough = any(held) if rule.all_or_any == ANY and held else all(held)
    return Tried(rule, rule.active and enough, held)


def _holds(condition: MailCondition, values: _Values) -> bool:
    if condition.what == SIZE:
        limit = int(condition.value) if condition.value.isdigit() else 0
        so = values.facts.size > limit if condition.how == LARGER else values.facts.size < limit
    else:
        wanted = _plain(condition.value)
        so = any(_compares(condition.how, each, wanted) for each in values.of(condition.what))
    return so is not condition.negate


def _compares(how: str, text: str, wanted: str) -> bool:
    if how == PRESENT:
        return True
    if not wanted:
        return False
    if how == IS:
        return text == wanted
    if how == CONTAINS:
        return wanted in text
    if how == STARTS:
        return text.startswith(wanted)
    return text.endswith(wanted) if how == ENDS else how == MATCHES and _matches(text, wanted)


def _matches(text: str, pattern: str) -> bool:
    """`*` stands for anything. Each piece is looked for once, from left to right: nothing goes back."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == first
    *middle, last = rest
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _plain(text: str) -> str:
    return " ".join(folded(text).split())
