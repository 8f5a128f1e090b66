"""The channels the notifier can send on: one line per kind, one folder per line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.notifier.announce import EMAIL
from services.notifier.channels import email, webchat, whatsapp_cloud, whatsapp_twilio
from services.notifier.channels.kind import ChannelKind, MailboxKind

REGISTRY: Final[Mapping[str, ChannelKind]] = {
    "whatsapp_cloud": whatsapp_cloud.KIND,
    "whatsapp_twilio": whatsapp_twilio.KIND,
    "webchat": webchat.KIND,
}

MAILBOXES: Final[Mapping[str, MailboxKind]] = {EMAIL: email.KIND}
"""The kinds whose replies are mails: they have a mail server instead of a sender."""
