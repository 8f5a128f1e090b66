"""The live chat on a site, outgoing: its lines are kept and shown by the gateway."""

from __future__ import annotations

from typing import Final

from services.notifier.channels.kind import ChannelKind
from services.notifier.channels.webchat.send import WebchatSender
from services.notifier.channels.webchat.settings import WebchatSettingsSchema

KIND: Final = ChannelKind(settings=WebchatSettingsSchema(), sender=WebchatSender)
