"""What ties tickets together, what was deleted, and what is asked in confidence."""

from __future__ import annotations

from typing import Any, Final

from pymongo import IndexModel

from services.ticket_service.domain.confidential import ConfidentialRequest
from services.ticket_service.domain.merge import MergedTicket
from services.ticket_service.domain.relation import Relation, RelationGraph
from services.ticket_service.domain.tombstone import DeletedTicket, DeletionPolicy, Tombstone
from services.ticket_service.store.kinds.kind import Kind

KINDS: Final[dict[type[Any], Kind]] = {
    Relation: Kind(
        "relations",
        (IndexModel([("from_ticket", 1), ("kind", 1)]), IndexModel([("to_ticket", 1), ("kind", 1)])),
    ),
    RelationGraph: Kind("relation_graphs"),
    MergedTicket: Kind("merged_tickets", (IndexModel([("into", 1)]),)),
    DeletedTicket: Kind("deleted_tickets", (IndexModel([("deleted_at", 1)]),)),
    Tombstone: Kind("tombstones"),
    DeletionPolicy: Kind("deletion_policy", cached=True, audited=True),
    ConfidentialRequest: Kind(
        "confidential_requests",
        (
            IndexModel([("ticket_id", 1), ("created_at", 1)]),
            IndexModel([("link_hash", 1)], unique=True),
            IndexModel([("delete_at", 1)], partialFilterExpression={"sealed": {"$gt": ""}}),
        ),
        of_ticket=True,
    ),
}
