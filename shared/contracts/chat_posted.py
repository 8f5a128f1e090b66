"""`chat.posted`: one more line of a live chat, as its visitor sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.attachment import StoredFile, StoredFileSchema
from shared.contracts.reply_parts import Interactive, InteractiveSchema
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "chat.posted"

MESSAGE: Final = "message"
TICKET_OPENED: Final = "ticket_opened"
TICKET_CLOSED: Final = "ticket_closed"
RATED: Final = "rated"
KINDS: Final = (MESSAGE, TICKET_OPENED, TICKET_CLOSED, RATED)

VISITOR: Final = "visitor"
AGENT: Final = "agent"
DESK: Final = "desk"
AUTHORS: Final = (VISITOR, AGENT, DESK)


@dataclass(frozen=True, slots=True)
class ChatAuthor:
    """`kind`: the visitor, an agent, or the desk itself (automatic texts); `picture` is a blob's id."""

    kind: str
    name: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class ChatPosted:
    """`line_id` is unique in its channel: posted twice, there is one line. Lines have the order of posting.

    `by_mail` says that it was written in a mail. `ticket_number` is set on lines about a ticket, `score` on
    `rated`.
    """

    line_id: str
    channel_id: str
    visitor_id: str
    kind: str
    author: ChatAuthor
    at: datetime
    text: str = ""
    files: list[StoredFile] = field(default_factory=list)
    interactive: Interactive | None = None
    reply_to: str = ""
    ticket_number: str = ""
    score: int | None = None
    by_mail: bool = False


class ChatAuthorSchema(ContractSchema):
    """An author on the wire."""

    builds = ChatAuthor
    kind = fields.String(required=True, validate=validate.OneOf(AUTHORS))
    name = fields.String(load_default="", validate=validate.Length(max=500))
    picture = fields.String(load_default="", validate=validate.Length(max=100))


class ChatPostedSchema(ContractSchema):
    """What is checked when a line is read from the broker."""

    builds = ChatPosted
    line_id = fields.String(required=True, validate=validate.Length(1, 600))
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    visitor_id = fields.String(required=True, validate=validate.Length(1, 100))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    author = fields.Nested(ChatAuthorSchema, required=True)
    at = UtcTime(required=True)
    text = fields.String(load_default="", validate=validate.Length(max=100_000))
    files = fields.List(fields.Nested(StoredFileSchema), load_default=list, validate=validate.Length(max=30))
    interactive = fields.Nested(InteractiveSchema, load_default=None, allow_none=True)
    reply_to = fields.String(load_default="", validate=validate.Length(max=600))
    ticket_number = fields.String(load_default="", validate=validate.Length(max=100))
    score = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 5))
    by_mail = fields.Boolean(load_default=False)


EXAMPLE: Final = ChatPosted(
    line_id="0197f3c2-6f5b-7f0e-8d5e-3b1f6a0c9d11",
    channel_id="webchat-main",
    visitor_id="v-5f0c1c1de5a94a6f8a51c2a0b7a3a6f1",
    kind=MESSAGE,
    author=ChatAuthor(AGENT, "Anna Rossi"),
    at=datetime(2025, 2, 27, 21, 40, 1, tzinfo=UTC),
    text="Benissimo grazie",
)
