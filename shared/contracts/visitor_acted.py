"""`visitor.acted`: what a visitor of a live chat did besides writing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from marshmallow import ValidationError, fields, validate, validates_schema

from shared.contracts.message_received import Identity, Sender, SenderSchema
from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime
from shared.contracts.visitor import Page, Visitor, VisitorSchema

TYPE: Final = "visitor.acted"

CAME: Final = "came"
LEFT: Final = "left"
TYPED: Final = "typed"
MOVED: Final = "moved"
TOLD: Final = "told"
RATED: Final = "rated"
ASKED_TRANSCRIPT: Final = "asked_transcript"
ACTIONS: Final = (CAME, LEFT, TYPED, MOVED, TOLD, RATED, ASKED_TRANSCRIPT)


@dataclass(frozen=True, slots=True)
class VisitorActed:
    """`came`: the chat is connected, from the first of its pages; `left`: the last one is gone · `typed`: is
    writing, `text` holds nothing · `moved`: looks at another page · `told`: gave details of themselves ·
    `rated`: `score` (1 to 5) and `text` about the ticket · `asked_transcript`: wants the talk as a mail.

    `visitor` is what is known of them then. All but `told`, `rated` and `asked_transcript` are worthless when
    late.
    """

    channel_id: str
    channel_kind: str
    contact_key: str
    sender: Sender
    action: str
    at: datetime
    visitor: Visitor | None = None
    ticket_number: str = ""
    score: int | None = None
    text: str = ""


class VisitorActedSchema(ContractSchema):
    """What is checked when it is read from the broker."""

    builds = VisitorActed
    channel_id = fields.String(required=True, validate=validate.Length(1, 40))
    channel_kind = fields.String(required=True, validate=validate.Length(1, 40))
    contact_key = fields.String(required=True, validate=validate.Length(1, 400))
    sender = fields.Nested(SenderSchema, required=True)
    action = fields.String(required=True, validate=validate.OneOf(ACTIONS))
    at = UtcTime(required=True)
    visitor = fields.Nested(VisitorSchema, load_default=None, allow_none=True)
    ticket_number = fields.String(load_default="", validate=validate.Length(max=100))
    score = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 5))
    text = fields.String(load_default="", validate=validate.Length(max=5_000))

    @validates_schema
    def _rating_has_a_score(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["action"] == RATED and (data["score"] is None or not data["ticket_number"]):
            raise ValidationError("A rating needs a score and the ticket's number.", "score")


EXAMPLE: Final = VisitorActed(
    channel_id="webchat-main",
    channel_kind="webchat",
    contact_key="webchat-main:v-5f0c1c1de5a94a6f8a51c2a0b7a3a6f1",
    sender=Sender(
        [Identity("webchat", "v-5f0c1c1de5a94a6f8a51c2a0b7a3a6f1", "v-5f0c1c1de5a94a6f8a51c2a0b7a3a6f1")],
        "Giulia Bianchi",
    ),
    action=RATED,
    at=datetime(2025, 2, 27, 21, 50, 0, tzinfo=UTC),
    visitor=Visitor(
        email="giulia@bianchi.example",
        language="it",
        pages=[Page("https://shop.example/cart", datetime(2025, 2, 27, 21, 20, 0, tzinfo=UTC), "Cart")],
    ),
    ticket_number="TT24",
    score=5,
    text="Gentilissimi",
)
