"""What an error of the Cloud API means for a delivery: one table of codes, and the rule where it is silent.

Codes and classes follow Meta's list of Cloud API error codes. An error comes in the answer to a send, or
later in the receipt of a message that was accepted; the table serves both.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    """What is done, and what a person can do should it be in vain."""

    action: Action
    remedy: str


@dataclass(frozen=True, slots=True)
class ProviderError:
    """An error as the provider put it. `retry_after`: seconds, when it said so."""

    code: int
    title: str
    detail: str = ""
    status: int | None = None
    transient: bool = False
    retry_after: float | None = None


_LATER: Final = "WhatsApp had a problem of its own; send it again later."
_THROTTLED: Final = "WhatsApp limits how much this number may send at a time; it is tried again by itself."
_BLOCKED: Final = (
    "WhatsApp refuses everything from this number until an administrator has solved it in Meta's business "
    "settings (access token, permissions or restrictions). Waiting messages are kept."
)
_TEMPLATE: Final = "Check the template in Meta's WhatsApp Manager: its name, language, state and parameters."
_MARKETING: Final = (
    "WhatsApp holds back marketing messages to this customer; wait a day or write no marketing."
)
_WINDOW: Final = "More than 24 hours have passed since the customer wrote: send an approved template."
_RECIPIENT: Final = (
    "The number may not be on WhatsApp, have blocked this desk, or use an old app: reach the customer in"
    " another way."
)
_SETUP: Final = "An administrator has to set up the number or the account in Meta's WhatsApp Manager."
_CONTENT: Final = "WhatsApp does not take this content: change it and send it again."
_OTHER: Final = "WhatsApp refused the message for good; its own words are above."

_CLASSES: Final[tuple[tuple[Action, str, tuple[int, ...]], ...]] = (
    (Action.PAUSE_NUMBER, _THROTTLED, (4, 80007, 130429, 131057, 133016)),
    (
        Action.PAUSE_PAIR,
        "Too many messages to this customer in a short time; it is tried again by itself.",
        (131056,),
    ),
    (Action.RETRY, _LATER, (1, 2, 131000, 131016, 131053, 135000)),
    (Action.STOP_CHANNEL, _BLOCKED, (0, 3, 10, 190, *range(200, 300), 368, 131005, 131031)),
    (Action.SLOW_MARKETING, _MARKETING, (131048, 131049, 131064)),
    (Action.REFUSE, _WINDOW, (131047,)),
    (Action.REFUSE, _RECIPIENT, (131026, 131030, 131021, 130497, 131062)),
    (Action.REFUSE, "The customer wants no marketing messages from this desk.", (131050, 130472)),
    (Action.REFUSE, _CONTENT, (100, 131008, 131009, 131051, 131052)),
    (Action.REFUSE, _SETUP, (131037, 131042, 131045, 131063)),
    (
        Action.REFUSE,
        _TEMPLATE,
        (132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132068, 132069),
    ),
)
RULES: Final[Mapping[int, Rule]] = {
    code: Rule(action, remedy) for action, remedy, codes in _CLASSES for code in codes
}


def rule_for(error: ProviderError) -> Rule:
    """The table's rule for the code; for codes it does not know, what the HTTP status says; else refused.

    504 is a gateway's time-out: what became of the message behind it is unknown.
    """
    known = RULES.get(error.code)
    if known is not None:
        return known
    status = error.status or 0
    if status in (429, 503):
        return Rule(Action.PAUSE_NUMBER, _THROTTLED)
    if status == 504:
        return Rule(Action.OUTCOME_UNKNOWN, _LATER)
    if status >= 500 or error.transient:
        return Rule(Action.RETRY, _LATER)
    if status == 401:
        return Rule(Action.STOP_CHANNEL, _BLOCKED)
    return Rule(Action.REFUSE, _OTHER)


def outcome(error: ProviderError, attempt: int) -> Refused | TryLater:
    """What to do after this error; `attempt` counts earlier tries that were put off (from 0)."""
    rule = rule_for(error)
    reason = Failure(str(error.code), error.title[:500], error.detail[:2_000], rule.remedy)
    match rule.action:
        case Action.REFUSE:
            return Refused(reason)
        case Action.PAUSE_NUMBER:
            return TryLater(_wished(error, PAUSE_SECONDS), reason, whole_channel=True)
        case Action.STOP_CHANNEL:
            return TryLater(STOP_SECONDS, reason, whole_channel=True, needs_operator=True)
        case Action.PAUSE_PAIR:  # 4^X seconds, as Meta asks
            return TryLater(min(4.0 ** min(attempt, 20), LONGEST_PAIR_SECONDS), reason)
        case Action.SLOW_MARKETING:
            return TryLater(SLOW_SECONDS * 4.0 ** min(attempt, 20), reason)
        case Action.RETRY:
            return TryLater(_wished(error, retry_seconds(attempt)), reason)
        case Action.OUTCOME_UNKNOWN:
            return TryLater(0, reason, unknown_outcome=True)


def retry_seconds(attempt: int) -> float:
    """How long to wait after an ordinary trouble: 5 s, 15 s, 45 s … at most four hours."""
    return min(5.0 * 3.0 ** min(attempt, 20), LONGEST_RETRY_SECONDS)


def explain(failure: Failure) -> Failure:
    """The failure of a receipt with what a person can do about it."""
    if failure.remedy:
        return failure
    rule = RULES.get(int(failure.code)) if failure.code.isascii() and failure.code.isdigit() else None
    return replace(failure, remedy=rule.remedy if rule is not None else _OTHER)


def _wished(error: ProviderError, seconds: float) -> float:
    """The provider's own wish counts when it is longer than ours, within reason."""
    return max(seconds, min(error.retry_after or 0.0, LONGEST_WISH_SECONDS))
