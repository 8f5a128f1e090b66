"""WhatsApp over Meta's Cloud API, incoming: all numbers of the desk behind one address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.webhook_gateway.channels.fetch_requests import with_requests
from services.webhook_gateway.channels.json_body import as_text, read_object
from services.webhook_gateway.channels.malformed import Malformed
from services.webhook_gateway.channels.whatsapp_cloud.change import Change
from services.webhook_gateway.channels.whatsapp_cloud.normalise import (
    KIND,
    Arrival,
    echo,
    message,
    new_user_id,
)
from services.webhook_gateway.channels.whatsapp_cloud.notices import about, failure
from services.webhook_gateway.channels.whatsapp_cloud.receipts import receipt
from services.webhook_gateway.channels.whatsapp_cloud.reply import challenge
from services.webhook_gateway.channels.whatsapp_cloud.settings import WhatsAppNumber, WhatsAppNumberSchema
from services.webhook_gateway.channels.whatsapp_cloud.split import (
    ECHO,
    ERROR,
    MESSAGE,
    NEW_USER_ID,
    STATUS,
    Notice,
    Odd,
    TooManyItems,
    split,
)
from services.webhook_gateway.channels.whatsapp_cloud.verify import SIGNATURE, keyed, signed_by
from services.webhook_gateway.ports import Answer, Item, Normalised, SetAside, Unreadable

_READERS: Final[Mapping[str, Callable[[Any, Change, WhatsAppNumber, Arrival], Item]]] = {
    MESSAGE: message,
    STATUS: receipt,
    ECHO: echo,
    NEW_USER_ID: new_user_id,
    ERROR: lambda error, _change, number, arrival: failure(error, number, arrival),
}


class WhatsAppCloud:
    """An InboundChannel for any number of WhatsApp numbers, possibly of several Meta apps."""

    kind = KIND
    paths: tuple[str, ...] = ("/webhooks/whatsapp",)
    max_body = 3_500_000  # Meta's webhooks have up to 3 MB; the rest is margin
    accepted = Answer(b"", "")
    schema = WhatsAppNumberSchema
    settings = WhatsAppNumber

    def __init__(self, numbers: Sequence[WhatsAppNumber]) -> None:
        self._numbers = {number.phone_number_id: number for number in numbers}
        self._accounts: dict[str, list[WhatsAppNumber]] = defaultdict(list)
        for number in numbers:
            if number.waba_id:
                self._accounts[number.waba_id].append(number)
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

    def normalise(
        self, body: bytes, query: str, received_at: datetime, trusted: Collection[str] | None
    ) -> Normalised:
        """Every item and notice of the webhook; what is neither, or not understood, is set aside."""
        document = read_object(body)
        try:
            parts = split(document)
        except TooManyItems:
            detail = "The webhook holds more items than any provider sends."
            return [SetAside("too-many-items", detail, as_text(document), replayable=False)]
        arrival = Arrival.at(received_at)
        found: Normalised = []
        for part in parts:
            if isinstance(part, Change):
                self._normalise_change(part, arrival, trusted, found)
            elif isinstance(part, Notice):
                found += self._normalise_notice(part, arrival, trusted)
            else:
                found.append(_odd(part))
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
                item = _normalise_item(change, part, number, arrival)
                if type(item) is Item and item.data.get("attachments"):
                    found += with_requests(item)
                else:
                    found.append(item)

    def _normalise_notice(
        self, notice: Notice, arrival: Arrival, trusted: Collection[str] | None
    ) -> Normalised:
        """One event for each channel of the account, for only these numbers are ours to speak of."""
        account = str(notice.entry_id) if type(notice.entry_id) in (str, int) else ""
        numbers = self._accounts.get(account, [])
        known = [number for number in numbers if trusted is None or number.id in trusted]
        if numbers and not known:
            detail = f"Signed with another app's secret than that of the channels of account {account}."
            return [_notice_aside(notice, "foreign-signature", detail, replayable=False)]
        try:
            events = [event for number in known if (event := about(notice, number, arrival)) is not None]
        except Malformed as error:
            return [_notice_aside(notice, error.reason, error.detail)]
        except Unreadable:
            raise
        except Exception as error:
            return [_notice_aside(notice, "normaliser-error", type(error).__name__)]
        if events:
            return list(events)
        what = "the number that this is about" if known else f"the account {account[:100]}"
        return [_notice_aside(notice, "unknown-channel", f"No channel has {what}.")]


def _normalise_item(
    change: Change, part: tuple[str, Any], number: WhatsAppNumber, arrival: Arrival
) -> Item | SetAside:
    what, item = part
    try:
        return _READERS[what](item, change, number, arrival)
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


def _notice_aside(notice: Notice, reason: str, detail: str, *, replayable: bool = True) -> SetAside:
    return SetAside(reason, detail, as_text(notice.alone()), replayable)


def _odd(odd: Odd) -> SetAside:
    return SetAside(odd.reason, odd.detail, as_text(odd.webhook), replayable=True)
