"""The channels the notifier can send on: one line per kind, one folder per line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.notifier.channels import whatsapp_cloud, whatsapp_twilio
from services.notifier.channels.kind import ChannelKind

REGISTRY: Final[Mapping[str, ChannelKind]] = {
    "whatsapp_cloud": whatsapp_cloud.KIND,
    "whatsapp_twilio": whatsapp_twilio.KIND,
}
