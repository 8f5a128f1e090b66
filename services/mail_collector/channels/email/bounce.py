"""Reads what mail servers say about mails they could not deliver."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from email.utils import parseaddr
from itertools import islice
from typing import Final

from services.mail_collector.channels.email.automatic_words import says_failure
from services.mail_collector.channels.email.bounce_text import failures_in_words
from services.mail_collector.channels.email.bounce_words import DELAYED, status_in, words_for
from services.mail_collector.channels.email.part_texts import header, one_line, parts_outside_mails, text_of

FAILED: Final = "failed"
DELAYED_STATE: Final = "delayed"
MAX_REPORTS: Final = 100
_LONGEST_DETAIL: Final = 1_000
_LONGEST_TEXT: Final = 200_000
_STATUS_PARTS: Final = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_MAILS: Final = ("message/rfc822", "message/global")
_RETURNED_HEADERS: Final = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_CODED: Final = ("base64", "quoted-printable")
_MAIL_SERVERS: Final = ("mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon")
_ID: Final = re.compile(r"<([^<>\s]{1,250})>")
_ID_LINE: Final = re.compile(r"^[> \t]{0,8}Message-ID:[ \t]*\r?\n?[ \t]*<([^<>\s]{1,250})>", re.I | re.M)
_ADDRESS: Final = re.compile(r"[^\s<>@;,\"']{1,64}@[^\s<>@;,\"']{1,255}")


@dataclass(frozen=True, slots=True)
class BounceReport:
    """What became of a mail for one recipient.

    `message_id`: the Message-ID of the mail (without brackets; empty when the report does not tell).
    `state`: `failed` (for good), `delayed` (the server goes on trying), `sent`,
    `delivered` (both only from certified mail). `code`: the enhanced status (RFC 3463) or the SMTP code;
    `title` and `remedy` in words for people, `detail` the server's own words.
    """

    message_id: str
    recipient: str
    state: str
    code: str = ""
    title: str = ""
    detail: str = ""
    remedy: str = ""


def bounces_of(message: Message) -> list[BounceReport]:
    """Return a report for each recipient a mail server writes about; empty when the mail is no bounce.

    Delivery reports of RFC 3464 are read field by field; the free texts of other servers (Exim, qmail,
    Exchange and many more) by flufl.bounce and by what they have in common. A report of success is none.
    """
    parts = list(parts_outside_mails(message))
    statuses = [part for part in parts if part.get_content_type() in _STATUS_PARTS]
    if not statuses and not _claims_to_be_bounce(message):
        return []
    message_id = _returned_id(message, parts)
    if statuses:
        groups = (group for part in statuses for group in _groups(part))
        found = (_from_fields(group, message_id) for group in groups)
        return list(islice((report for report in found if report is not None), MAX_REPORTS))
    return list(islice(_from_words(message, parts, message_id), MAX_REPORTS))


def _claims_to_be_bounce(message: Message) -> bool:
    if message.get_content_type() == "multipart/report":
        return (message.get_param("report-type") or "delivery-status") == "delivery-status"
    if header(message, "X-Failed-Recipients"):
        return True
    local_part = parseaddr(header(message, "From"))[1].partition("@")[0].lower()
    by_nobody = message.get("Return-Path") is not None and header(message, "Return-Path") in ("", "<>")
    return local_part in _MAIL_SERVERS or (by_nobody and says_failure(header(message, "Subject")))


def _groups(part: Message) -> Iterator[Message]:
    """Yield the groups of fields; the first is about the report itself, the others about recipients."""
    payload = part.get_payload()
    groups = [group for group in payload if isinstance(group, Message)] if isinstance(payload, list) else []
    if groups and header(part, "Content-Transfer-Encoding").lower() not in _CODED:
        yield from groups
        return
    # The parser takes the coded lines for a group's text: they are decoded as those of a plain part.
    plain = Message()
    plain["Content-Transfer-Encoding"] = header(part, "Content-Transfer-Encoding")
    plain.set_payload("\n".join(text_of(group) for group in groups) or part.get_payload())
    for block in re.split(r"\r?\n[ \t]*\r?\n", text_of(plain)[:_LONGEST_TEXT]):
        yield message_from_string(block.strip() + "\n\n")


def _from_fields(group: Message, message_id: str) -> BounceReport | None:
    recipient = _recipient(group)
    action = header(group, "Action").lower()
    if not recipient or action in ("delivered", "relayed", "expanded"):
        return None
    status, diagnostic = header(group, "Status"), header(group, "Diagnostic-Code")
    said = one_line(diagnostic.partition(";")[2] or diagnostic, _LONGEST_DETAIL)
    code = status_in(f"{status} {said}")
    late = action == "delayed" or (action != "failed" and code.startswith("4"))
    return report_of(message_id, recipient, DELAYED_STATE if late else FAILED, code, said or status)


def _recipient(group: Message) -> str:
    """The address the desk wrote to; a server behind a forwarding names it as the original one."""
    for name in ("Original-Recipient", "Final-Recipient", "X-Actual-Recipient"):
        if found := _ADDRESS.search(header(group, name).partition(";")[2] or header(group, name)):
            return found[0].lower()
    return ""


def report_of(message_id: str, recipient: str, state: str, code: str, detail: str) -> BounceReport:
    """Return a report with the words for its code."""
    words = DELAYED if state == DELAYED_STATE else words_for(code, detail)
    return BounceReport(message_id, recipient, state, code, words.title, detail, words.remedy)


def _from_words(message: Message, parts: Iterable[Message], message_id: str) -> Iterator[BounceReport]:
    texts = (text_of(part) for part in parts if part.get_content_type() in ("text/plain", "text/html"))
    text = "\n".join(texts)[:_LONGEST_TEXT]
    named = _ADDRESS.findall(header(message, "X-Failed-Recipients"))
    for recipient, late, said in failures_in_words(message, text, named):
        detail = one_line(said, _LONGEST_DETAIL)
        yield report_of(message_id, recipient, DELAYED_STATE if late else FAILED, status_in(detail), detail)


def _returned_id(message: Message, parts: Iterable[Message]) -> str:
    """The id of the mail that came back: in what was returned, in a copy in the text, in what is answered."""
    answered = _ID.findall(header(message, "In-Reply-To") + header(message, "References"))
    texts: list[str] = []
    for part in parts:
        kind, payload = part.get_content_type(), part.get_payload()
        if kind in _RETURNED_MAILS and isinstance(payload, list) and isinstance(payload[0], Message):
            if found := _ID.search(header(payload[0], "Message-ID")):
                return found[1]
        elif kind in (*_RETURNED_HEADERS, *_RETURNED_MAILS) or kind == "text/plain":
            texts.append(text_of(part)[:_LONGEST_TEXT])
    copied = next((hit[1] for text in texts if (hit := _ID_LINE.search(text))), "")
    return copied or (answered[-1] if answered else "")
