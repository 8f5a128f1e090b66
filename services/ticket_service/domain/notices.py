"""Notices by mail: which happening is told to whom, by whose address, in which words (S001, S002, S004)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

OPENED: Final = "opened"
CUSTOMER_REPLIED: Final = "customer_replied"
AGENT_REPLIED: Final = "agent_replied"
STATUS_CHANGED: Final = "status_changed"
CLOSED: Final = "closed"
REOPENED: Final = "reopened"
ASSIGNED: Final = "assigned"
NOTED: Final = "noted"
SLA_WARNING: Final = "sla_warning"
SLA_BREACHED: Final = "sla_breached"
EVENTS: Final = (
    *(OPENED, CUSTOMER_REPLIED, AGENT_REPLIED, STATUS_CHANGED, CLOSED, REOPENED, ASSIGNED, NOTED),
    *(SLA_WARNING, SLA_BREACHED),
)

STAFF: Final = "staff"
RESPONSIBLE: Final = "responsible"
WATCHERS: Final = "watchers"
TEAM: Final = "team"
REQUESTER: Final = "requester"
CC: Final = "cc"
MENTIONED: Final = "mentioned"
INSIDE: Final = (STAFF, RESPONSIBLE, WATCHERS, TEAM, MENTIONED)
OUTSIDE: Final = (REQUESTER, CC)
RECIPIENTS: Final = (*INSIDE, *OUTSIDE)
"""`staff` is the one address of the settings; the others are people of the ticket, `cc` its addresses."""
AUDIENCES: Final = ("inside", REQUESTER)
"""For whom words are: those outside read the requester's."""
NEVER_OUTSIDE: Final = frozenset({CUSTOMER_REPLIED, ASSIGNED, NOTED, SLA_WARNING, SLA_BREACHED})
"""What a customer is never told."""
LANGUAGES: Final = ("en", "it", "fr", "pt", "es", "de")


@dataclass(frozen=True, slots=True)
class NoticeText:
    """Own words for one event, in one language, for the requester or for people inside.

    `status` (a key, for `status_changed` and `closed` only) makes them the words for that status alone.
    """

    event: str
    audience: str
    language: str
    subject: str
    body: str
    status: str = ""


@dataclass(slots=True)
class Notices:
    """The section of settings; as it is first, nothing is sent.

    `sends` maps events to who is told, `statuses` a status' key to who is told when a ticket enters it,
    instead of what `status_changed` says. `header` and `footer` are HTML that was cleaned.
    """

    id: str = "desk"
    staff_address: str = ""
    sender_name: str = ""
    sender_address: str = ""
    language: str = "en"
    header: str = ""
    footer: str = ""
    sends: dict[str, tuple[str, ...]] = field(default_factory=dict)
    statuses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    texts: tuple[NoticeText, ...] = ()
    version: int = 0

    @property
    def on(self) -> bool:
        """Whether anything is sent to anybody."""
        return any(self.sends.values()) or any(self.statuses.values())

    def told(self, event: str, status: str) -> tuple[str, ...]:
        """Who is told of an event that left the ticket in this status (its key)."""
        wanted = self.sends.get(event, ())
        if event == STATUS_CHANGED:
            wanted = self.statuses.get(status, wanted)
        if event in NEVER_OUTSIDE:
            return tuple(each for each in wanted if each in INSIDE)
        return wanted

    def text(self, event: str, audience: str, language: str, status: str) -> NoticeText | None:
        """The desk's own words, the ones for this status first; None where it has none in this language."""
        found = {
            each.status: each
            for each in self.texts
            if (each.event, each.audience, each.language) == (event, audience, language)
        }
        return found.get(status) or found.get("")


def spoken(languages: Mapping[str, object], *wanted: str) -> str:
    """The first wanted language (`pt-BR` counts as `pt`) that is among these; `en` if none is."""
    for tag in wanted:
        language = tag.replace("_", "-").partition("-")[0].lower()
        if language in languages:
            return language
    return "en"
