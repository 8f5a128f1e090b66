"""A mail as the bytes that travel (RFC 5322); no text in it can become a header or another recipient."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from services.notifier.domain.content import File
from services.notifier.domain.mail import Mail, Mailbox
from services.notifier.mail.addresses import ascii_address, is_written, one_line
from services.notifier.mail.outbox import Outbox
from services.notifier.mail.page import page, plain_text

POLICY: Final = SMTP.clone(cte_type="7bit")
"""Everything encoded to ASCII, so that no server on the way has to be able to do more."""
SHOWN_BYTES: Final = 2_000_000
"""Larger pictures are only attached: who reads on a phone is not made to load them."""
SHOWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Pictures that every program shows."""
_TYPE: Final = re.compile(r"([a-z0-9!#$&^_.+-]{1,60})/([a-z0-9!#$&^_.+-]{1,100})\Z")
_ID: Final = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{1,500}\Z")
"""A Message-ID that can stand between angle brackets."""
_OCTETS: Final = ("application", "octet-stream")


def compose(mail: Mail, outbox: Outbox, contents: Mapping[str, bytes]) -> bytes:
    """The whole mail with CRLF at the ends of its lines; `contents`: the files' bytes by their id.

    The same mail has the same Message-ID at every try. NotAnAddress when it is from nobody.
    """
    message = EmailMessage(policy=POLICY)
    _head(message, mail, outbox)
    message.set_content(plain_text(mail.text, mail.frame))
    shown = (
        {} if mail.html else {file.id: f"{file.id}@{outbox.domain}" for file in mail.files if _shown(file)}
    )
    pictures = [(file, shown[file.id]) for file in mail.files if file.id in shown]
    message.add_alternative(mail.html or page(mail.text, mail.frame, pictures), subtype="html")
    related = message.get_payload(1)
    for file, cid in pictures:
        related.add_related(  # type: ignore[union-attr]
            contents[file.id],
            *_type_of(file),
            cid=f"<{cid}>",
            filename=_name_of(file),
            disposition="inline",
        )
    for file in mail.files:
        if file.id not in shown:
            message.add_attachment(contents[file.id], *_type_of(file), filename=_name_of(file))
    return _ids(mail, outbox) + message.as_bytes()


def _head(message: EmailMessage, mail: Mail, outbox: Outbox) -> None:
    own = Mailbox(outbox.sender.address, mail.from_name or outbox.sender.name)
    message["From"] = _address(mail.sender or own)
    for name, mailboxes in (("To", mail.to), ("Cc", mail.cc)):
        # An address that cannot be written to keeps the mail from nobody else.
        written = [_address(one) for one in mailboxes if is_written(one.address)]
        if written:
            message[name] = written
    reply_to = outbox.reply_to(mail)
    if reply_to is not None:
        message["Reply-To"] = _address(reply_to)
    message["Subject"] = one_line(mail.subject)
    message["Date"] = format_datetime(mail.queued_at)
    if mail.automatic:
        # RFC 3834 §5: no machine shall answer.
        message["Auto-Submitted"] = "auto-replied" if mail.thread.references else "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
    for name, value in mail.headers.items():
        message[name] = one_line(value)


def _ids(mail: Mail, outbox: Outbox) -> bytes:
    """Message-ID and what it answers. The standard library would encode long ids, and break them so.

    A mail that an earlier version kept has its id from here.
    """
    references = [one for one in mail.thread.references if _ID.match(one)]
    lines = [f"Message-ID: <{mail.header_id or outbox.header_id(mail)}>"]
    if references:
        lines.append(f"In-Reply-To: <{references[-1]}>")
        lines.append("References: " + "\r\n ".join(f"<{one}>" for one in references))
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _shown(file: File) -> bool:
    return file.mime_type.lower() in SHOWN and file.size <= SHOWN_BYTES


def _type_of(file: File) -> tuple[str, str]:
    kind = _TYPE.match(file.mime_type.lower())
    if kind is None or kind[1] in ("message", "multipart"):
        return _OCTETS
    return kind[1], kind[2]


def _name_of(file: File) -> str:
    return one_line(file.filename) or file.id


def _address(mailbox: Mailbox) -> Address:
    return Address(one_line(mailbox.name), addr_spec=ascii_address(mailbox.address))
