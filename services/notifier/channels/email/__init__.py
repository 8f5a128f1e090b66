"""Mailboxes of the desk, outgoing: their replies are mails, which `services.notifier.mail` sends."""

from __future__ import annotations

from typing import Final

from services.notifier.channels.email.settings import EmailSettingsSchema
from services.notifier.channels.kind import MailboxKind

KIND: Final = MailboxKind(settings=EmailSettingsSchema())
