"""Is this request Meta's? HMAC-SHA256 over the raw bytes, keyed with the app secret."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final

from services.webhook_gateway.ports import ForgedRequest, UnsignedRequest

SIGNATURE: Final = "HTTP_X_HUB_SIGNATURE_256"
"""The header `X-Hub-Signature-256` as WSGI names it."""

_PREFIX: Final = "sha256="
_LENGTH: Final = len(_PREFIX) + 64


def keyed(secret: bytes) -> hmac.HMAC:
    """The keyed hash of an app secret, to be copied for each body: the key is hashed only once."""
    return hmac.new(secret, digestmod="sha256")


def signed_by(
    body: bytes, signature: str | None, secrets: Sequence[tuple[hmac.HMAC, frozenset[str]]]
) -> frozenset[str]:
    """Which channels' secret signed these bytes; `secrets` are (`keyed` secret, its channels).

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
        mac = secret.copy()
        mac.update(body)
        if hmac.compare_digest(mac.hexdigest(), given):
            found = channels
    if not found:
        raise ForgedRequest("wrong-signature")
    return found
