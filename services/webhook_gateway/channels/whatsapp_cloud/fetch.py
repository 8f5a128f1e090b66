"""Files of the Cloud API: an id is asked for its address, good for five minutes, and that is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import orjson

from services.webhook_gateway.channels.whatsapp_cloud.fetch_settings import WhatsAppFiles
from services.webhook_gateway.domain.media_job import Trouble, Wanted
from services.webhook_gateway.media.answers import retry_after, temporary
from services.webhook_gateway.media.download import Answer, Downloader
from services.webhook_gateway.ports import FetchTrouble, Incoming

GRAPH_VERSION: Final = "v26.0"
TRUSTED: Final = ("graph.facebook.com", ".fbsbx.com", ".fbcdn.net", ".whatsapp.net")
"""Hosts of Meta that may see the access token."""

_LARGEST_ANSWER: Final = 65_536
_STALE: Final = frozenset({401, 403, 404, 410})
_BROKEN_CHANNEL: Final = frozenset({0, 3, 10, 190, *range(200, 300), 368, 131005, 131031})
_THROTTLED: Final = frozenset({4, 80007, 130429})
"""Meta, Cloud API error codes: authorisation, integrity, throttling."""

_RESEND: Final = "Ask the customer to send it again."
_MEND: Final = (
    "Put a valid access token with the permission whatsapp_business_messaging into the channel's settings and"
    " restart the gateway's worker. Waiting files are kept."
)


@dataclass(frozen=True, slots=True)
class _Address:
    url: str
    mime_type: str
    sha256: str
    size: int | None


class WhatsAppCloudFetcher:
    """One number's files."""

    def __init__(self, settings: WhatsAppFiles, downloader: Downloader | None = None) -> None:
        self.max_bytes = settings.max_media_bytes
        self._base = f"{settings.graph_url.rstrip('/')}/{GRAPH_VERSION}"
        self._phone_number_id = settings.phone_number_id
        self._authorization = f"Bearer {settings.access_token}"
        self._downloader = downloader or Downloader([settings.graph_url], TRUSTED)

    @contextmanager
    def open(self, wanted: Wanted) -> Iterator[Incoming]:
        """The file where it lies now; an address that has run out is asked for once more. FetchTrouble."""
        with ExitStack() as stack:
            address, answer = self._open(stack, wanted.reference)
            if answer.status in _STALE:
                stack.pop_all().close()
                address, answer = self._open(stack, wanted.reference)
            if answer.status != 200:
                raise FetchTrouble(temporary(answer, "WhatsApp's file server"))
            declared = address.mime_type or wanted.mime_type or answer.headers.get("content-type", "")
            yield Incoming(answer.content, declared, "", address.sha256, address.size)

    def _open(self, stack: ExitStack, media_id: str) -> tuple[_Address, Answer]:
        address = self._resolve(media_id)
        return address, stack.enter_context(self._downloader.get(address.url, self._authorization))

    def _resolve(self, media_id: str) -> _Address:
        """Source: Meta, "Retrieve media URL"."""
        url = f"{self._base}/{quote(media_id, safe='')}?phone_number_id={self._phone_number_id}"
        with self._downloader.get(url, self._authorization) as answer:
            body = _object(answer.beginning(_LARGEST_ANSWER))
            if answer.status != 200:
                raise FetchTrouble(_trouble(answer, body))
        address = body.get("url")
        if not isinstance(address, str) or not address:
            raise FetchTrouble(
                Trouble("unreadable-answer", "WhatsApp did not say where the file lies.", counted=True)
            )
        size = body.get("file_size")
        return _Address(
            address,
            _text(body.get("mime_type")),
            _text(body.get("sha256")),
            int(size) if isinstance(size, int | str) and str(size).isdecimal() else None,
        )


def _trouble(answer: Answer, body: dict[str, Any]) -> Trouble:
    """What a refusal of GET /{media id} means."""
    error = body.get("error")
    fields = error if isinstance(error, dict) else {}
    code = fields.get("code")
    detail = f"WhatsApp says ({answer.status}, code {code}): {_text(fields.get('message'))[:500]}"
    if answer.status == 401 or code in _BROKEN_CHANNEL:
        return Trouble("channel-refused", detail, _MEND, channel=True, counted=True)
    if answer.status == 429 or code in _THROTTLED:
        return Trouble("throttled", detail, counted=True, after=retry_after(answer))
    if answer.status == 404 or code == 100:
        text = f"WhatsApp does not have the file any more; it keeps files for 7 days. {detail}"
        return Trouble("media-gone", text, _RESEND, lasting=True, counted=True)
    return temporary(answer, "WhatsApp", counted=True)


def _object(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
