"""Is this request Twilio's? A signature over the public address and the fields, by Twilio's own validator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator, get_signature_algorithm
from werkzeug.datastructures import MultiDict

from services.webhook_gateway.channels.whatsapp_twilio.form import Pairs
from services.webhook_gateway.ports import ForgedRequest, UnsignedRequest

SIGNATURE: Final = "HTTP_X_TWILIO_SIGNATURE"
SETTINGS: Final = "HTTP_X_TWILIO_WEBHOOKS_SIGNATURE_SETTINGS"
"""The headers `X-Twilio-Signature` and `X-Twilio-Webhooks-Signature-Settings` as WSGI names them."""

_LENGTH: Final = {HMAC_SHA1: 28, HMAC_SHA256: 44}
"""Of a digest in base64."""


class Account(NamedTuple):
    """One account behind one public address; a validator for each secret it may sign with."""

    sid: str
    public_url: str
    validators: tuple[RequestValidator, ...]
    channels: frozenset[str]


def signed_by(pairs: Pairs, environ: Mapping[str, Any], accounts: Sequence[Account]) -> frozenset[str]:
    """The channels of the account that is named in the form and signed it.

    The address is the configured public one with the path and query of the request: behind a proxy, what the
    request says of scheme and host is not what Twilio signed. Every secret is tried, so that the time taken
    says nothing about which accounts there are. UnsignedRequest when there is no usable signature,
    ForgedRequest when it is not of this account. Source: Twilio, "Webhooks security"; a shared key signs with
    SHA-256 and says so in a header.
    """
    signature = environ.get(SIGNATURE)
    if not signature:
        raise UnsignedRequest("missing-signature")
    algorithm = get_signature_algorithm(environ.get(SETTINGS, "")).upper()
    if len(signature) != _LENGTH.get(algorithm) or not signature.isascii():
        raise UnsignedRequest("malformed-signature")
    fields: MultiDict[str, str] = MultiDict(pairs)
    named = fields.get("AccountSid", "")
    query = environ.get("QUERY_STRING", "")
    place = environ.get("PATH_INFO", "") + (f"?{query}" if query else "")
    found: frozenset[str] = frozenset()
    for account in accounts:
        for validator in account.validators:
            genuine = validator.validate(account.public_url + place, fields, signature, algorithm)
            if genuine and account.sid == named:
                found |= account.channels
    if not found:
        raise ForgedRequest("wrong-signature")
    return found
