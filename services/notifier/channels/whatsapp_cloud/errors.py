"""What an error of the Cloud API means for a delivery: one table of codes, and the rule where it is silent.

Codes and classes follow Meta's list of Cloud API error codes. An error comes in the answer to a send, or
later in the receipt of a message that was accepted; the table serves both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.notifier.channels import error_rules
from services.notifier.channels.error_rules import Action, ProviderError, Remedies, Rule
from services.notifier.domain.delivery import WINDOW_CLOSED, Failure
from services.notifier.domain.outcome import Refused, TryLater

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
RULES: Final[Mapping[int, Rule]] = error_rules.table(_CLASSES, {131047: WINDOW_CLOSED})
_WORDS: Final = Remedies(_LATER, _THROTTLED, _BLOCKED, _OTHER)


def rule_for(error: ProviderError) -> Rule:
    """What is done about this error."""
    return error_rules.rule_for(error, RULES, _WORDS)


def outcome(error: ProviderError, tries: int) -> Refused | TryLater:
    """What to do after this error; `tries` counts earlier ones that were put off (from 0)."""
    return error_rules.outcome(error, rule_for(error), tries)


def explain(failure: Failure) -> Failure:
    """The failure of a receipt with what a person can do about it."""
    return error_rules.explained(failure, RULES, _WORDS)
