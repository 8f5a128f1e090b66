"""Mails as the collector publishes them: `message.received` with what stands around the text."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

from shared.contracts import message_received
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.mail_address import MailAddress
from shared.contracts.message_received import Identity, MessageReceived, Sender
from shared.contracts.received_mail import ReceivedMail
from tests.ticket_service.api.rig import MAIL_CHANNEL

DESK: Final = "assistenza@example.org"


def mail_event(
    text: str,
    *,
    at: datetime,
    address: str = "luca@bianchi.example",
    name: str = "Luca Bianchi",
    subject: str = "Il terminale non si accende",
    message_id: str = "",
    **options: Any,
) -> Event:
    """A mail to the desk's mailbox; `to` and `cc` are addresses, the other options fields of both records.

    Without `message_id` the id follows from what the mail says and when.
    """
    told = "\n".join((message_id, address, subject, text, at.isoformat()))
    key = hashlib.sha256(told.encode()).hexdigest()[:32]
    message_id = message_id or f"{key}@mail.example"
    around = {each: options.pop(each) for each in tuple(options) if each in ReceivedMail.__slots__}
    around |= {each: [MailAddress(one) for one in around.get(each, ())] for each in ("to", "cc")}
    around["to"] = around["to"] or [MailAddress(DESK, "Assistenza")]
    sender = MailAddress(address, name)
    data = MessageReceived(
        dedupe_key=f"email:{key}",
        channel_id=MAIL_CHANNEL.id,
        channel_kind=MAIL_CHANNEL.kind,
        provider_message_id=message_id,
        contact_key=f"{MAIL_CHANNEL.id}:{address.lower()}",
        sender=Sender([Identity("email", address.lower(), address)], name),
        occurred_at=at,
        received_at=options.pop("received_at", at),
        kind="text",
        text=text,
        mail=ReceivedMail(message_id, subject, sender, mailbox=DESK, folder="INBOX", **around),
        **options,
    )
    return Event(
        data.dedupe_key,
        "mail_collector",
        message_received.TYPE,
        at,
        data.contact_key,
        data,
        new_traceparent(),
    )
