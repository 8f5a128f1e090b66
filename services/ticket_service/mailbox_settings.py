"""What a mailbox declares openly in the channels file: by which addresses the desk knows its own mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

from services.ticket_service.domain.mail import address_key


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A channel that is a mailbox; of its addresses, as they are compared, its own is the first."""

    id: str
    addresses: tuple[str, ...]


class MailboxSchema(Schema):
    """The address, and `aliases`: others whose mail arrives there."""

    class Meta:
        """How it is read and written to is other services' business."""

        unknown = EXCLUDE

    id = fields.String(required=True)
    address = fields.Email(required=True)
    aliases = fields.List(fields.Email(), load_default=list)

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> Mailbox:
        return Mailbox(data["id"], tuple(map(address_key, (data["address"], *data["aliases"]))))
