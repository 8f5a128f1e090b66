"""What the audit log keeps of administration: who changed which record when, each field from what to what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from typing import Any, Final

from services.ticket_service.domain.history import Actor

CREATED: Final = "created"
CHANGED: Final = "changed"
REMOVED: Final = "removed"
READ: Final = "read"
EXPORTED: Final = "exported"
ERASED: Final = "erased"
ACTIONS: Final = (CREATED, CHANGED, REMOVED, READ, EXPORTED, ERASED)
HIDDEN: Final = "(hidden)"
LONGEST_VALUE: Final = 2_000
"""Longer values are cut: the log says what was done, it is no second copy of the settings."""
_BOOKKEEPING: Final = frozenset({"version", "created_at", "updated_at", "last_used_at", "words"})
_TELL_TALE: Final = ("password", "secret", "digest", "token")


@dataclass(slots=True)
class FieldChange:
    """One field, before and after, as plain text a person can read; None where there was nothing."""

    field: str
    before: str | None
    after: str | None


@dataclass(slots=True)
class AuditEntry:
    """`what` is the kind of thing (`user`, `contact`), `subject` its id, `action` what was done to it."""

    id: str
    at: datetime
    who: Actor
    what: str
    subject: str
    action: str
    changes: list[FieldChange] = field(default_factory=list)
    version: int = 0


def differences(before: Any, after: Any) -> list[FieldChange]:
    """The fields in which two records of one type differ; None stands for no record at all.

    Secrets (fields marked so, or named like one) are shown as HIDDEN; times the desk keeps by itself are left
    out.
    """
    record = after if after is not None else before
    if record is None or not is_dataclass(record):
        return []
    found = []
    for each in fields(record):
        if each.name in _BOOKKEEPING or (each.name == "id" and before is not None and after is not None):
            continue
        old = None if before is None else getattr(before, each.name)
        new = None if after is None else getattr(after, each.name)
        if old != new:
            secret = each.metadata.get("secret") or any(sign in each.name for sign in _TELL_TALE)
            show = _hidden if secret else _shown
            found.append(FieldChange(each.name, show(old), show(new)))
    return found


def _hidden(value: Any) -> str | None:
    return HIDDEN if value not in (None, "", [], {}) else None


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    text = _text(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        shown = {each.name: _named(each, value) for each in fields(value)}
        return _text(shown)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, set | frozenset):
        return _text(sorted(value))
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    return str(value)


def _named(each: Any, value: Any) -> Any:
    secret = each.metadata.get("secret") or any(sign in each.name for sign in _TELL_TALE)
    return HIDDEN if secret else getattr(value, each.name)
