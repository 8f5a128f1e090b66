"""A mail as the bytes that travel (RFC 5322); no text in it can become a header or another recipient."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from services.notifier.domain.mail import Mail, Mailbox

POLICY: Final = SMTP.clone(cte_type="7bit")
"""Everything encoded to ASCII, so that no server on the way has to be able to do more."""
_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS: Final = re.compile(rf"(?=.{{1,64}}@){_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\Z")
_TYPE: Final = re.compile(r"([a-z0-9!#$&^_.+-]{1,60})/([a-z0-9!#$&^_.+-]{1,100})\Z")


class NotAnAddress(ValueError):
    """The address cannot be written into a mail."""


def ascii_address(address: str) -> str:
    """The address with its domain as DNS knows it (IDNA). NotAnAddress: only with an extension few have."""
    local, _, domain = address.rpartition("@")
    try:
        written = f"{local}@{domain.encode('idna').decode()}"
    except ValueError as error:
        raise NotAnAddress(address) from error
    if not _ADDRESS.match(written):
        raise NotAnAddress(address)
    return written


def compose(mail: Mail, sender: Mailbox, contents: Mapping[str, bytes]) -> bytes:
    """The whole mail with CRLF at the ends of its lines; `contents`: the files' bytes by their id.

    The same mail has the same Message-ID at every try. NotAnAddress when it is from nobody.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = _address(mail.sender or sender)
    for name, mailboxes in (("To", mail.to), ("Cc", mail.cc)):
        written = [_address(one) for one in mailboxes if _is_written(one)]
        if written:
            message[name] = written
    if mail.reply_to is not None:
        message["Reply-To"] = _address(mail.reply_to)
    message["Subject"] = one_line(mail.subject)
    message["Date"] = format_datetime(mail.queued_at)
    domain = ascii_address(sender.address).rpartition("@")[2]
    message["Message-ID"] = f"<{hashlib.sha256(mail.id.encode()).hexdigest()[:40]}@{domain}>"
    if mail.automatic:
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine shall answer
        message["X-Auto-Response-Suppress"] = "All"
    for name, value in mail.headers.items():
        message[name] = one_line(value)
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    for file in mail.files:
        kind = _TYPE.match(file.mime_type.lower())
        main, sub = kind.groups() if kind and kind[1] not in ("message", "multipart") else _OCTETS
        message.add_attachment(contents[file.id], main, sub, filename=one_line(file.filename) or file.id)
    return message.as_bytes()


_OCTETS: Final = ("application", "octet-stream")


def one_line(text: str) -> str:
    """The text without anything that could end a line."""
    return _BREAKS.sub(" ", text).strip()


def _is_written(mailbox: Mailbox) -> bool:
    """An address that cannot be written to keeps the mail from nobody else."""
    try:
        ascii_address(mailbox.address)
    except NotAnAddress:
        return False
    return True


def _address(mailbox: Mailbox) -> Address:
    return Address(one_line(mailbox.name), addr_spec=ascii_address(mailbox.address))
