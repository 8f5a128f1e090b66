"""By what a person is known, as people write it: brought into the one form that is compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import phonenumbers
from marshmallow import ValidationError

from services.ticket_service.api.people_schemas import normal_address
from services.ticket_service.api.problems import invalid
from services.ticket_service.domain.identity import EMAIL, Identity
from shared.contracts.whatsapp_number import canonical

PHONES: Final = frozenset({"whatsapp", "phone"})


def identity_given(given: Mapping[str, Any], place: str) -> Identity:
    """The identity that a request names by `kind` and `value`; `place` is the field that holds them.

    Numbers become E.164 (with their country), addresses lower case. Problem 422.
    """
    kind, value = given["kind"], given["value"]
    where = f"{place}.value" if place else "value"
    if kind in PHONES:
        number = _number(value, where)
        return Identity(kind, number, number.lstrip("+"))
    if kind == EMAIL:
        try:
            address = normal_address(value)
        except ValidationError as error:
            raise invalid([(where, str(error.messages[0]))]) from error
        return Identity(kind, address, address)
    return Identity(kind, value, value)


def _number(text: str, where: str) -> str:
    try:
        parsed = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException as error:
        raise invalid([(where, "Not a phone number. Write it with its country: +393351032246.")]) from error
    number = canonical(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    if number is None or not phonenumbers.is_possible_number(parsed):
        raise invalid([(where, "There cannot be such a phone number; check its digits.")])
    return number
