"""Ids and WhatsApp addresses as Twilio writes them."""

import re
import secrets

_WHATSAPP = re.compile(r"whatsapp:\+([1-9][0-9]{6,14})", re.ASCII)


def new_sid(prefix: str) -> str:
    """A fresh id of Twilio's shape: two letters that tell its kind, and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def whatsapp_address(wa_id: str) -> str:
    """The address of a WhatsApp number, given its digits."""
    return f"whatsapp:+{wa_id}"


def wa_id_in(address: str) -> str | None:
    """The digits in an address `whatsapp:+39…`; None when it is none."""
    found = _WHATSAPP.fullmatch(address)
    return found[1] if found else None
