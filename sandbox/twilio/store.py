"""What Twilio would know: the messages of the account, their files, and the customers' phones; bounded."""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal

from sandbox.events import Publisher
from sandbox.meta.store import MetaStore, PhoneMessage
from sandbox.twilio.addresses import new_sid

MAX_MESSAGES = 10_000
MAX_FILE_BYTES = 16 * 2**20  # Twilio's own limit for WhatsApp
_RANK = {"received": 0, "queued": 0, "sent": 1, "delivered": 2, "read": 3, "undelivered": 4, "failed": 4}
# How a message that Twilio reports so looks on the phone.
_ON_PHONE = {"sent": "sent", "delivered": "delivered", "read": "read"}


@dataclass(frozen=True, slots=True)
class Media:
    """A file as part of a message; its bytes are the phones' file `file_id`. `token` makes the second address
    of the file, which needs no password, impossible to guess."""

    sid: str
    message_sid: str
    file_id: str
    token: str


@dataclass(slots=True)
class MessageResource:
    """A message as the Messages resource shows it."""

    sid: str
    direction: Literal["inbound", "outbound-api"]
    from_: str
    to: str
    body: str
    status: str
    created: datetime
    updated: datetime
    num_media: int = 0
    sent: datetime | None = None
    error_code: int | None = None
    error_message: str | None = None
    status_callback: str | None = None


class TwilioStore:
    """Messages and media behind one lock. `phones` is what the customers see, and knows since when they are
    silent: a phone shows the same whoever carries the messages."""

    def __init__(self, events: Publisher) -> None:
        self.phones = MetaStore(events)
        self.refusals: Literal["asynchronous", "immediate"] = "asynchronous"
        self._lock = threading.RLock()
        self._messages: OrderedDict[str, MessageResource] = OrderedDict()
        self._media: OrderedDict[str, Media] = OrderedDict()

    def add(self, message: MessageResource, shown: PhoneMessage, form: dict[str, str] | None = None) -> None:
        """Keep a new message and put it on its customer's phone, with the `form` of its webhook when the
        customer wrote it. The oldest is forgotten when there are too many."""
        with self._lock:
            self._messages[message.sid] = message
            if len(self._messages) > MAX_MESSAGES:
                self._messages.popitem(last=False)
        self.phones.add(shown, form)

    def get(self, sid: str) -> MessageResource | None:
        """The message with this id, unless it is unknown or forgotten."""
        with self._lock:
            return self._messages.get(sid)

    def advance(self, sid: str, status: str, error: tuple[int, str] | None = None) -> None:
        """Move a message on to `status`; a step back is ignored. `error` is code and message."""
        with self._lock:
            message = self._messages.get(sid)
            if message is None or _RANK[status] <= _RANK[message.status]:
                return
            message.status = status
            message.updated = datetime.now(UTC)
            message.sent = message.sent or message.updated
            if error:
                message.error_code, message.error_message = error
        self.phones.advance(sid, _ON_PHONE.get(status, "failed"), error[1] if error else None)

    def select(self, to: str | None, from_: str | None) -> list[MessageResource]:
        """The messages between these addresses, newest first, as Twilio lists them."""
        with self._lock:
            found = reversed(list(self._messages.values()))
        return [m for m in found if to in (None, m.to) and from_ in (None, m.from_)]

    def attach(self, message_sid: str, file_id: str) -> Media:
        """Make one of the phones' files a part of a message."""
        media = Media(new_sid("ME"), message_sid, file_id, secrets.token_urlsafe(24))
        with self._lock:
            self._media[media.sid] = media
            if len(self._media) > MAX_MESSAGES:
                self._media.popitem(last=False)
        return media

    def media(self, sid: str) -> Media | None:
        """The part of a message with this id."""
        with self._lock:
            return self._media.get(sid)

    def media_by_token(self, token: str) -> Media | None:
        """The part of a message behind a second address."""
        with self._lock:
            return next((m for m in self._media.values() if m.token == token), None)

    def media_of(self, message_sid: str) -> list[Media]:
        """The files of one message, in their order."""
        with self._lock:
            return [m for m in self._media.values() if m.message_sid == message_sid]


def as_json(message: MessageResource, account_sid: str) -> dict[str, Any]:
    """The message as the Messages resource gives it (API version 2010-04-01)."""
    uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{message.sid}"
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": _rfc_2822(message.created),
        "date_sent": _rfc_2822(message.sent) if message.sent else None,
        "date_updated": _rfc_2822(message.updated),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": message.error_message,
        "from": message.from_,
        "messaging_service_sid": None,
        "num_media": str(message.num_media),
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.to,
        "uri": f"{uri}.json",
    }


def _rfc_2822(moment: datetime) -> str:
    return format_datetime(moment)
