"""Reads what mail servers say about mails they could not deliver."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True, slots=True)
class BounceReport:
    """What became of a mail for one recipient.

    `message_id`: the Message-ID of the mail (without brackets; empty when the report does not tell).
    `state`: `failed` (for good), `delayed` (the server goes on trying: nothing to report), `sent`,
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
    """Return a report for each recipient a mail server writes about; empty when the mail is no bounce."""
    return []
