"""What the status of a bounce means (RFC 3463, and Exchange's own numbers), and what can be done about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_ENHANCED: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_REPLY: Final = re.compile(r"(?<![\d.])[45]\d\d(?![\d.])")
_LONGEST_READ: Final = 4_000


@dataclass(frozen=True, slots=True)
class Words:
    """A title and a remedy for people."""

    title: str
    remedy: str


_NO_MAILBOX: Final = Words(
    "There is no such mailbox", "Check the address with the customer and correct it in the contact."
)
_NO_DOMAIN: Final = Words(
    "The domain of the address takes no mail", "Check what stands behind the @ and correct it in the contact."
)
_OFF: Final = Words("The mailbox is switched off", "Ask the customer for another address.")
_FULL: Final = Words("The mailbox is full", "Send it again in some days, or reach the customer another way.")
_TOO_LARGE: Final = Words(
    "The mail is too large for the recipient", "Send it again with smaller attachments."
)
_SERVER: Final = Words(
    "The recipient's mail server has a problem of its own", "Send it again later; nothing is wrong here."
)
_UNREACHABLE: Final = Words(
    "The recipient's mail server could not be reached",
    "Check what stands behind the @; when it is right, send it again later.",
)
_LOOP: Final = Words(
    "The mail goes in circles at the recipient's server",
    "The recipient's administrator has to correct a forwarding; use another address until then.",
)
_EXPIRED: Final = Words(
    "The recipient's mail server did not take the mail in time",
    "Send it again later, or reach the customer another way.",
)
_PROTOCOL: Final = Words(
    "The mail servers did not understand each other",
    "Send it again; if it fails again, tell an administrator.",
)
_CONTENT: Final = Words(
    "The recipient's mail server does not take this content",
    "Send it without attachments or unusual formatting.",
)
_POLICY: Final = Words(
    "The recipient's mail server refuses mail from this desk",
    "Ask the recipient to allow the desk's address; an administrator should check that the desk's mail "
    "server is on no block list.",
)
_UNPROVEN: Final = Words(
    "The recipient's mail server doubts that this desk sent the mail",
    "An administrator has to set up SPF, DKIM and DMARC for the desk's domain.",
)
_RESTRICTED: Final = Words(
    "The recipient takes mail only from certain senders", "Ask the recipient to allow the desk's address."
)
_SENDER: Final = Words(
    "The recipient's mail server does not accept the desk's own address",
    "An administrator has to check the sender's address and the domain of this mailbox.",
)
_UNKNOWN: Final = Words(
    "The mail could not be delivered", "The mail server's own words are above; check the address."
)
DELAYED: Final = Words("The mail is late", "Nothing has to be done: the mail server goes on trying.")

_BY_DETAIL: Final = {
    "1.2": _NO_DOMAIN, "1.7": _SENDER, "1.8": _SENDER, "1.10": _NO_MAILBOX, "1.20": _SENDER, "1.90": _POLICY,
    "2.1": _OFF, "2.2": _FULL, "2.3": _TOO_LARGE, "2.121": _FULL, "2.122": _FULL,
    "3.4": _TOO_LARGE, "3.190": _SERVER,
    "4.4": _NO_DOMAIN, "4.6": _LOOP, "4.7": _EXPIRED, "4.14": _LOOP, "4.310": _NO_DOMAIN,
    "7.9": _UNPROVEN, "7.12": _RESTRICTED, "7.13": _OFF, "7.20": _UNPROVEN, "7.21": _UNPROVEN,
    "7.22": _UNPROVEN, "7.23": _UNPROVEN, "7.24": _UNPROVEN, "7.25": _UNPROVEN, "7.26": _UNPROVEN,
    "7.27": _SENDER, "7.123": _RESTRICTED, "7.124": _RESTRICTED, "7.129": _RESTRICTED, "7.133": _RESTRICTED,
    "7.134": _RESTRICTED, "7.135": _RESTRICTED, "7.136": _RESTRICTED, "7.750": _UNPROVEN,
}  # fmt: skip
_BY_SUBJECT: Final = {
    "1": _NO_MAILBOX, "2": _OFF, "3": _SERVER, "4": _UNREACHABLE, "5": _PROTOCOL, "6": _CONTENT, "7": _POLICY,
}  # fmt: skip
_BY_REPLY: Final = {
    "421": _SERVER, "450": _SERVER, "451": _SERVER, "452": _FULL, "550": _NO_MAILBOX, "551": _NO_MAILBOX,
    "552": _FULL, "553": _NO_MAILBOX, "554": _POLICY,
}  # fmt: skip
_IN_WORDS: Final = (
    (re.compile(r"quota|mailbox (?:is )?full|over ?quota|casella (?:è )?piena", re.IGNORECASE), _FULL),
    (re.compile(r"spam|blocked|blacklist|block ?list|reputation|spamhaus", re.IGNORECASE), _POLICY),
    (re.compile(r"dmarc|\bspf\b|dkim|unauthenticated", re.IGNORECASE), _UNPROVEN),
    (
        re.compile(r"unknown|no such|not exist|not found|invalid recipient|inesistente", re.IGNORECASE),
        _NO_MAILBOX,
    ),
)


def status_in(text: str) -> str:
    """Return the most telling status in a server's words: "5.1.1" before "5.0.0" before "550"; else ""."""
    text = text[:_LONGEST_READ]
    enhanced = [hit[0] for hit in _ENHANCED.finditer(text)]
    telling = [status for status in enhanced if not status.endswith(".0.0")]
    reply = _REPLY.search(text)
    return (telling or enhanced or [reply[0] if reply else ""])[0]


def words_for(code: str, detail: str) -> Words:
    """Return what a status means; the server's own words decide where the status says nothing."""
    _, _, rest = code.partition(".")
    subject, _, _ = rest.partition(".")
    if exact := _BY_DETAIL.get(rest):
        return exact
    told = next((words for said, words in _IN_WORDS if said.search(detail[:_LONGEST_READ])), None)
    if subject in _BY_SUBJECT and rest != f"{subject}.0":
        return _BY_SUBJECT[subject]
    return told or _BY_SUBJECT.get(subject) or _BY_REPLY.get(code) or _UNKNOWN
