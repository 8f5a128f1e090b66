"""What can be done about a provider's error, and how long to wait: the same for every kind of channel.

A kind's `errors.py` is a table from the provider's codes to these actions, each with a remedy in plain words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import Refused, TryLater

PAUSE_SECONDS: Final = 2.0
"""The first pause of a number; it doubles while the provider goes on refusing."""
STOP_SECONDS: Final = 60.0
"""How often one delivery tries whether an operator has mended the channel."""
LONGEST_PAIR_SECONDS: Final = 3_600.0
LONGEST_RETRY_SECONDS: Final = 4 * 3_600.0
SLOW_SECONDS: Final = 900.0
LONGEST_WISH_SECONDS: Final = 3_600.0


class Action(Enum):
    """What is done about an error."""

    PAUSE_NUMBER = auto()
    PAUSE_PAIR = auto()
    RETRY = auto()
    STOP_CHANNEL = auto()
    SLOW_MARKETING = auto()
    REFUSE = auto()
    OUTCOME_UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done, and what a person can do should it be in vain; `code` is ours where we have a word."""

    action: Action
    remedy: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class ProviderError:
    """An error as the provider put it. `retry_after`: seconds, when it said so."""

    code: int
    title: str
    detail: str = ""
    status: int | None = None
    transient: bool = False
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Remedies:
    """The words of one provider for errors that its table does not know."""

    later: str
    throttled: str
    blocked: str
    other: str


def table(
    classes: Iterable[tuple[Action, str, tuple[int, ...]]], named: Mapping[int, str]
) -> Mapping[int, Rule]:
    """The rules by the provider's code; `named` are those for which the desk has a code of its own."""
    return {
        code: Rule(action, remedy, named.get(code, "")) for action, remedy, codes in classes for code in codes
    }


def rule_for(error: ProviderError, rules: Mapping[int, Rule], words: Remedies) -> Rule:
    """The table's rule for the code; for codes it does not know, what the HTTP status says; else refused.

    504 is a gateway's time-out: what became of the message behind it is unknown.
    """
    known = rules.get(error.code)
    if known is not None:
        return known
    status = error.status or 0
    if status in (429, 503):
        return Rule(Action.PAUSE_NUMBER, words.throttled)
    if status == 504:
        return Rule(Action.OUTCOME_UNKNOWN, words.later)
    if status >= 500 or error.transient:
        return Rule(Action.RETRY, words.later)
    if status == 401:
        return Rule(Action.STOP_CHANNEL, words.blocked)
    return Rule(Action.REFUSE, words.other)


def outcome(error: ProviderError, rule: Rule, tries: int) -> Refused | TryLater:
    """What to do after this error; `tries` counts earlier ones that were put off (from 0)."""
    reason = _worded(Failure(str(error.code), error.title[:500], error.detail[:2_000]), rule)
    match rule.action:
        case Action.REFUSE:
            return Refused(reason)
        case Action.PAUSE_NUMBER:
            return TryLater(_wished(error, PAUSE_SECONDS), reason, whole_channel=True)
        case Action.STOP_CHANNEL:
            return TryLater(STOP_SECONDS, reason, whole_channel=True, needs_operator=True)
        case Action.PAUSE_PAIR:  # 4^X seconds, as Meta asks
            return TryLater(min(4.0 ** min(tries, 20), LONGEST_PAIR_SECONDS), reason)
        case Action.SLOW_MARKETING:
            return TryLater(SLOW_SECONDS * 4.0 ** min(tries, 20), reason)
        case Action.RETRY:
            return TryLater(_wished(error, retry_seconds(tries)), reason)
        case Action.OUTCOME_UNKNOWN:
            return TryLater(0, reason, unknown_outcome=True)


def explained(failure: Failure, rules: Mapping[int, Rule], words: Remedies) -> Failure:
    """The failure of a receipt, which has only the provider's code, with words for people."""
    if failure.remedy:
        return failure
    code = failure.code
    rule = rules.get(int(code)) if code.isascii() and code.isdigit() and len(code) < 10 else None
    return _worded(failure, rule or Rule(Action.REFUSE, words.other))


def _worded(failure: Failure, rule: Rule) -> Failure:
    if not rule.code:
        return replace(failure, remedy=rule.remedy)
    detail = f"{failure.code} {failure.detail}".strip()
    return replace(failure, code=rule.code, detail=detail, remedy=rule.remedy)


def retry_seconds(tries: int) -> float:
    """How long to wait after an ordinary trouble: 5 s, 15 s, 45 s … at most four hours."""
    return min(5.0 * 3.0 ** min(tries, 20), LONGEST_RETRY_SECONDS)


def seconds_of(header: object) -> float | None:
    """A Retry-After header that gives seconds; None for everything else."""
    return float(header) if isinstance(header, str) and header.isascii() and header.isdigit() else None


def _wished(error: ProviderError, seconds: float) -> float:
    """The provider's own wish counts when it is longer than ours, within reason."""
    return max(seconds, min(error.retry_after or 0.0, LONGEST_WISH_SECONDS))
