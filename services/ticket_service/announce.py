"""What happened on the desk as events for everybody, saved with the state and relayed from the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import Actor
from services.ticket_service.domain.mail import MAIL, MessageMail
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.status import Status
from services.ticket_service.domain.ticket import Ticket
from shared.contracts import reply_requested, ticket_fact
from shared.contracts.attachment import StoredFile
from shared.contracts.envelope import Event
from shared.contracts.mail_address import MailAddress
from shared.contracts.reply_mail import ReplyMail
from shared.contracts.reply_parts import (
    ContactCardSchema,
    InteractiveSchema,
    LocationSchema,
    ReactionSchema,
)
from shared.contracts.reply_requested import Recipient, ReplyContent, ReplyRequested, TemplateContent
from shared.contracts.schema import ContractSchema
from shared.contracts.ticket_fact import ActorRef, SatisfactionRef, StatusRef, TicketFact

SOURCE: Final = "ticket_service"
NO_RECIPIENT: Final = Recipient("none", "none")
"""For tickets without a conversation: the contract wants a recipient, and nobody can be reached there."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something happens: the trace it belongs to, and the event it follows from (None for a request)."""

    traceparent: str
    event_id: str | None = None


def opened(
    ticket: Ticket,
    conversation: Conversation | None,
    status: Status,
    text: str,
    cause: Cause,
    mail: ReplyMail | None = None,
) -> Event:
    """`ticket.opened`, with the customer's first words; `mail` is how a mail customer may be told of it."""
    data = _fact(
        ticket, conversation, status, ticket.created_at, text=text, actor=ticket.created_by, mail=mail
    )
    return _event(ticket_fact.OPENED, f"{ticket.id}:opened", ticket.created_at, data, cause)


def customer_replied(
    ticket: Ticket, conversation: Conversation | None, status: Status, message: Message, cause: Cause
) -> Event:
    """`ticket.customer_replied`, with what the customer wrote."""
    return _comment(ticket_fact.CUSTOMER_REPLIED, ticket, conversation, status, message, cause)


def agent_replied(
    ticket: Ticket, conversation: Conversation | None, status: Status, message: Message, cause: Cause
) -> Event:
    """`ticket.agent_replied`, with what the agent wrote."""
    return _comment(ticket_fact.AGENT_REPLIED, ticket, conversation, status, message, cause)


def status_changed(
    ticket: Ticket,
    conversation: Conversation | None,
    before: Status,
    after: Status,
    who: Actor,
    at: datetime,
    history_id: str,
    cause: Cause,
) -> Event:
    """`ticket.status_changed`, from which status to which."""
    data = _fact(ticket, conversation, after, at, previous=before, actor=who)
    return _event(ticket_fact.STATUS_CHANGED, f"{history_id}:status", at, data, cause)


def fact(
    kind: str,
    ticket: Ticket,
    conversation: Conversation | None,
    status: Status,
    at: datetime,
    event_id: str,
    cause: Cause,
    **more: Any,
) -> Event:
    """Any other fact (a type of shared.contracts.ticket_fact); `more` are optional fields of TicketFact.

    `event_id` must be the same each time the same thing is announced. `actor` may be given as an Actor.
    """
    return _event(kind, event_id, at, _fact(ticket, conversation, status, at, **more), cause)


def reply_requested_for(
    message: Message,
    conversation: Conversation,
    ticket_number: str,
    cause: Cause,
    files: Sequence[Attachment] = (),
    picture: str = "",
) -> Event:
    """`reply.requested` for an outgoing message: its id is the send id, its delivery knows the attempt.

    `files` are the message's attachments in their order, `picture` is the id of the blob with its author's.
    ValueError when a file is not stored.
    """
    delivery = message.delivery
    attempt = delivery.attempt if delivery else 0
    at = delivery.queued_at if delivery else message.created_at
    to = message.mail.to[0].address if message.mail is not None and message.mail.to else ""
    data = ReplyRequested(
        send_id=message.id,
        conversation_id=conversation.id,
        ticket_number=ticket_number,
        channel_id=conversation.channel_id,
        channel_kind=conversation.channel_kind,
        recipient=recipient_of(conversation, to),
        content=_content(message, files),
        requested_at=at,
        window_expires_at=conversation.window_expires_at(),
        author=message.author.name,
        reply_to=message.reply_to,
        attempt=attempt,
        mail=reply_mail_of(message.mail) if message.mail is not None else None,
        author_picture=picture,
    )
    return Event(
        id=f"{message.id}:requested" + (f":{attempt}" if attempt else ""),
        source=SOURCE,
        type=reply_requested.TYPE,
        time=at,
        subject=conversation.id,
        data=data,
        traceparent=cause.traceparent,
        causationid=cause.event_id,
    )


def reply_mail_of(mail: MessageMail) -> ReplyMail:
    """What stands around a mail of the desk's, as those who send need to know it."""
    return ReplyMail(
        mail.subject,
        [MailAddress(each.address, each.name) for each in mail.cc],
        list(mail.references),
        mail.token,
        mail.header,
        mail.footer,
        mail.quoted,
        automatic=bool(mail.automatic),
        from_name=mail.sender.name if mail.sender is not None else "",
    )


def recipient_of(conversation: Conversation, address: str = "") -> Recipient:
    """The customer, as those who send need to know it; a mail may go to another `address` of theirs."""
    recipient = conversation.recipient
    if not recipient.kind:
        return NO_RECIPIENT  # the person was erased
    elsewhere = address if conversation.channel_kind == MAIL else ""
    return Recipient(recipient.kind, elsewhere or recipient.address, recipient.name)


def _content(message: Message, files: Sequence[Attachment]) -> ReplyContent:
    template, given = message.template, message.content
    return ReplyContent(
        message.kind,
        "" if template else message.text,
        TemplateContent(template["name"], template["language"], list(template.get("components", ())))
        if template
        else None,
        [stored_file(each) for each in files],
        _part(InteractiveSchema(), given.get("interactive")),
        _part(LocationSchema(), given.get("location")),
        [_part(ContactCardSchema(), each) for each in given.get("contacts", ())],
        _part(ReactionSchema(), given.get("reaction")),
    )


def _part(schema: ContractSchema, given: Any) -> Any:
    return None if given is None else schema.load(given)


def stored_file(file: Attachment) -> StoredFile:
    """A file as other services need to know it. ValueError for one that is not stored."""
    if file.blob_id is None or file.size is None:
        raise ValueError(f"attachment {file.id} is {file.state}: only what is stored can be sent")
    return StoredFile(file.id, file.kind, file.blob_id, file.mime_type, file.filename, file.size, file.sha256)


def _comment(
    kind: str,
    ticket: Ticket,
    conversation: Conversation | None,
    status: Status,
    message: Message,
    cause: Cause,
) -> Event:
    data = _fact(ticket, conversation, status, message.occurred_at, text=message.text, actor=message.author)
    # A reaction counts as an answer without being a comment, so it has no number.
    which = message.number if message.number is not None else message.id
    return _event(kind, f"{ticket.id}:comment:{which}", message.created_at, data, cause)


def _fact(
    ticket: Ticket,
    conversation: Conversation | None,
    status: Status,
    at: datetime,
    *,
    previous: Status | None = None,
    actor: Actor | None = None,
    **more: Any,
) -> TicketFact:
    said = ticket.satisfaction
    return TicketFact(
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        title=ticket.title,
        status=StatusRef(status.key, status.label),
        conversation_id=conversation.id if conversation else "",
        channel_id=ticket.channel_id,
        channel_kind=ticket.channel_kind,
        recipient=recipient_of(conversation, ticket.answers_to()) if conversation else NO_RECIPIENT,
        happened_at=at,
        previous_status=StatusRef(previous.key, previous.label) if previous else None,
        window_expires_at=conversation.window_expires_at() if conversation else None,
        actor=ActorRef(actor.kind, actor.id, actor.name) if actor else None,
        assignee=ticket.assignee,
        group=ticket.group,
        requester_id=ticket.requester_id,
        notify_requester=ticket.notify_requester,
        satisfaction=SatisfactionRef(said.score, said.text) if said else None,
        **more,
    )


def _event(kind: str, event_id: str, at: datetime, fact: TicketFact, cause: Cause) -> Event:
    return Event(
        id=event_id,
        source=SOURCE,
        type=kind,
        time=at,
        subject=fact.ticket_number,
        data=fact,
        traceparent=cause.traceparent,
        causationid=cause.event_id,
    )
