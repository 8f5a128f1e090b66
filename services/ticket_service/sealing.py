"""Encrypting what customers entered in confidence, with keys that can be changed."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.ticket_service.domain.confidential import Unsealable

CONFIDENTIAL: Final = b"sportello confidential requests"


class FernetSeal:
    """Seal with Fernet (AES-128-CBC and HMAC-SHA256)."""

    def __init__(self, secrets: Sequence[str], purpose: bytes = CONFIDENTIAL) -> None:
        """The first secret seals, all of them open: a new one is put in front. ValueError without any.

        What one purpose sealed, no other one opens.
        """
        if not secrets:
            raise ValueError("a seal needs a secret")
        self._fernet = MultiFernet([_key(each, purpose) for each in secrets])

    def seal(self, content: bytes) -> str:
        """The content as text that only the secret opens."""
        return self._fernet.encrypt(content).decode()

    def open(self, sealed: str) -> bytes:
        """The content again. Unsealable."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise Unsealable from error


def _key(secret: str, purpose: bytes) -> Fernet:
    # Derived, so that any long secret will do and the same one used elsewhere is another key there.
    derived = HKDF(SHA256(), 32, salt=None, info=purpose).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
