"""WhatsApp over Meta's Cloud API, incoming: all numbers of the desk behind one address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.webhook_gateway.channels.json_body import as_text, read_object
from services.webhook_gateway.channels.whatsapp_cloud.normalise import KIND, Arrival, message
from services.webhook_gateway.channels.whatsapp_cloud.receipts import receipt
from services.webhook_gateway.channels.whatsapp_cloud.reply import challenge
from services.webhook_gateway.channels.whatsapp_cloud.settings import WhatsAppNumber, WhatsAppNumberSchema
from services.webhook_gateway.channels.whatsapp_cloud.split import (
    MESSAGE,
    STATUS,
    Change,
    Malformed,
    Odd,
    TooManyItems,
    split,
)
from services.webhook_gateway.channels.whatsapp_cloud.verify import SIGNATURE, keyed, signed_by
from services.webhook_gateway.ports import Item, Normalised, SetAside, Unreadable


class WhatsAppCloud:
    """An InboundChannel for any number of WhatsApp numbers, possibly of several Meta apps."""

    kind = KIND
    path = "/webhooks/whatsapp"
    schema = WhatsAppNumberSchema
    settings = WhatsAppNumber

    def __init__(self, numbers: Sequence[WhatsAppNumber]) -> None:
        self._numbers = {number.phone_number_id: number for number in numbers}
        self._tokens = tuple({number.verify_token.encode() for number in numbers})
        channels: dict[bytes, set[str]] = defaultdict(set)
        for number in numbers:
            channels[number.app_secret.encode()].add(number.id)
        self._secrets = [(keyed(secret), frozenset(ids)) for secret, ids in channels.items()]

    @staticmethod
    def mistakes(numbers: Sequence[WhatsAppNumber]) -> list[str]:
        """What is wrong with these settings taken together: two channels for one number."""
        seen: dict[str, str] = {}
        found = []
        for number in numbers:
            other = seen.setdefault(number.phone_number_id, number.id)
            if other != number.id:
                found.append(f"channel {number.id}: phone_number_id: channel {other} has the same.")
        return found

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """Meta's check of the address, for any app whose verify token is configured."""
        return challenge(query, self._tokens)

    def verify(self, body: bytes, environ: Mapping[str, Any]) -> Collection[str]:
        """The channels whose app secret signed the body. Inauthentic when none did."""
        return signed_by(body, environ.get(SIGNATURE), self._secrets)

    def normalise(self, body: bytes, received_at: datetime, trusted: Collection[str] | None) -> Normalised:
        """Every message and status of the webhook; what is neither, or not understood, is set aside."""
        document = read_object(body)
        try:
            parts = split(document)
        except TooManyItems:
            detail = "The webhook holds more items than any provider sends."
            return [SetAside("too-many-items", detail, as_text(document), replayable=False)]
        arrival = Arrival.at(received_at)
        found: Normalised = []
        for part in parts:
            if isinstance(part, Odd):
                found.append(SetAside(part.reason, part.detail, as_text(part.webhook), replayable=True))
            else:
                self._normalise_change(part, arrival, trusted, found)
        return found

    def _normalise_change(
        self, change: Change, arrival: Arrival, trusted: Collection[str] | None, found: Normalised
    ) -> None:
        number = self._numbers.get(change.phone_number_id)
        if number is None:
            detail = f"No channel has the phone number id {change.phone_number_id}."
            found += [_set_aside(change, part, "unknown-channel", detail) for part in change.items]
        elif trusted is not None and number.id not in trusted:
            detail = f"Signed with another app's secret than that of channel {number.id}."
            found += [
                _set_aside(change, part, "foreign-signature", detail, replayable=False)
                for part in change.items
            ]
        else:
            for part in change.items:
                found.append(_normalise_item(change, part, number, arrival))


def _normalise_item(
    change: Change, part: tuple[str, Any], number: WhatsAppNumber, arrival: Arrival
) -> Item | SetAside:
    what, item = part
    try:
        if what is MESSAGE:
            return message(item, change, number, arrival)
        if what is STATUS:
            return receipt(item, change, number, arrival)
        return _set_aside(change, part, "provider-error", "The provider reports an error of its own.")
    except Malformed as error:
        return _set_aside(change, part, error.reason, error.detail)
    except Unreadable:
        raise
    except Exception as error:
        # Whatever we did not foresee in one item must not cost the others: kept, shown, replayable.
        return _set_aside(change, part, "normaliser-error", type(error).__name__)


def _set_aside(
    change: Change, part: tuple[str, Any], reason: str, detail: str, *, replayable: bool = True
) -> SetAside:
    return SetAside(reason, detail, as_text(change.alone(*part)), replayable)
