"""What an error of Twilio means for a delivery: one table of codes, for answers and for status callbacks.

Source: Twilio, "Error and Warning Dictionary" (channel errors 63001 to 63999, API errors 2xxxx).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.notifier.channels import error_rules
from services.notifier.channels.error_rules import Action, ProviderError, Remedies, Rule
from services.notifier.domain.delivery import WINDOW_CLOSED, Failure
from services.notifier.domain.outcome import Refused, TryLater

_LATER: Final = "Twilio or WhatsApp had a problem of its own; send it again later."
_THROTTLED: Final = "Twilio limits how much this number may send at a time; it is tried again by itself."
_BLOCKED: Final = (
    "Twilio refuses everything from this number until an administrator has solved it in Twilio's console "
    "(auth token, account or sender). Waiting messages are kept."
)
_WINDOW: Final = "More than 24 hours have passed since the customer wrote: send an approved template."
_RECIPIENT: Final = (
    "The number may not be on WhatsApp, have blocked this desk, or use an old app: reach the customer in"
    " another way."
)
_CONTENT: Final = "WhatsApp does not take this content: change it and send it again."
_FILE: Final = "Twilio could not fetch the file from the desk, or WhatsApp does not take it: see public_url."
_TEMPLATE: Final = "Check the template in Twilio's console: its name, language, approval and variables."
_MARKETING: Final = (
    "WhatsApp holds back marketing messages to this customer; wait a day or write no marketing."
)
_OTHER: Final = "Twilio refused the message for good; its own words are above."

_CLASSES: Final[tuple[tuple[Action, str, tuple[int, ...]], ...]] = (
    (Action.PAUSE_NUMBER, _THROTTLED, (20429, 63018, 63038, 30001, 14107)),
    (Action.RETRY, _LATER, (20500, 20503, 30008, 63002, 63010, 63012)),
    (
        Action.STOP_CHANNEL,
        _BLOCKED,
        (20003, 20005, 20006, 20008, 30002, 63001, 63007, 63014, 63020, 63051, 63052, 63110),
    ),
    (Action.SLOW_MARKETING, _MARKETING, (63049,)),
    (Action.REFUSE, _WINDOW, (63016,)),
    (
        Action.REFUSE,
        _RECIPIENT,
        (21211, 21408, 21604, 21610, 21614, 30003, 30004, 30005, 30006, 63003, 63015, 63024, 63032, 63033),
    ),
    (Action.REFUSE, _CONTENT, (21602, 21617, 21619, 30007, 63005, 63006, 63009, 63013, 63030, 63058)),
    (Action.REFUSE, _FILE, (11200, 12300, 21620, 21623, 30019, 63019, 63021)),
    (Action.REFUSE, _TEMPLATE, (21655, 21656, 21658, 63027, 63028, 63029, 63040, 63041, 63042)),
)
RULES: Final[Mapping[int, Rule]] = error_rules.table(_CLASSES, {63016: WINDOW_CLOSED})
_WORDS: Final = Remedies(_LATER, _THROTTLED, _BLOCKED, _OTHER)


class NotSendable(Exception):
    """It cannot be put into Twilio's words; `failure` says why, for people."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.title)
        self.failure = failure


def rule_for(error: ProviderError) -> Rule:
    """What is done about this error."""
    return error_rules.rule_for(error, RULES, _WORDS)


def outcome(error: ProviderError, tries: int) -> Refused | TryLater:
    """What to do after this error; `tries` counts earlier ones that were put off (from 0)."""
    return error_rules.outcome(error, rule_for(error), tries)


def explain(failure: Failure) -> Failure:
    """The failure of a status callback (which has only a code) with words for people."""
    return error_rules.explained(failure, RULES, _WORDS)
