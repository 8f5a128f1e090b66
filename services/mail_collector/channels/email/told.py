"""What is announced about a mail: the data of `message.received` and `delivery.reported`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mailparser.dates import parse_mail_date

from services.mail_collector.channels.email.addresses import addresses_in, matched_by, sender_of
from services.mail_collector.channels.email.bounce import BounceReport
from services.mail_collector.channels.email.clean import can_be_laid_out
from services.mail_collector.channels.email.headers import Headers, one_line, shown, words
from services.mail_collector.channels.email.letter import Letter
from services.mail_collector.channels.email.pec import Pec
from services.mail_collector.channels.email.tokens import tokens_in
from services.mail_collector.channels.email.trim import trim
from services.mail_collector.domain.found import CHANNEL_KIND, Found
from shared.contracts import delivery_reported, message_received
from shared.contracts.attachment import RemoteFile
from shared.contracts.catalogue import CONTRACTS
from shared.contracts.delivery_reported import DeliveryError, DeliveryReported
from shared.contracts.mail_address import MAX_REFERENCES, MailAddress
from shared.contracts.message_received import Identity, MessageReceived, Sender
from shared.contracts.received_mail import MAX_HEADERS, ReceivedMail

MAX_TEXT: Final = 100_000
MAX_WHOLE: Final = 200_000
"""Bytes (UTF-8) of the text with its quoted history."""
MAX_SUBJECT: Final = 1_000
_MAX_VALUE: Final = 4_000
_MAX_NOTES: Final = 20
_MAX_NOTE: Final = 2_000
_LATE: Final = timedelta(days=7)
_EARLY: Final = timedelta(minutes=5)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}\Z")
_ID: Final = re.compile(r"[^\s<>,;\"]{1,250}")
_IN_BRACKETS: Final = re.compile(r"<\s*([^\s<>]{1,500})\s*>")
_ADDRESSED: Final = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")


@dataclass(frozen=True, slots=True)
class Told:
    """What was found out before: which machine wrote it (or ""), certified mail, notes by now.

    `about` is the Message-ID of the desk's mail that it speaks of, wherever it names that.
    """

    automatic: str
    pec: Pec | None
    notes: list[str]
    about: str = ""


def message_data(
    headers: Headers, letter: Letter, found: Found, size: int, told: Told
) -> dict[str, Any] | None:
    """The data of `message.received`; None when it has no sender. ValueError when against the contract."""
    sender = sender_of(headers)
    if sender is None:
        return None
    subject = shown(headers.first("subject"), MAX_SUBJECT)
    mail = _mail(headers, subject, sender, found, size, told)
    new, content = _said(letter, subject, told)
    value = matched_by(sender.address)
    message = MessageReceived(
        dedupe_key=found.dedupe_key,
        channel_id=found.channel_id,
        channel_kind=CHANNEL_KIND,
        provider_message_id=mail.message_id,
        contact_key=f"{found.channel_id}:{value}",
        sender=Sender([Identity("email", value, sender.address)], sender.name),
        occurred_at=occurred_at(headers, found.arrived_at),
        received_at=found.received_at,
        kind="text",
        text=new,
        content=content,
        attachments=[
            RemoteFile(
                file.id, file.kind, found.raw_blob, file.mime_type, file.filename, "", len(file.content)
            )
            for file in letter.collected.files
        ],
        mail=mail,
    )
    data: dict[str, Any] = CONTRACTS[message_received.TYPE].write(message)
    return data


def _mail(
    headers: Headers, subject: str, sender: MailAddress, found: Found, size: int, told: Told
) -> ReceivedMail:
    answers = answered_ids(headers, told.about)
    return ReceivedMail(
        message_id=message_id(headers, found.key),
        subject=subject,
        sender=sender,
        to=addresses_in(headers.every("to")),
        cc=addresses_in(headers.every("cc")),
        answers=answers,
        tokens=tokens_in((value for name in _ADDRESSED for value in headers.every(name)), answers),
        headers=headers_for_rules(headers),
        automatic=told.automatic,
        raw_blob=found.raw_blob,
        raw_size=size,
        mailbox=found.mailbox,
        folder=found.folder,
    )


def _said(letter: Letter, subject: str, told: Told) -> tuple[str, dict[str, Any]]:
    """The new text, and the content: what else there is to show."""
    html = letter.raw_html if can_be_laid_out(letter.raw_html) else ""
    trimmed = trim("" if letter.from_html and html else letter.text, html, subject)
    new = trimmed.new[:MAX_TEXT]
    whole = letter.text.encode()[:MAX_WHOLE].decode("utf-8", "ignore")
    if len(trimmed.new) > MAX_TEXT or len(letter.text.encode()) > MAX_WHOLE:
        told.notes.append("The text is very long; the end of it is only in the original.")
    content: dict[str, Any] = {
        "subject": subject,
        "html": letter.html,
        "whole_text": whole if whole.strip() != new.strip() else "",
        "inline": letter.collected.inline,
        "events": letter.events,
        "pec": _certificate(told.pec),
        "notes": [one_line(note, _MAX_NOTE) for note in told.notes[:_MAX_NOTES]],
    }
    return new, {name: value for name, value in content.items() if value or name == "subject"}


def _certificate(pec: Pec | None) -> dict[str, Any]:
    if pec is None:
        return {}
    return {"kind": pec.kind, "message_id": pec.message_id, "certificate": pec.certificate}


def message_id(headers: Headers, key: str) -> str:
    """The mail's id without brackets; one made of its content when it has none that can be used."""
    written = headers.first("message-id")
    bracketed = _IN_BRACKETS.search(written)
    candidate = bracketed[1] if bracketed else written.strip(" <>")
    return (
        candidate
        if _ID.fullmatch(candidate) and candidate.isascii() and candidate.isprintable()
        else f"missing-{key}@sportello.invalid"
    )


def answered_ids(headers: Headers, about: str = "") -> list[str]:
    """The ids it answers, the nearest first: what it is `about`, In-Reply-To, References from their end."""
    named = (about,) if _ID.fullmatch(about) and about.isascii() and about.isprintable() else ()
    return list(dict.fromkeys((*named, *_ids(headers))))[:MAX_REFERENCES]


def _ids(headers: Headers) -> Iterator[str]:
    for name in ("in-reply-to", "references"):
        for value in headers.every(name)[:3]:
            ids = [match for match in _IN_BRACKETS.findall(value) if match.isascii() and match.isprintable()]
            yield from reversed(ids) if name == "references" else ids


def occurred_at(headers: Headers, arrived_at: datetime) -> datetime:
    """By its Date, where that is at most 7 days before it arrived; else when it arrived."""
    written = parse_mail_date(headers.first("date")[:200]).value
    if written is None or not arrived_at - _LATE <= written <= arrived_at + _EARLY:
        return arrived_at.astimezone(UTC)
    return written


def headers_for_rules(headers: Headers) -> dict[str, str]:
    """The headers, decoded, repeated ones joined by line breaks; names no store takes are left out."""
    found: dict[str, str] = {}
    for name, value in headers.fields:
        if not _NAME.match(name) or (name not in found and len(found) == MAX_HEADERS):
            continue
        before = f"{found[name]}\n" if name in found else ""
        if len(before) < _MAX_VALUE:
            found[name] = (before + one_line(words(value), _MAX_VALUE))[:_MAX_VALUE]
    return found


def report_data(report: BounceReport, found: Found, pec: Pec | None) -> dict[str, Any]:
    """The data of `delivery.reported` for one recipient."""
    error = None
    if report.state == "failed":
        error = DeliveryError(
            report.code[:100], report.title[:1_000], report.detail[:10_000], report.remedy[:1_000]
        )
    reported = DeliveryReported(
        channel_id=found.channel_id,
        channel_kind=CHANNEL_KIND,
        provider_message_id=report.message_id,
        state=report.state,
        occurred_at=(pec.occurred_at if pec and pec.occurred_at else found.arrived_at).astimezone(UTC),
        received_at=found.received_at,
        recipient=report.recipient[:320],
        error=error,
        raw=found.raw_blob,
    )
    data: dict[str, Any] = CONTRACTS[delivery_reported.TYPE].write(reported)
    return data
