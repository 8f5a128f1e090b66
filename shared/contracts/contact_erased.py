"""`contact.erased`: a person is forgotten; whoever keeps what was sent to them forgets it as well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from marshmallow import fields, validate

from shared.contracts.schema import ContractSchema
from shared.contracts.times import UtcTime

TYPE: Final = "contact.erased"


@dataclass(frozen=True, slots=True)
class ContactErased:
    """`conversation_ids` are all the person's; `addresses` how they were reached: numbers, mail addresses.

    Somebody new may have one of these addresses tomorrow, so only what was asked for before counts.
    """

    contact_id: str
    conversation_ids: list[str]
    addresses: list[str]
    erased_at: datetime


class ContactErasedSchema(ContractSchema):
    """What is checked when the wish is read from the broker."""

    builds = ContactErased
    contact_id = fields.String(required=True, validate=validate.Length(1, 100))
    conversation_ids = fields.List(
        fields.String(validate=validate.Length(1, 100)), required=True, validate=validate.Length(max=10_000)
    )
    addresses = fields.List(
        fields.String(validate=validate.Length(1, 500)), required=True, validate=validate.Length(max=10_000)
    )
    erased_at = UtcTime(required=True)


EXAMPLE: Final = ContactErased(
    contact_id="0197f3c1-0f21-7b1e-8c33-2f4b5d6e7f01",
    conversation_ids=["0197f3c1-11aa-7c3e-9a44-52f0f1b7d001"],
    addresses=["+393351032246", "daniele@example.org"],
    erased_at=datetime(2025, 2, 27, 21, 30, 0, tzinfo=UTC),
)
