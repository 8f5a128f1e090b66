"""Mails as the desk gets them, and a desk with mailboxes, for tests of what it decides on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.ticket_service.acting import Desk
from services.ticket_service.apply import apply_messages
from services.ticket_service.domain.mail_token import MailDesk
from services.ticket_service.ports import Changes, Record
from shared.contracts import message_received
from shared.contracts.catalogue import decode
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.mail_address import MailAddress
from shared.contracts.message_received import Identity, MessageReceived, Sender
from shared.contracts.received_mail import ReceivedMail
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import NOW, counting_ids

SUPPORT = "support@desk.example"
MAILBOX = "mail"
KEY = "a key of the desk's tests, long enough"
DESK_MAIL = MailDesk((KEY,), {MAILBOX: (SUPPORT, "help@desk.example")})
ANNA = "anna@bianchi.example"
LUCA = "luca@bianchi.example"
EVE = "eve@elsewhere.example"


def mail(
    key: str,
    *,
    sender: str = ANNA,
    name: str = "Anna Bianchi",
    subject: str = "Stampante",
    text: str = "Non stampa.",
    to: tuple[str, ...] = (SUPPORT,),
    cc: tuple[str, ...] = (),
    occurred: datetime = NOW,
    channel: str = MAILBOX,
    **around: Any,
) -> Event:
    """`message.received` of a mail with the Message-ID `<key>@mail.example`; `around`: its other fields."""
    more = {each: around.pop(each) for each in ("attachments", "content") if each in around}
    data = MessageReceived(
        dedupe_key=f"email:{key}",
        channel_id=channel,
        channel_kind="email",
        provider_message_id=message_id(key),
        contact_key=f"{channel}:{sender.lower()}",
        sender=Sender([Identity("email", sender.lower(), sender)], name),
        occurred_at=occurred,
        received_at=max(occurred, NOW),
        kind="text",
        text=text,
        mail=ReceivedMail(
            message_id(key),
            subject,
            MailAddress(sender, name),
            [MailAddress(each) for each in to],
            [MailAddress(each) for each in cc],
            **around,
        ),
        **more,
    )
    return Event(
        data.dedupe_key, "test", message_received.TYPE, NOW, data.contact_key, data, new_traceparent()
    )


def message_id(key: str) -> str:
    """The Message-ID of a mail of these tests."""
    return f"{key}@mail.example"


@dataclass
class MailTestDesk:
    """A desk with a mailbox on a store in memory."""

    store: MemoryDeskStore = field(default_factory=MemoryDeskStore)
    automatic: dict[str, bool] = field(default_factory=dict)
    mail: MailDesk = DESK_MAIL

    def gets(self, *events: Event, now: datetime = NOW) -> None:
        """Apply these as one batch."""
        desk = Desk(self.store, lambda: now, counting_ids(events[0].id), mail=self.mail)
        apply_messages(events, desk, self.automatic)

    def has(self, *records: Record) -> None:
        """Keep records, as an administrator would."""
        self.store.save(Changes(records=list(records)))

    def tickets(self) -> list[dict[str, Any]]:
        """All tickets, in the order of their numbers."""
        return sorted(self.store.collections["tickets"].values(), key=lambda each: each["sequence"])

    def said(self, key: str) -> dict[str, Any]:
        """The message that a mail became."""
        return self.store.collections["messages"][f"email:{key}"]

    def triage(self, key: str) -> dict[str, Any] | None:
        """What triage has of a mail."""
        return self.store.collections["triage"].get(f"email:{key}")

    def on(self, key: str) -> str | None:
        """The number of the ticket a mail is on."""
        ticket = self.store.collections["tickets"].get(self.said(key)["ticket_id"] or "")
        return ticket["number"] if ticket else None

    def events(self, kind: str = "") -> list[Event]:
        """What was announced, of one type or all."""
        found = [decode(each["body"]) for each in self.store.collections["outbox"].values()]
        return [each for each in found if not kind or each.type == kind]

    def token(self, number: str) -> str:
        """The token of a ticket."""
        ticket = next(each for each in self.tickets() if each["number"] == number)
        return self.mail.token(ticket["_id"], number)

    def becomes(self, number: str, status: str, now: datetime = NOW) -> None:
        """Put a ticket into a status."""
        loaded = self.store.load_ticket(number)
        assert loaded is not None
        found = self.store.workflow().status(status)
        loaded.ticket.set_status(found, now)
        if loaded.conversation is not None:
            loaded.conversation.ticket_moved(loaded.ticket.id, "closed" in found.roles)
        changes = Changes()
        changes.touch(loaded.ticket, loaded.conversation)
        self.store.save(changes)
