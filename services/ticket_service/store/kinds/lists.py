"""Saved views."""

from __future__ import annotations

from typing import Any, Final

from pymongo import IndexModel

from services.ticket_service.domain.view import SavedView
from services.ticket_service.store.kinds.kind import Kind

KINDS: Final[dict[type[Any], Kind]] = {
    SavedView: Kind(
        "views", (IndexModel([("created_at", 1), ("_id", 1)]), IndexModel([("owner", 1), ("_id", 1)]))
    ),
}
