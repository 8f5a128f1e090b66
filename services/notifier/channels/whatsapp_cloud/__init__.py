"""Meta's WhatsApp Cloud API, outgoing."""

from __future__ import annotations

from typing import Final

from services.notifier.channels.kind import ChannelKind
from services.notifier.channels.whatsapp_cloud.send import WhatsAppCloudSender
from services.notifier.channels.whatsapp_cloud.settings import WhatsAppCloudSettingsSchema

KIND: Final = ChannelKind(settings=WhatsAppCloudSettingsSchema(), sender=WhatsAppCloudSender)
