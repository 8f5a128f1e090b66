"""WhatsApp over Twilio, incoming: messages and status callbacks of all numbers of the desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from twilio.request_validator import RequestValidator

from services.webhook_gateway.channels.fetch_requests import with_requests
from services.webhook_gateway.channels.malformed import Malformed
from services.webhook_gateway.channels.whatsapp_twilio.form import (
    Pairs,
    check_content_type,
    read_form,
    single,
    write_form,
)
from services.webhook_gateway.channels.whatsapp_twilio.normalise import KIND, bare, message
from services.webhook_gateway.channels.whatsapp_twilio.receipts import is_receipt, receipt
from services.webhook_gateway.channels.whatsapp_twilio.reply import NOTHING_TO_DO
from services.webhook_gateway.channels.whatsapp_twilio.settings import TwilioNumber, TwilioNumberSchema
from services.webhook_gateway.channels.whatsapp_twilio.verify import Account, signed_by
from services.webhook_gateway.ports import Normalised, SetAside
from shared.contracts.times import format_utc
from shared.contracts.whatsapp_number import canonical

_SEND_ID = "send_id"


class WhatsAppTwilio:
    """An InboundChannel for any number of WhatsApp senders, possibly of several Twilio accounts.

    Each request holds one message or one receipt.
    """

    kind = KIND
    paths: tuple[str, ...] = ("/webhooks/twilio/whatsapp", "/webhooks/twilio/status")
    max_body = 1_000_000  # the longest text WhatsApp lets people write, each character escaped
    accepted = NOTHING_TO_DO
    challenge = None
    schema = TwilioNumberSchema
    settings = TwilioNumber

    def __init__(self, numbers: Sequence[TwilioNumber]) -> None:
        self._numbers = {(number.account_sid, canonical(number.number)): number for number in numbers}
        accounts: dict[tuple[str, str], list[TwilioNumber]] = defaultdict(list)
        for number in numbers:
            accounts[number.account_sid, number.public_url].append(number)
        self._accounts = [_account(sid, url, members) for (sid, url), members in accounts.items()]

    @staticmethod
    def mistakes(numbers: Sequence[TwilioNumber]) -> list[str]:
        """What is wrong with these settings taken together: two channels for one number."""
        seen: dict[tuple[str, str | None], str] = {}
        found = []
        for number in numbers:
            other = seen.setdefault((number.account_sid, canonical(number.number)), number.id)
            if other != number.id:
                found.append(f"channel {number.id}: number: channel {other} has the same.")
        return found

    def verify(self, body: bytes, environ: Mapping[str, Any]) -> Collection[str]:
        """The channels of the account that signed the form. Inauthentic when none did; Unreadable."""
        check_content_type(environ.get("CONTENT_TYPE", ""))
        return signed_by(read_form(body), environ, self._accounts)

    def normalise(
        self, body: bytes, query: str, received_at: datetime, trusted: Collection[str] | None
    ) -> Normalised:
        """The message or the receipt in a form; what is not understood is set aside whole."""
        pairs = read_form(body)
        form, torn = single(pairs)
        send_id = _send_id(query) or form.pop(_SEND_ID, "")
        if torn:
            detail = f"Some fields come twice and say different things: {', '.join(torn)[:200]}."
            return [_set_aside(pairs, send_id, "repeated-field", detail)]
        about_ours = is_receipt(form)
        number = self._numbers.get(
            (form.get("AccountSid", ""), _number(form, "From" if about_ours else "To"))
        )
        if number is None:
            detail = "No channel has this account and this WhatsApp number."
            return [_set_aside(pairs, send_id, "unknown-channel", detail)]
        if trusted is not None and number.id not in trusted:
            detail = f"Signed with another account's secret than that of channel {number.id}."
            return [_set_aside(pairs, send_id, "foreign-signature", detail, replayable=False)]
        try:
            if about_ours:
                item = receipt(form, send_id, number, format_utc(received_at))
                return [] if item is None else [item]
            return list(with_requests(message(form, number, format_utc(received_at))))
        except Malformed as error:
            return [_set_aside(pairs, send_id, error.reason, error.detail)]
        except Exception as error:
            # Twilio does not send again: whatever we did not foresee is kept, shown, replayable.
            return [_set_aside(pairs, send_id, "normaliser-error", type(error).__name__)]


def _account(sid: str, public_url: str, numbers: Sequence[TwilioNumber]) -> Account:
    secrets = {
        secret for number in numbers for secret in (number.auth_token, number.webhook_secret) if secret
    }
    validators = tuple(RequestValidator(secret) for secret in sorted(secrets))
    return Account(sid, public_url, validators, frozenset(number.id for number in numbers))


def _number(form: Mapping[str, str], field: str) -> str | None:
    address = bare(form.get(field, ""))
    return canonical(address) if address else None


def _send_id(query: str) -> str:
    """Our own id, which the address of a status callback carries."""
    try:
        return dict(parse_qsl(query, max_num_fields=20)).get(_SEND_ID, "")
    except ValueError:
        return ""


def _set_aside(pairs: Pairs, send_id: str, reason: str, detail: str, *, replayable: bool = True) -> SetAside:
    """A replay has no address, so our own id goes into the form that is kept."""
    extra = {_SEND_ID: send_id} if send_id and _SEND_ID not in dict(pairs) else {}
    return SetAside(reason, detail, write_form(pairs, extra), replayable)
