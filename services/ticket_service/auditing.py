"""Writes the audit log: what changed in records that only administrators change, and who decided it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from services.ticket_service.domain.audit import CHANGED, CREATED, REMOVED, AuditEntry, differences
from services.ticket_service.domain.history import DESK
from services.ticket_service.ports import Changes, DeskStore

_WORD_BEGINS: Final = re.compile(r"(?<!^)(?=[A-Z])")


def audit(changes: Changes, store: DeskStore, now: datetime, new_id: Callable[[], str]) -> None:
    """Add an entry for each audited record that really changes. Unavailable.

    What is stored this moment is what was before: a record that somebody else changed since breaks the
    decision at its version, and with it the entry.
    """
    entries: list[tuple[str, Any, Any]] = []
    for record in changes.records:
        if store.is_audited(record):
            before = store.stored(record) if record.version else None
            entries.append((CREATED if before is None else CHANGED, before, record))
    entries += [(REMOVED, gone, None) for gone in changes.removed_records if store.is_audited(gone)]
    for action, before, after in entries:
        found = differences(before, after)
        if found:
            about = after if after is not None else before
            who, what = changes.by or DESK, kind_name(type(about))
            changes.touch(AuditEntry(new_id(), now, who, what, subject_of(about), action, found))


def kind_name(kind: type[Any]) -> str:
    """What the audit log calls a kind of record: `ApiToken` is `api_token`."""
    return _WORD_BEGINS.sub("_", kind.__name__).lower()


def subject_of(record: Any) -> str:
    """By what a record is named for people: never by something that could be used to log in."""
    for name in ("public_id", "id", "key"):
        value = getattr(record, name, None)
        if value is not None:
            return str(value)
    raise TypeError(f"{type(record).__name__} has nothing to be named by")
