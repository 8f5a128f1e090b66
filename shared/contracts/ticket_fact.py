"""`ticket.*`: facts about a ticket, with all a listener needs to act without asking back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.reply_mail import ReplyMail, ReplyMailSchema
from shared.contracts.reply_requested import Recipient, RecipientSchema
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

OPENED: Final = "ticket.opened"
CUSTOMER_REPLIED: Final = "ticket.customer_replied"
AGENT_REPLIED: Final = "ticket.agent_replied"
STATUS_CHANGED: Final = "ticket.status_changed"
ASSIGNED: Final = "ticket.assigned"
CLOSED: Final = "ticket.closed"
REOPENED: Final = "ticket.reopened"
CHANGED: Final = "ticket.changed"
NOTED: Final = "ticket.noted"
SLA_WARNING: Final = "ticket.sla_warning"
SLA_BREACHED: Final = "ticket.sla_breached"
MERGED: Final = "ticket.merged"
DELETED: Final = "ticket.deleted"
TYPES: Final = (
    *(OPENED, CUSTOMER_REPLIED, AGENT_REPLIED, STATUS_CHANGED, ASSIGNED, CLOSED, REOPENED, CHANGED, NOTED),
    *(SLA_WARNING, SLA_BREACHED, MERGED, DELETED),
)
ACTORS: Final = ("customer", "agent", "system", "phone")


@dataclass(frozen=True, slots=True)
class StatusRef:
    """A status as people see it."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class ActorRef:
    """Who did it: a customer (id of the contact), an agent (id of the user), the system, the phone's app."""

    kind: str
    id: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class SlaRef:
    """A service level's target (`first_response`, `next_response`, `resolution`, `idle`) and its time."""

    target: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class SatisfactionRef:
    """How content the customer was: 1 (worst) to 5 (best), and what they added."""

    score: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class TicketFact:
    """The ticket as it was right after what happened; `recipient` is where its customer can be reached.

    `changed` names the fields that changed, `mentions` the users a note names, `assignee` and `group` are ids
    of a user and a team. `mail` is how to write to the customer where the channel is a mailbox; None there
    when nothing shall be written automatically. `satisfaction` is there once the customer rated the ticket.
    """

    ticket_id: str
    ticket_number: str
    title: str
    status: StatusRef
    conversation_id: str
    channel_id: str
    channel_kind: str
    recipient: Recipient
    happened_at: datetime
    previous_status: StatusRef | None = None
    window_expires_at: datetime | None = None
    text: str = ""
    actor: ActorRef | None = None
    assignee: str | None = None
    group: str | None = None
    requester_id: str = ""
    notify_requester: bool = True
    changed: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    sla: SlaRef | None = None
    merged_into: str | None = None
    mail: ReplyMail | None = None
    satisfaction: SatisfactionRef | None = None


class StatusRefSchema(ContractSchema):
    """A status on the wire."""

    builds = StatusRef
    key = fields.String(required=True, validate=validate.Length(1, 60))
    label = fields.String(required=True, validate=validate.Length(max=200))


class ActorRefSchema(ContractSchema):
    """Who did it, on the wire."""

    builds = ActorRef
    kind = fields.String(required=True, validate=validate.OneOf(ACTORS))
    id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    name = fields.String(load_default="")


class SlaRefSchema(ContractSchema):
    """A service level's target on the wire."""

    builds = SlaRef
    target = fields.String(required=True, validate=validate.Length(1, 40))
    due_at = UtcTime(required=True)


class SatisfactionRefSchema(ContractSchema):
    """A rating on the wire."""

    builds = SatisfactionRef
    score = fields.Integer(required=True, strict=True, validate=validate.Range(1, 5))
    text = fields.String(load_default="", validate=validate.Length(max=5_000))


class TicketFactSchema(ContractSchema):
    """What is checked when a fact about a ticket is read from the broker."""

    builds = TicketFact
    ticket_id = fields.String(required=True, validate=validate.Length(1, 100))
    ticket_number = fields.String(required=True, validate=validate.Length(1, 100))
    title = fields.String(required=True)
    status = fields.Nested(StatusRefSchema, required=True)
    conversation_id = fields.String(required=True, validate=validate.Length(max=100))
    channel_id = fields.String(required=True, validate=validate.Length(max=40))
    channel_kind = fields.String(required=True, validate=validate.Length(max=40))
    recipient = fields.Nested(RecipientSchema, required=True)
    happened_at = UtcTime(required=True)
    previous_status = fields.Nested(StatusRefSchema, load_default=None, allow_none=True)
    window_expires_at = UtcTime(load_default=None, allow_none=True)
    text = fields.String(load_default="")
    actor = fields.Nested(ActorRefSchema, load_default=None, allow_none=True)
    assignee = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    group = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    requester_id = fields.String(load_default="", validate=validate.Length(max=100))
    notify_requester = fields.Boolean(load_default=True)
    changed = fields.List(fields.String(), load_default=list)
    mentions = fields.List(fields.String(), load_default=list)
    sla = fields.Nested(SlaRefSchema, load_default=None, allow_none=True)
    merged_into = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=100))
    mail = fields.Nested(ReplyMailSchema, load_default=None, allow_none=True)
    satisfaction = fields.Nested(SatisfactionRefSchema, load_default=None, allow_none=True)


EXAMPLE: Final = TicketFact(
    ticket_id="0197f3c1-11aa-7c3e-9a44-52f0f1b7d002",
    ticket_number="TT24",
    title="2025-02-27 22:21:33 - +393351032246",
    status=StatusRef("open", "Open"),
    conversation_id="0197f3c1-11aa-7c3e-9a44-52f0f1b7d001",
    channel_id="whatsapp-main",
    channel_kind="whatsapp_cloud",
    recipient=Recipient("whatsapp", "393351032246", "Daniele Asmonti"),
    happened_at=datetime(2025, 2, 27, 21, 21, 33, tzinfo=UTC),
    window_expires_at=datetime(2025, 2, 28, 21, 21, 33, tzinfo=UTC),
    text="Buongiorno, vorrei contattarvi",
    actor=ActorRef("customer", "0197f3c1-11aa-7c3e-9a44-52f0f1b7d003", "Daniele Asmonti"),
    requester_id="0197f3c1-11aa-7c3e-9a44-52f0f1b7d003",
)
