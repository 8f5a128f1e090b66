"""Phone numbers and ids as WhatsApp writes them."""

import base64
import hashlib
import re
import secrets

_COUNTRY_OF_PREFIX = {
    "1": "US", "31": "NL", "32": "BE", "33": "FR", "34": "ES", "351": "PT", "39": "IT", "41": "CH",
    "43": "AT", "44": "GB", "48": "PL", "49": "DE", "52": "MX", "54": "AR", "55": "BR", "91": "IN",
}  # fmt: skip


def wa_id_of(number: str) -> str | None:
    """The digits of a number typed by a person, `+39 335 103 2246` → `393351032246`; None when it is none."""
    digits = re.sub(r"[\s().+/-]", "", number)
    return digits if re.fullmatch(r"[1-9][0-9]{6,14}", digits) else None


def user_id_of(wa_id: str) -> str:
    """The business-scoped user id of a customer: a country and digits, always the same for one number."""
    country = next(
        (_COUNTRY_OF_PREFIX[wa_id[:n]] for n in (3, 2, 1) if wa_id[:n] in _COUNTRY_OF_PREFIX), "US"
    )
    digest = int.from_bytes(hashlib.sha256(wa_id.encode()).digest()[:8], "big")
    return f"{country}.{digest % 10**16:016d}"


def new_message_id(wa_id: str) -> str:
    """A message id of the shape Meta gives: `wamid.` and base64 that holds the number and a random id."""
    random_id = secrets.token_hex(9).upper().encode()
    digits = wa_id.encode()
    raw = b"\x1c\x18" + bytes([len(digits)]) + digits + b"\x15\x02\x00\x11\x18\x12" + random_id + b"\x00"
    return "wamid." + base64.b64encode(raw).decode()
