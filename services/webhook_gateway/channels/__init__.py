"""The channels whose providers call the gateway: one line per kind, one folder per line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.webhook_gateway.channels.whatsapp_cloud import WhatsAppCloud

REGISTRY: Final[Mapping[str, type[WhatsAppCloud]]] = {
    WhatsAppCloud.kind: WhatsAppCloud,
}
