"""The pages of settings about people, other programs and what comes and goes."""

from __future__ import annotations

from typing import Final

from services.ticket_service.console.settings import (
    audit,
    channels,
    chat,
    mail,
    mail_rules,
    notifications,
    quarantine,
    roles,
    teams,
    templates,
    tokens,
    traces,
    users,
    webhooks,
)

OUTWARD: Final = (
    *(users.blueprint, teams.blueprint, roles.blueprint, channels.blueprint, templates.blueprint),
    *(notifications.blueprint, tokens.blueprint, webhooks.blueprint, audit.blueprint, quarantine.blueprint),
    *(traces.blueprint, chat.blueprint, mail.blueprint, mail_rules.blueprint),
)
