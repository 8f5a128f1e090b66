"""The channels whose messages bring files to be fetched: one entry per kind, in the kind's own folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import Schema

from services.webhook_gateway.channels.whatsapp_cloud.fetch import WhatsAppCloudFetcher
from services.webhook_gateway.channels.whatsapp_cloud.fetch_settings import WhatsAppFiles, WhatsAppFilesSchema
from services.webhook_gateway.channels.whatsapp_twilio.fetch import WhatsAppTwilioFetcher
from services.webhook_gateway.channels.whatsapp_twilio.fetch_settings import TwilioFiles, TwilioFilesSchema
from services.webhook_gateway.ports import Fetcher


@dataclass(frozen=True, slots=True)
class FetcherKind:
    """A channel's settings as far as fetching goes, and what is made of them."""

    schema: type[Schema]
    settings: Callable[..., Any]
    fetcher: Callable[[Any], Fetcher]


FETCHERS: Final[Mapping[str, FetcherKind]] = {
    "whatsapp_cloud": FetcherKind(WhatsAppFilesSchema, WhatsAppFiles, WhatsAppCloudFetcher),
    "whatsapp_twilio": FetcherKind(TwilioFilesSchema, TwilioFiles, WhatsAppTwilioFetcher),
}
