"""WhatsApp over Twilio, outgoing."""

from __future__ import annotations

from typing import Final

from services.notifier.channels.kind import ChannelKind
from services.notifier.channels.whatsapp_twilio.send import WhatsAppTwilioSender
from services.notifier.channels.whatsapp_twilio.settings import WhatsAppTwilioSettingsSchema

KIND: Final = ChannelKind(settings=WhatsAppTwilioSettingsSchema(), sender=WhatsAppTwilioSender)
