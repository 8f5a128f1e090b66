"""Files of Twilio: the webhook brings their address, which answers the account and leads to a file server."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from services.webhook_gateway.channels.whatsapp_twilio.fetch_settings import TwilioFiles
from services.webhook_gateway.domain.media_job import Trouble, Wanted
from services.webhook_gateway.media.answers import retry_after, temporary
from services.webhook_gateway.media.download import Answer, Downloader
from services.webhook_gateway.ports import FetchTrouble, Incoming

TRUSTED: Final = (".twilio.com",)
"""Hosts that may see the account's credentials; its file servers (twiliocdn.com, Amazon's) need none."""

_REFUSED: Final = frozenset({401, 403})
_GONE: Final = frozenset({404, 410})
_RESEND: Final = "Ask the customer to send it again."
_MEND: Final = (
    "Put the account's SID and a valid auth token into the channel's settings and restart the gateway's"
    " worker. Waiting files are kept."
)


class WhatsAppTwilioFetcher:
    """The files of one account's number."""

    def __init__(self, settings: TwilioFiles, downloader: Downloader | None = None) -> None:
        self.max_bytes = settings.max_media_bytes
        pair = f"{settings.account_sid}:{settings.auth_token}".encode()
        self._authorization = f"Basic {base64.b64encode(pair).decode()}"
        self._downloader = downloader or Downloader([settings.twilio_url], TRUSTED)

    @contextmanager
    def open(self, wanted: Wanted) -> Iterator[Incoming]:
        """The file behind a MediaUrl. FetchTrouble. Source: Twilio, "Media resource"."""
        with self._downloader.get(wanted.reference, self._authorization) as answer:
            if answer.status != 200:
                raise FetchTrouble(_trouble(answer))
            declared = wanted.mime_type or answer.headers.get("content-type", "")
            yield Incoming(answer.content, declared)


def _trouble(answer: Answer) -> Trouble:
    detail = f"Twilio answered with status {answer.status}."
    if not answer.trusted:
        return temporary(answer, "Twilio's file server")  # its address was made for this request alone
    if answer.status in _REFUSED:
        return Trouble("channel-refused", detail, _MEND, channel=True)
    if answer.status in _GONE:
        return Trouble(
            "media-gone", f"Twilio does not have the file any more. {detail}", _RESEND, lasting=True
        )
    if answer.status == 429:
        return Trouble("throttled", detail, after=retry_after(answer))
    return temporary(answer, "Twilio")
