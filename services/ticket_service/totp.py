"""Codes that change every 30 seconds (TOTP, RFC 6238), as authenticator applications show them."""

from __future__ import annotations

import hmac
import re
from datetime import datetime
from typing import Final

import pyotp
import segno

from services.ticket_service.sealing import FernetSeal

ISSUER: Final = "Sportello"
_STEP_SECONDS: Final = 30
_EARLIER_OR_LATER: Final = (0, -1, 1)
"""Steps that count, so that clocks may differ by half a minute (RFC 6238 §5.2)."""
_CODE: Final = re.compile(r"[0-9]{6}")
_PURPOSE: Final = b"sportello second factors"


class OneTimeCodes:
    """Secrets are kept sealed only."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        """The first key seals, all of them open."""
        self._seal = FernetSeal(keys, _PURPOSE)

    def new_secret(self) -> str:
        """A new secret (160 random bits), sealed."""
        return self._seal.seal(pyotp.random_base32().encode())

    def secret(self, sealed: str) -> str:
        """The secret for people who type it into their device. Unsealable."""
        return self._seal.open(sealed).decode()

    def address(self, sealed: str, account: str) -> str:
        """The `otpauth:` address that a device takes the secret from. Unsealable."""
        return pyotp.TOTP(self.secret(sealed)).provisioning_uri(name=account, issuer_name=ISSUER)

    def step(self, sealed: str, typed: str, now: datetime) -> int | None:
        """To which interval of 30 seconds the code belongs; None when it is not a code of now. Unsealable."""
        code = "".join(typed.split())
        if not _CODE.fullmatch(code):
            return None
        made, present = pyotp.TOTP(self.secret(sealed)), int(now.timestamp()) // _STEP_SECONDS
        fits = None
        for step in (present + shift for shift in _EARLIER_OR_LATER):
            if hmac.compare_digest(made.generate_otp(step), code):
                fits = step
        return fits


def picture(address: str) -> str:
    """The address as a QR code: a `data:` address of an SVG image, dark on white with its quiet zone."""
    made: str = segno.make(address, error="m", micro=False).svg_data_uri(
        scale=5, border=4, dark="#000", light="#fff", xmldecl=False
    )
    return made
