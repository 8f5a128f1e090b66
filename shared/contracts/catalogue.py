"""Every event type with its schema; the only way to turn an event into bytes and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import ValidationError

from shared.contracts import (
    channel_reported,
    chat_offered,
    chat_posted,
    chat_signalled,
    contact_erased,
    delivery_changed,
    delivery_reported,
    item_quarantined,
    mail_replayed,
    mail_requested,
    media_failed,
    media_requested,
    media_stored,
    message_received,
    presence_requested,
    reply_requested,
    template_changed,
    template_reported,
    template_requested,
    ticket_fact,
    visitor_acted,
    webhook_replayed,
)
from shared.contracts.envelope import (
    Event,
    MalformedEvent,
    UnknownEventType,
    decode_envelope,
    encode_envelope,
)
from shared.contracts.plain import Convert, reader, writer
from shared.contracts.schema import ContractSchema


@dataclass(frozen=True, slots=True)
class Contract:
    """One event type: what its data looks like, an example, and one line on what it means."""

    type: str
    schema: ContractSchema
    example: Any
    meaning: str
    read: Convert
    write: Convert


def _contract(event_type: str, schema: ContractSchema, example: Any, meaning: str) -> Contract:
    return Contract(event_type, schema, example, meaning, reader(schema, schema.builds), writer(schema))


_FACTS: Final[Mapping[str, str]] = {
    ticket_fact.OPENED: "A ticket was opened.",
    ticket_fact.CUSTOMER_REPLIED: "The customer wrote on a ticket.",
    ticket_fact.AGENT_REPLIED: "An agent answered the customer.",
    ticket_fact.STATUS_CHANGED: "A ticket has another status.",
    ticket_fact.ASSIGNED: "A ticket has another responsible or team.",
    ticket_fact.CLOSED: "A ticket was closed.",
    ticket_fact.REOPENED: "A closed ticket is open again.",
    ticket_fact.CHANGED: "Other fields of a ticket changed.",
    ticket_fact.NOTED: "Somebody wrote a note that only the desk sees.",
    ticket_fact.SLA_WARNING: "A service level will soon be missed.",
    ticket_fact.SLA_BREACHED: "A service level was missed.",
    ticket_fact.MERGED: "A ticket was merged into another one.",
    ticket_fact.DELETED: "A ticket was deleted.",
}


def _contracts() -> list[Contract]:
    fact = ticket_fact.TicketFactSchema()
    return [
        _contract(
            message_received.TYPE,
            message_received.MessageReceivedSchema(),
            message_received.EXAMPLE,
            "Something a customer said or did.",
        ),
        _contract(
            delivery_reported.TYPE,
            delivery_reported.DeliveryReportedSchema(),
            delivery_reported.EXAMPLE,
            "A provider's receipt for something the desk sent.",
        ),
        _contract(
            reply_requested.TYPE,
            reply_requested.ReplyRequestedSchema(),
            reply_requested.EXAMPLE,
            "Send this to the customer on the conversation's channel.",
        ),
        _contract(
            delivery_changed.TYPE,
            delivery_changed.DeliveryChangedSchema(),
            delivery_changed.EXAMPLE,
            "How a send stands now.",
        ),
        _contract(
            item_quarantined.TYPE,
            item_quarantined.ItemQuarantinedSchema(),
            item_quarantined.EXAMPLE,
            "Something a service could not act on, kept whole with the reason.",
        ),
        _contract(
            webhook_replayed.TYPE,
            webhook_replayed.WebhookReplayedSchema(),
            webhook_replayed.EXAMPLE,
            "A quarantined webhook item to be normalised once more.",
        ),
        _contract(
            media_requested.TYPE,
            media_requested.MediaRequestedSchema(),
            media_requested.EXAMPLE,
            "Fetch this file from the provider.",
        ),
        _contract(
            media_stored.TYPE,
            media_stored.MediaStoredSchema(),
            media_stored.EXAMPLE,
            "An attachment now is in the blob store.",
        ),
        _contract(
            media_failed.TYPE,
            media_failed.MediaFailedSchema(),
            media_failed.EXAMPLE,
            "An attachment could not be fetched.",
        ),
        _contract(
            channel_reported.TYPE,
            channel_reported.ChannelReportedSchema(),
            channel_reported.EXAMPLE,
            "How one aspect of a channel stands.",
        ),
        _contract(
            template_reported.TYPE,
            template_reported.TemplateReportedSchema(),
            template_reported.EXAMPLE,
            "A provider changed something about a template.",
        ),
        _contract(
            template_requested.SUBMITTED,
            template_requested.TemplateSubmittedSchema(),
            template_requested.SUBMITTED_EXAMPLE,
            "Create this template and ask for its approval.",
        ),
        _contract(
            template_requested.SYNC_REQUESTED,
            template_requested.TemplateSyncRequestedSchema(),
            template_requested.SYNC_EXAMPLE,
            "Read a channel's templates from the provider.",
        ),
        _contract(
            template_changed.TYPE,
            template_changed.TemplateChangedSchema(),
            template_changed.EXAMPLE,
            "A template as it now is.",
        ),
        _contract(
            presence_requested.TYPE,
            presence_requested.PresenceRequestedSchema(),
            presence_requested.EXAMPLE,
            "Show the customer that an agent has read or is writing.",
        ),
        _contract(
            mail_requested.TYPE,
            mail_requested.MailRequestedSchema(),
            mail_requested.EXAMPLE,
            "Send this mail.",
        ),
        _contract(
            mail_replayed.TYPE,
            mail_replayed.MailReplayedSchema(),
            mail_replayed.EXAMPLE,
            "A quarantined mail to be read once more.",
        ),
        _contract(
            contact_erased.TYPE,
            contact_erased.ContactErasedSchema(),
            contact_erased.EXAMPLE,
            "A person is forgotten: what was sent to them is to be forgotten too.",
        ),
        _contract(
            visitor_acted.TYPE,
            visitor_acted.VisitorActedSchema(),
            visitor_acted.EXAMPLE,
            "What a visitor of a live chat did besides writing.",
        ),
        _contract(
            chat_posted.TYPE,
            chat_posted.ChatPostedSchema(),
            chat_posted.EXAMPLE,
            "One more line of a live chat, as its visitor sees it.",
        ),
        _contract(
            chat_signalled.TYPE,
            chat_signalled.ChatSignalledSchema(),
            chat_signalled.EXAMPLE,
            "A visitor is shown that an agent has read or is writing.",
        ),
        _contract(
            chat_offered.TYPE,
            chat_offered.ChatOfferedSchema(),
            chat_offered.EXAMPLE,
            "What a live chat offers its visitors now.",
        ),
        *(_contract(kind, fact, ticket_fact.EXAMPLE, meaning) for kind, meaning in _FACTS.items()),
    ]


CONTRACTS: Final[Mapping[str, Contract]] = {contract.type: contract for contract in _contracts()}


def encode(event: Event) -> bytes:
    """The event as CloudEvents JSON. ValueError when its data breaks its own contract (a bug of ours)."""
    contract = CONTRACTS.get(event.type)
    if contract is None:
        raise UnknownEventType(event.type)
    try:
        data: dict[str, Any] = contract.write(event.data)
    except ValueError as error:
        raise ValueError(f"{event.type} breaks its contract: {error}") from error
    return encode_envelope(event, data)


def decode(body: bytes) -> Event:
    """The event in these bytes.

    MalformedEvent: not JSON, not an envelope, or data the contract refuses. UnknownEventType: a type that is
    not in the catalogue.
    """
    attributes = decode_envelope(body)
    contract = CONTRACTS.get(attributes["type"])
    if contract is None:
        raise UnknownEventType(attributes["type"])
    try:
        data = contract.read(attributes["data"])
    except ValidationError as error:
        raise MalformedEvent(f"{attributes['type']}: {error.messages}") from error
    return Event(
        id=attributes["id"],
        source=attributes["source"],
        type=attributes["type"],
        time=attributes["time"],
        subject=attributes["subject"],
        data=data,
        traceparent=attributes["traceparent"],
        causationid=attributes["causationid"],
    )
