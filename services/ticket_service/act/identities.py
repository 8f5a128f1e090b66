"""Identities as people type them, made the same as those that messages bring."""

from __future__ import annotations

from typing import Final

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.domain.identity import EMAIL, PHONE, WHATSAPP, Identity
from shared.contracts.whatsapp_number import canonical

LONGEST_NUMBER: Final = 64


def identity_of(kind: str, text: str, field: str = "value") -> Identity:
    """The identity of one of the kinds BY_HAND. Unfit, naming `field`, for a text that is none.

    Numbers are international (with + or 00), written with any spaces, brackets and dashes. A WhatsApp number
    is matched as the gateway matches it, and addressed by its bare digits, as WhatsApp's own ids are.
    """
    if kind == EMAIL:
        return _email(text, field)
    number = _number(text, field)
    if kind == PHONE:
        return Identity(PHONE, _possible(number, field), number)
    return Identity(WHATSAPP, _possible(canonical(number) or number, field), number.lstrip("+"))


def _email(text: str, field: str) -> Identity:
    try:
        checked = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise Unfit([(field, f"Not an e-mail address. {error}")]) from error
    return Identity(EMAIL, checked.normalized.lower(), checked.normalized)


def _number(text: str, field: str) -> str:
    plain = text.strip()[:LONGEST_NUMBER]
    if plain.startswith("00"):
        plain = "+" + plain[2:]
    try:
        parsed = phonenumbers.parse(plain, None)
    except phonenumbers.NumberParseException as error:
        raise Unfit([(field, "Not a phone number. Write it with its country: +39 335 1032246.")]) from error
    if parsed.extension:
        raise Unfit([(field, "Leave the extension out: a person is recognised by the number alone.")])
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _possible(number: str, field: str) -> str:
    if not phonenumbers.is_possible_number(phonenumbers.parse(number, None)):
        raise Unfit([(field, "Not a phone number: too few or too many digits for its country.")])
    return number
