"""Is this request Meta's? HMAC-SHA256 over the raw bytes, keyed with the app secret."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final

from services.webhook_gateway.ports import ForgedRequest, UnsignedRequest

HEADER: Final = "X-Hub-Signature-256"
_PREFIX: Final = "sha256="
_LENGTH: Final = len(_PREFIX) + 64


def signed_by(
    body: bytes, signature: str | None, secrets: Sequence[tuple[bytes, frozenset[str]]]
) -> frozenset[str]:
    """Which channels' secret signed these bytes; `secrets` are (app secret, ids of the channels using it).

    UnsignedRequest when the header is missing or malformed, ForgedRequest when no secret fits. Every secret
    is tried and compared in constant time, so that the time taken says nothing about any of them.
    Source: Meta, "Create a webhook endpoint", validating payloads.
    """
    if signature is None:
        raise UnsignedRequest("missing-signature")
    if len(signature) != _LENGTH or not signature.startswith(_PREFIX) or not signature.isascii():
        raise UnsignedRequest("malformed-signature")
    given = signature[len(_PREFIX) :]
    found: frozenset[str] = frozenset()
    for secret, channels in secrets:
        if hmac.compare_digest(hmac.digest(secret, body, "sha256").hex(), given):
            found = channels
    if not found:
        raise ForgedRequest("wrong-signature")
    return found
