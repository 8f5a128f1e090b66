"""WhatsApp over Meta's Cloud API, incoming: all numbers of the desk behind one address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from services.webhook_gateway.channels.json_body import as_text, read_object
from services.webhook_gateway.channels.whatsapp_cloud.normalise import KIND, Arrival, message
from services.webhook_gateway.channels.whatsapp_cloud.receipts import receipt
from services.webhook_gateway.channels.whatsapp_cloud.reply import challenge
from services.webhook_gateway.channels.whatsapp_cloud.settings import WhatsAppNumber, WhatsAppNumberSchema
from services.webhook_gateway.channels.whatsapp_cloud.split import MESSAGE, Malformed, Part, split
from services.webhook_gateway.channels.whatsapp_cloud.verify import HEADER, signed_by
from services.webhook_gateway.ports import Header, Item, Normalised, SetAside

MAX_ITEMS: Final = 5_000
MAX_SET_ASIDE: Final = 10_000_000
"""Meta sends at most 1,000 updates in a POST, and 3 MB. A body with far more items, or whose items set aside
would take far more room than itself (characters), is kept as one thing."""


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
        self._secrets = [(secret, frozenset(ids)) for secret, ids in channels.items()]

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

    def verify(self, body: bytes, header: Header) -> Collection[str]:
        """The channels whose app secret signed the body. Inauthentic when none did."""
        return signed_by(body, header(HEADER), self._secrets)

    def normalise(self, body: bytes, received_at: datetime, trusted: Collection[str] | None) -> Normalised:
        """Every message and status of the webhook; what is neither, or not understood, is set aside."""
        document = read_object(body)
        arrival = Arrival.at(received_at)
        found: Normalised = []
        set_aside = 0
        for part in split(document):
            if isinstance(part, Part):
                item = self._normalise_part(part, arrival, trusted)
            else:
                item = SetAside(part.reason, part.detail, as_text(part.webhook), replayable=True)
            found.append(item)
            if isinstance(item, SetAside):
                set_aside += len(item.payload)
            if len(found) > MAX_ITEMS or set_aside > MAX_SET_ASIDE:
                detail = "The webhook holds too many items, or too many that are set aside."
                return [SetAside("too-many-items", detail, as_text(document), replayable=False)]
        return found

    def _normalise_part(
        self, part: Part, arrival: Arrival, trusted: Collection[str] | None
    ) -> Item | SetAside:
        what, item, change = part
        number = self._numbers.get(change.phone_number_id)
        if number is None:
            detail = f"No channel has the phone number id {change.phone_number_id}."
            return _set_aside(part, "unknown-channel", detail)
        if trusted is not None and number.id not in trusted:
            detail = f"Signed with another app's secret than that of channel {number.id}."
            return _set_aside(part, "foreign-signature", detail, replayable=False)
        try:
            if what is MESSAGE:
                return message(item, change, number, arrival)
            return receipt(item, change, number, arrival)
        except Malformed as error:
            return _set_aside(part, error.reason, error.detail)
        except Exception as error:
            # Whatever we did not foresee in one item must not cost the others: kept, shown, replayable.
            return _set_aside(part, "normaliser-error", type(error).__name__)


def _set_aside(part: Part, reason: str, detail: str, *, replayable: bool = True) -> SetAside:
    return SetAside(reason, detail, as_text(part.change.alone(part.what, part.item)), replayable)
