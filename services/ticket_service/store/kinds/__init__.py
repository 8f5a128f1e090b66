"""Every kind of record that is saved whole: one file per area, merged here."""

from __future__ import annotations

from typing import Any, Final

from services.ticket_service.store.kinds import (
    chat,
    lifecycle,
    lists,
    mail,
    outward,
    people,
    relations,
    settings,
    sla,
    work,
)
from services.ticket_service.store.kinds.kind import Kind

_AREAS: Final = (settings, lifecycle, relations, sla, people, lists, work, outward, mail, chat)
KINDS: Final[dict[type[Any], Kind]] = {kind: how for area in _AREAS for kind, how in area.KINDS.items()}


def kind_of(record: type[Any]) -> Kind:
    """Where records of this type are kept. KeyError for one that no area names."""
    return KINDS[record]
