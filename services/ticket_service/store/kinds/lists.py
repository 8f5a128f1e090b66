"""What people keep to work with: saved views, canned replies, and what they are writing."""

from __future__ import annotations

from typing import Any, Final

from pymongo import IndexModel

from services.ticket_service.domain.canned_reply import CannedReply
from services.ticket_service.domain.composing import Composing
from services.ticket_service.domain.view import SavedView
from services.ticket_service.store.kinds.kind import Kind

KINDS: Final[dict[type[Any], Kind]] = {
    SavedView: Kind(
        "views", (IndexModel([("created_at", 1), ("_id", 1)]), IndexModel([("owner", 1), ("_id", 1)]))
    ),
    CannedReply: Kind(
        "canned_replies",
        (
            IndexModel([("created_at", 1), ("_id", 1)]),
            IndexModel([("owner", 1), ("_id", 1)]),
            IndexModel([("words", 1)]),
        ),
    ),
    Composing: Kind(
        "composing",
        (
            IndexModel([("ticket_id", 1), ("user_id", 1)]),
            IndexModel([("expires_at", 1)], expireAfterSeconds=0),
        ),
        of_ticket=True,
    ),
}
