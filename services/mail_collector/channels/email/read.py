"""One mail read: from its bytes to what is announced about it, or to why it is put aside."""

from __future__ import annotations

from typing import Final

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
"""What is reported of a mail; that a server goes on trying is not."""
_CERTIFIED: Final = ("x-trasporto", "x-ricevuta")
_INSIDE: Final = "postacert.eml"
_WITH_ORIGINAL: Final = ("message", "anomaly")
_LONGEST_DETAIL: Final = 1_000
_UNREADABLE: Final = "The mail could not be read ({}). It is kept as it came."


def read_mail(raw: bytes, found: Found) -> Reading:
    """What a mail says; whatever the bytes are, there is an answer (running out of memory excepted).

    A report about a mail of the desk gives `reports`; anything else a message, also when a machine wrote it.
    `aside`: `no-sender` when nobody can be answered, `unreadable` when reading fails.
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
    reports = pec.reports if pec else _bounces(root, found)
    ours = [report for report in reports if _is_ours(report, found)]
    if ours:
        told = [report for report in ours if report.state in _TOLD]
        return Reading(reports=tuple(report_data(report, found, pec) for report in told))
    if pec and pec.kind not in _WITH_ORIGINAL:
        return _message(root, len(raw), found, Told(RECEIPT, pec, notes))
    opened = _opened(root, pec, notes) if pec else root
    return _message(opened, len(raw), found, Told(_kind(opened, found), pec, notes))


def _kind(root: Part, found: Found) -> str:
    """Which machine wrote it; empty for people."""
    kinds = {part.content_type for part in root.walk()}
    return automatic_kind(headers_for_rules(root.headers), kinds, found.own_addresses)


def _bounces(root: Part, found: Found) -> tuple[BounceReport, ...]:
    return tuple(bounces_of(as_message(root))) if _kind(root, found) == BOUNCE else ()


def _certified(root: Part) -> Pec | None:
    """Only what says to be certified mail is looked into."""
    if any(name in root.headers for name in _CERTIFIED):
        return pec_of(as_message(root))
    return None


def _opened(root: Part, pec: Pec, notes: list[str]) -> Part:
    """The mail inside of a certified envelope, with its own bytes; the envelope when there is none."""
    if pec.kind not in _WITH_ORIGINAL:
        return root
    for part in root.walk():
        if part.filename.lower() == _INSIDE:
            return take_apart(part.body().data, notes)
    notes.append("The certified mail's envelope could not be opened; it is shown as it came.")
    return root


def _is_ours(report: BounceReport, found: Found) -> bool:
    """Whether it speaks about a mail of the desk: its id ends with the domain of one of the mailboxes."""
    domain = report.message_id.rpartition("@")[2].lower()
    return bool(domain) and domain in {address.rpartition("@")[2] for address in found.own_addresses}


def _message(root: Part, size: int, found: Found, told: Told) -> Reading:
    collected = Collected(found.dedupe_key, told.notes)
    letter = letter_of(root, collected)
    message = message_data(root.headers, letter, found, size, told)
    if message is None:
        detail = "The mail names nobody it is from, so that it cannot be answered. It is kept as it came."
        return Reading(aside=Aside("no-sender", detail))
    return Reading(message=message, files=tuple(collected.files))
