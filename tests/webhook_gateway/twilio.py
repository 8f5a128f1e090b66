"""What the gateway's tests share for Twilio: three numbers of two accounts, forms, signing."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from services.webhook_gateway.channels.whatsapp_twilio import WhatsAppTwilio
from services.webhook_gateway.channels.whatsapp_twilio.settings import TwilioNumber

TOKEN = "0123456789abcdef0123456789abcdef"
OTHER_TOKEN = "fedcba9876543210fedcba9876543210"
SID = "AC11111111111111111111111111111111"
OTHER_SID = "AC22222222222222222222222222222222"
URL = "https://desk.example.com"
MAIN = TwilioNumber("twilio-main", SID, TOKEN, "+390550000002", URL)
SECOND = TwilioNumber("twilio-second", SID, TOKEN, "+390550000003", URL)
FOREIGN = TwilioNumber("twilio-foreign", OTHER_SID, OTHER_TOKEN, "+390550000004", URL)
MESSAGES = "/webhooks/twilio/whatsapp"
STATUSES = "/webhooks/twilio/status"
PAYLOADS = Path(__file__).parents[1] / "payloads" / "whatsapp_twilio"

Fields = Mapping[str, str] | Sequence[tuple[str, str]]


def twilio(*numbers: TwilioNumber) -> WhatsAppTwilio:
    """The channel with these numbers, by default all three."""
    return WhatsAppTwilio(numbers or (MAIN, SECOND, FOREIGN))


def sign(url: str, fields: Fields, secret: str = TOKEN, algorithm: str = "sha1") -> str:
    """The value of X-Twilio-Signature, by Twilio's description: the address, then each field and value."""
    pairs = sorted(set(fields.items() if isinstance(fields, Mapping) else fields))
    said = url + "".join(name + value for name, value in pairs)
    return base64.b64encode(hmac.new(secret.encode(), said.encode(), algorithm).digest()).decode()


def sign_sha256(url: str, fields: Fields, secret: str) -> dict[str, str]:
    """Both headers of a request that is signed with a shared key."""
    return {
        "X-Twilio-Signature": sign(url, fields, secret, "sha256"),
        "X-Twilio-Webhooks-Signature-Settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256",
    }


def encoded(fields: Fields) -> bytes:
    """A form's body."""
    return urlencode(fields).encode()


def incoming(**changes: str | None) -> dict[str, str]:
    """A text as Twilio posts it; a change to None takes the field away."""
    whole: dict[str, Any] = {
        "MessageSid": "SM00000000000000000000000000000001",
        "SmsMessageSid": "SM00000000000000000000000000000001",
        "SmsSid": "SM00000000000000000000000000000001",
        "SmsStatus": "received",
        "AccountSid": SID,
        "ApiVersion": "2010-04-01",
        "From": "whatsapp:+393351032246",
        "To": "whatsapp:+390550000002",
        "Body": "Buongiorno",
        "NumMedia": "0",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "ProfileName": "Daniele Asmonti",
        "WaId": "393351032246",
        "MessageType": "text",
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def callback(**changes: str | None) -> dict[str, str]:
    """A status callback as Twilio posts it."""
    whole: dict[str, Any] = {
        "MessageSid": "SM00000000000000000000000000000002",
        "SmsSid": "SM00000000000000000000000000000002",
        "MessageStatus": "delivered",
        "SmsStatus": "delivered",
        "AccountSid": SID,
        "ApiVersion": "2010-04-01",
        "From": "whatsapp:+390550000002",
        "To": "whatsapp:+393351032246",
        "ChannelPrefix": "whatsapp",
        "ChannelToAddress": "+393351032246",
        "EventType": "DELIVERED",
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def digest(body: bytes) -> str:
    """What Twilio adds to an address as bodySHA256 when it posts JSON."""
    return hashlib.sha256(body).hexdigest()
