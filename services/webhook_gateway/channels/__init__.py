"""The channels whose providers call the gateway: one line per kind, one folder per line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.webhook_gateway.channels.kind import ChannelKind
from services.webhook_gateway.channels.whatsapp_cloud import WhatsAppCloud
from services.webhook_gateway.channels.whatsapp_twilio import WhatsAppTwilio

REGISTRY: Final[Mapping[str, ChannelKind]] = {
    WhatsAppCloud.kind: WhatsAppCloud,
    WhatsAppTwilio.kind: WhatsAppTwilio,
}
