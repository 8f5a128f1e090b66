"""WhatsApp ids as E.164 numbers for matching: one person has one number, however the provider writes it."""

from __future__ import annotations

from typing import Final

SHORTEST: Final = 6
LONGEST: Final = 15
"""E.164 allows 15 digits; the shortest international numbers in use (St Helena, Niue) have 6 to 8."""

_MEXICO: Final = "52"
_ARGENTINA: Final = "54"
_BRAZIL: Final = "55"


def canonical(wa_id: str) -> str | None:
    """The number to match people by, `+` and digits; None when the text is no phone number.

    Three countries write one mobile number in two ways, and WhatsApp ids exist in both:
    Mexico's old mobile prefix 1 is dropped (gone from the numbering plan since August 2019), Brazil's ninth
    digit is added to mobile numbers that lack it (mandatory since 2016; landlines begin with 2 to 5 and have
    none), Argentina's 9 before a mobile number is added (the plan's international form). For sending, the id
    must be used as the provider wrote it: this form is for matching only.
    """
    digits = wa_id[1:] if wa_id[:1] == "+" else wa_id
    if not SHORTEST <= len(digits) <= LONGEST or not digits.isascii() or not digits.isdigit():
        return None
    if digits[0] == "0":
        return None
    country = digits[:2]
    if country == _BRAZIL:
        digits = _brazil(digits)
    elif country == _MEXICO:
        digits = _mexico(digits)
    elif country == _ARGENTINA:
        digits = _argentina(digits)
    return "+" + digits


def _brazil(digits: str) -> str:
    """55, two digits of area, eight of a number that begins like a mobile one: the ninth digit is missing."""
    if len(digits) == 12 and digits[4] in "6789":
        return f"{digits[:4]}9{digits[4:]}"
    return digits


def _mexico(digits: str) -> str:
    """52, the old 1, ten digits."""
    if len(digits) == 13 and digits[2] == "1":
        return digits[:2] + digits[3:]
    return digits


def _argentina(digits: str) -> str:
    """54, ten digits of area and number (neither begins with 9: no area code does)."""
    if len(digits) == 12 and digits[2] != "9":
        return f"{digits[:2]}9{digits[2:]}"
    return digits
