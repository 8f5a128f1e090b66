"""Interventions, time, products, projects, contracts, documents, and which files are taken."""

from __future__ import annotations

from typing import Any, Final

from pymongo import IndexModel

from services.ticket_service.domain.attachment_policy import AttachmentPolicy
from services.ticket_service.domain.contract import Contract
from services.ticket_service.domain.document_model import DocumentModel
from services.ticket_service.domain.intervention import Intervention
from services.ticket_service.domain.product import Product
from services.ticket_service.domain.project import Project
from services.ticket_service.domain.time_entry import TimeEntry
from services.ticket_service.store.kinds.kind import Kind

_NEWEST: Final = [("updated_at", -1), ("_id", -1)]
_NAMED: Final = (IndexModel(_NEWEST), IndexModel([("words", 1)]), IndexModel([("active", 1), *_NEWEST]))
_BOUGHT: Final = (*_NAMED, IndexModel([("organization", 1), *_NEWEST]))

KINDS: Final[dict[type[Any], Kind]] = {
    Product: Kind("products", _NAMED),
    Project: Kind("projects", _BOUGHT),
    Contract: Kind("contracts", (*_BOUGHT, IndexModel([("project", 1)]))),
    Intervention: Kind(
        "interventions",
        (
            IndexModel([("ticket_id", 1), ("created_at", -1), ("_id", -1)]),
            IndexModel([("technician", 1), ("created_at", -1), ("_id", -1)]),
            IndexModel([("status", 1), ("created_at", -1), ("_id", -1)]),
            IndexModel([("planned_at", 1)]),
            IndexModel([("created_at", -1), ("_id", -1)]),
        ),
        of_ticket=True,
    ),
    TimeEntry: Kind(
        "time_entries",
        (
            IndexModel([("ticket_id", 1), ("created_at", 1), ("_id", 1)]),
            IndexModel([("intervention", 1)], sparse=True),
        ),
        of_ticket=True,
    ),
    DocumentModel: Kind("document_models", cached=True, audited=True),
    AttachmentPolicy: Kind("attachment_policy", cached=True, audited=True),
}
