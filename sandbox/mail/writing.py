"""Puts a customer's mail together: text, HTML, files, and the headers that a mail program sets."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, formatdate

from sandbox.mail.addresses import shown
from sandbox.mail.reading import Part
from sandbox.mail.store import Mail

WIRE = policy.SMTP.clone(max_line_length=500)
"""How mails are written down: ids of the usual length stay on one line."""
_ANSWER = re.compile(r"\s*(?:re|r|aw|rif|sv)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a customer's mail is made of. `message_id` with its brackets, or empty for a mail without one;
    `headers` come on top of what everybody has; a picture whose file has a `cid` belongs into the HTML."""

    sender: tuple[str, str]
    to: Sequence[str]
    subject: str
    text: str
    message_id: str
    cc: Sequence[str] = ()
    html: str = ""
    files: Sequence[Part] = ()
    references: Sequence[str] = ()
    at: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def compose(letter: Letter) -> bytes:
    """The mail as it goes over the wire."""
    message = EmailMessage(policy=WIRE)
    message["From"] = shown(*letter.sender)
    message["To"] = ", ".join(letter.to)
    if letter.cc:
        message["Cc"] = ", ".join(letter.cc)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.at) if letter.at else formatdate(localtime=True)
    if letter.message_id:
        message["Message-ID"] = letter.message_id
    if letter.references:
        message["In-Reply-To"] = f"<{letter.references[-1]}>"
        message["References"] = " ".join(f"<{each}>" for each in letter.references)
    for name, value in letter.headers.items():
        message[name] = value
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    for part in letter.files:
        _attach(message, part)
    return message.as_bytes()


def references_to(answered: Mail) -> list[str]:
    """The ids that an answer to this mail names, the answered one last."""
    known = [each for each in answered.read.answers if each != answered.read.message_id]
    return [*known[-20:], answered.read.message_id] if answered.read.message_id else known[-20:]


def answer_subject(subject: str) -> str:
    """The subject of an answer: one Re:, however often it went to and fro."""
    return subject if _ANSWER.match(subject) else f"Re: {subject}"


def _attach(message: EmailMessage, part: Part) -> None:
    main, _, sub = part.mime_type.partition("/")
    if not sub or main in ("multipart", "message"):
        main, sub = "application", "octet-stream"
    if part.cid:
        html = message.get_body(("html",))
        if html is not None:
            html.add_related(
                part.content, main, sub, filename=part.name, cid=f"<{part.cid}>", disposition="inline"
            )
            return
    message.add_attachment(part.content, main, sub, filename=part.name)
