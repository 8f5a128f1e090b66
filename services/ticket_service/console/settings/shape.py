"""The pages of settings that give the desk its shape."""

from __future__ import annotations

from typing import Final

from services.ticket_service.console.settings import (
    assignment_rules,
    attachments,
    auto_close,
    blocked,
    calendars,
    desk,
    dictionaries,
    documents,
    fields,
    index,
    numbering,
    opening_question,
    presets,
    retention,
    service_levels,
    statuses,
)

SHAPE: Final = (
    *(index.blueprint, statuses.blueprint, presets.blueprint, fields.blueprint, dictionaries.blueprint),
    *(numbering.blueprint, desk.blueprint, service_levels.blueprint, calendars.blueprint),
    *(assignment_rules.blueprint, opening_question.blueprint, auto_close.blueprint),
    *(attachments.blueprint, retention.blueprint, documents.blueprint, blocked.blueprint),
)
