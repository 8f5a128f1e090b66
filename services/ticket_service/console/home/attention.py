"""What needs the reader first: own tickets that are late or wait for an answer, and what is broken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.ticket_service.console.reading import Json, read
from services.ticket_service.domain.channel_health import FAILING
from services.ticket_service.domain.sla import BREACHED, WARNED
from services.ticket_service.store.search import PAUSED

SHOWN: Final = 8
MOST_HELD: Final = 100
LATE: Final = "late"
SOON: Final = "soon"
WAITS: Final = "waits"


@dataclass(frozen=True, slots=True)
class Need:
    """A ticket and why it is shown: LATE or SOON (`at`: when it was or is due), WAITS (since `at`)."""

    ticket: Json
    why: str
    at: str | None
    target: str = ""


@dataclass(frozen=True, slots=True)
class Alarms:
    """What somebody who may do something about it should see at once: channels, items in quarantine."""

    channels: list[Json]
    held: int


def needs() -> list[Need]:
    """At most SHOWN open tickets of the reader: what is late, what is nearly, then who waits longest."""
    own = {"assignee": "me", "open": True, "limit": SHOWN}
    due = read("/tickets", sla=[BREACHED, WARNED], sort="due", **own)["items"]
    found = {ticket["id"]: _promised(ticket) for ticket in due}
    for ticket in read("/tickets", unanswered=True, sort="updated", **own)["items"]:
        found.setdefault(ticket["id"], Need(ticket, WAITS, ticket["last_customer_message_at"]))
    return sorted(found.values(), key=_urgency)[:SHOWN]


def alarms(*, channels: bool, quarantine: bool) -> Alarms:
    """What is broken, of what the reader is to see."""
    wrong = read("/channels")["items"] if channels else []
    held = read("/quarantine", state="held", limit=MOST_HELD)["items"] if quarantine else []
    return Alarms([each for each in wrong if each["health"]["level"] == FAILING], len(held))


def _promised(ticket: Json) -> Need:
    """The promise that is broken longest, else the one that is due first."""
    targets = [each for each in ticket["sla"]["targets"] if each["state"] in (BREACHED, WARNED)]
    paused = ticket["sla"]["paused"]
    targets.sort(key=lambda each: (each["state"] != BREACHED, each["due_at"] or ""))
    first: Json = targets[0] if targets else {"state": PAUSED, "due_at": None, "name": ""}
    if first["state"] == WARNED and paused:
        return Need(ticket, WAITS, ticket["last_customer_message_at"])
    return Need(ticket, LATE if first["state"] == BREACHED else SOON, first["due_at"], first["name"])


def _urgency(need: Need) -> tuple[int, str]:
    return (LATE, SOON, WAITS).index(need.why), need.at or ""
