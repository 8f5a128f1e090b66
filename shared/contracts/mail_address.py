"""A mail address on the wire: neither of its parts can end a header or add another mailbox."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from marshmallow import fields, validate

from shared.contracts.schema import ContractSchema

ADDRESS: Final = r"[^\s<>,;:\"()\[\]\\@\x00-\x1f\x7f]{1,64}@[^\s<>,;:\"()\[\]\\@\x00-\x1f\x7f]{1,255}"
LINE: Final = r"[^\r\n\x00]*"
MESSAGE_ID: Final = r"[\x21-\x7e]{1,500}"
"""A Message-ID without its angle brackets."""
MAX_REFERENCES: Final = 30
MARK: Final = r"[a-z0-9-]{0,60}"
"""What the desk puts into addresses and Message-IDs, to know its own tickets again."""


def is_address(text: str) -> bool:
    """Whether a mail can be asked for to this address."""
    return re.fullmatch(ADDRESS, text) is not None


def is_message_id(text: str) -> bool:
    """Whether a mail can be said to answer this one."""
    return re.fullmatch(MESSAGE_ID, text) is not None


def whole(pattern: str, wrong: str) -> validate.Regexp:
    """The whole of a text has to look like this."""
    return validate.Regexp(re.compile(rf"(?:{pattern})\Z"), error=wrong)


@dataclass(frozen=True, slots=True)
class MailAddress:
    """A mailbox, and the name shown with it."""

    address: str
    name: str = ""


class MailAddressSchema(ContractSchema):
    """A mailbox on the wire."""

    builds = MailAddress
    address = fields.String(required=True, validate=whole(ADDRESS, "Not one mail address."))
    name = fields.String(
        load_default="", validate=(validate.Length(max=500), whole(LINE, "More than one line."))
    )
