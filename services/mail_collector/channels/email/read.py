"""One mail read: from its bytes to what is announced about it, or to why it is put aside."""

from __future__ import annotations

import re
from typing import Any, Final

from services.mail_collector.channels.email.addresses import matched_by
from services.mail_collector.channels.email.as_message import as_message
from services.mail_collector.channels.email.automatic import automatic_kind
from services.mail_collector.channels.email.bounce import BounceReport, bounces_of
from services.mail_collector.channels.email.files import Collected
from services.mail_collector.channels.email.letter import letter_of
from services.mail_collector.channels.email.parts import Part, take_apart
from services.mail_collector.channels.email.pec import Pec, pec_of
from services.mail_collector.channels.email.told import Told, headers_for_rules, message_data, report_data
from services.mail_collector.domain.found import Found
from services.mail_collector.domain.reading import Aside, Reading
from shared.contracts.received_mail import BOUNCE, RECEIPT

_TOLD: Final = ("failed", "sent", "delivered")
"""What is reported of a mail; that a server goes on trying is shown beside it, and changes nothing."""
_CERTIFIED: Final = ("x-trasporto", "x-ricevuta")
_SENT_ID: Final = re.compile(r"[0-9a-f]{32}(?:\.[a-z0-9]{1,40}-[a-z2-7]{12})?@(\S+)\Z")
_INSIDE: Final = "postacert.eml"
_WITH_ORIGINAL: Final = ("message", "anomaly")
_LONGEST_DETAIL: Final = 1_000
_UNREADABLE: Final = "The mail could not be read ({}). It is kept as it came."


def read_mail(raw: bytes, found: Found) -> Reading:
    """What a mail says; whatever the bytes are, there is an answer (running out of memory excepted).

    Every mail is a message, also one that a machine wrote. One that says what became of a mail of the desk
    gives `reports` besides: as a message about that mail it can be looked at, kept as a proof, and forgotten
    with its ticket. `aside`: `no-sender` when nobody can be answered, `unreadable` when that fails.
    """
    try:
        return _read(raw, found)
    except MemoryError:
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"[:_LONGEST_DETAIL]
        return Reading(aside=Aside("unreadable", _UNREADABLE.format(said)))


def _read(raw: bytes, found: Found) -> Reading:
    notes: list[str] = []
    root = take_apart(raw, notes)
    pec = _certified(root)
    kind = "" if pec else _kind(root, found)
    reports = pec.reports if pec else _bounces(root, kind)
    ours = [report for report in reports if _is_ours(report, found)]
    told = tuple(report_data(report, found, pec) for report in ours if report.state in _TOLD)
    if pec:
        inside = pec.kind in _WITH_ORIGINAL
        root = _opened(root, notes) if inside else root
        kind = _kind(root, found) if inside else RECEIPT
    about = ours[0].message_id if ours else ""
    return _message(root, len(raw), found, Told(kind, pec, notes, about), told)


def _kind(root: Part, found: Found) -> str:
    """Which machine wrote it; empty for people."""
    kinds = {part.content_type for part in root.walk()}
    return automatic_kind(headers_for_rules(root.headers), kinds, found.own_addresses)


def _bounces(root: Part, kind: str) -> tuple[BounceReport, ...]:
    return tuple(bounces_of(as_message(root))) if kind == BOUNCE else ()


def _certified(root: Part) -> Pec | None:
    """Only what says to be certified mail is looked into."""
    if any(name in root.headers for name in _CERTIFIED):
        return pec_of(as_message(root))
    return None


def _opened(root: Part, notes: list[str]) -> Part:
    """The mail inside of a certified envelope, with its own bytes; the envelope when there is none."""
    for part in root.walk():
        if part.filename.lower() == _INSIDE:
            return take_apart(part.body().data, notes)
    notes.append("The certified mail's envelope could not be opened; it is shown as it came.")
    return root


def _is_ours(report: BounceReport, found: Found) -> bool:
    """Whether it speaks about a mail the desk sent: such ids have a form of their own, and the domain of one
    of the mailboxes.
    """
    made = _SENT_ID.match(report.message_id)
    domains = {matched_by(address).rpartition("@")[2] for address in found.own_addresses}
    return made is not None and made[1].lower() in domains


def _message(root: Part, size: int, found: Found, told: Told, reports: tuple[dict[str, Any], ...]) -> Reading:
    collected = Collected(found.dedupe_key, told.notes)
    letter = letter_of(root, collected)
    message = message_data(root.headers, letter, found, size, told)
    if message is None and reports:
        return Reading(reports=reports)
    if message is None:
        detail = "The mail names nobody it is from, so that it cannot be answered. It is kept as it came."
        return Reading(aside=Aside("no-sender", detail))
    return Reading(message=message, reports=reports, files=tuple(collected.files))
