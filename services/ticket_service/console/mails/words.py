"""What people call what is known of a mail: who wrote it when nobody did, why it waits, what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from services.ticket_service.api.wire import Wire
from services.ticket_service.console import formats
from services.ticket_service.domain import triage
from shared.contracts import received_mail

AUTOMATIC: Final[Mapping[str, object]] = {
    received_mail.REPLY: _l("Automatic answer"),
    received_mail.OUT_OF_OFFICE: _l("Out of office"),
    received_mail.NOTICE: _l("Written by a program"),
    received_mail.BULK: _l("Newsletter or list"),
    received_mail.BOUNCE: _l("Could not be delivered"),
    received_mail.RECEIPT: _l("Receipt"),
    received_mail.OWN: _l("Sent by this desk"),
}
"""Who wrote it when no person did."""
STATES: Final[Mapping[str, tuple[object, str]]] = {
    triage.HELD: (_l("Waiting"), "warn"),
    triage.TICKET: (_l("Ticket"), "ok"),
    triage.JOINED: (_l("On a ticket"), "ok"),
    triage.IGNORED: (_l("Ignored"), ""),
    triage.BLOCKED: (_l("Sender blocked"), "danger"),
}
"""What became of a mail: words and colour."""
REASONS: Final[Mapping[str, object]] = {
    **AUTOMATIC,
    triage.BY_RULE: _l("A rule holds it"),
    triage.FLOOD: _l("Too many mails of this sender in an hour"),
    triage.SENDER_BLOCKED: _l("The sender is blocked"),
    triage.NO_TICKETS: _l("This mailbox opens no tickets by itself"),
    "stranger": _l("Written by somebody who takes no part in the ticket"),
}
"""Why a mail opened no ticket; what is not here was written by a person and is shown as it is."""
CERTIFIED: Final[Mapping[str, object]] = {
    "message": _l("Certified mail (PEC)"),
    "anomaly": _l("Ordinary mail that came to a certified mailbox"),
    "accettazione": _l("Receipt of acceptance"),
    "non-accettazione": _l("Notice that it was not accepted"),
    "presa-in-carico": _l("Receipt of being taken over"),
    "avvenuta-consegna": _l("Receipt of delivery"),
    "errore-consegna": _l("Notice that it could not be delivered"),
    "preavviso-errore-consegna": _l("Notice that it was not delivered yet"),
    "rilevazione-virus": _l("Notice of a virus"),
}
"""What a certified mail is."""
_INVITATIONS: Final[Mapping[str, object]] = {
    "request": _l("Invitation"),
    "cancel": _l("Cancelled"),
    "reply": _l("Answer to an invitation"),
}
_OUTSIDE: Final = re.compile(r"""<img\b[^<>]*\bsrc\s*=[\s"']*https?:""", re.IGNORECASE)


def names_pictures(html: str) -> bool:
    """Whether the HTML of a mail wants pictures from outside."""
    return _OUTSIDE.search(html) is not None


def automatic_words(kind: str) -> str:
    """Who wrote a mail when no person did."""
    return str(AUTOMATIC.get(kind, kind))


def triage_reason(reason: str) -> str:
    """Why a mail waits or is left aside."""
    return str(REASONS.get(reason, reason))


def certified_words(kind: Any) -> str:
    """What a certified mail is."""
    return str(CERTIFIED.get(str(kind), CERTIFIED["message"]))


def invitation_words(event: Wire) -> str:
    """What an invitation asks for."""
    return str(_INVITATIONS.get(str(event.get("method") or "").lower(), _l("Appointment")))


def mail_person(person: Wire) -> str:
    """A correspondent by name, by address where there is none."""
    return str(person.get("name") or person.get("address") or "")


def mail_address(person: Wire) -> str:
    """A correspondent whole: `Anna Rossi <anna@example.org>`."""
    name, address = str(person.get("name") or ""), str(person.get("address") or "")
    return f"{name} <{address}>" if name and name != address else address


def when(value: Any) -> str:
    """A time of an invitation, as people write it; what is none is shown as it came."""
    try:
        return formats.moment(str(value)) if len(str(value)) > len("2026-01-01") else formats.day(str(value))
    except ValueError:
        return str(value)


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "names_pictures": names_pictures,
    "automatic_words": automatic_words,
    "triage_reason": triage_reason,
    "certified_words": certified_words,
    "invitation_words": invitation_words,
    "mail_person": mail_person,
    "mail_address": mail_address,
    "invitation_time": when,
}
