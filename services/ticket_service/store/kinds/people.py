"""Who works at the desk, whom they serve, and what the audit log says of it."""

from __future__ import annotations

from typing import Any, Final

from pymongo import IndexModel

from services.ticket_service.domain.api_token import ApiToken
from services.ticket_service.domain.audit import AuditEntry
from services.ticket_service.domain.contact_merge import ContactMerge
from services.ticket_service.domain.erasure import Erasure
from services.ticket_service.domain.first_run import FirstRun
from services.ticket_service.domain.note import Note
from services.ticket_service.domain.organization import Organization
from services.ticket_service.domain.preferences import Preferences
from services.ticket_service.domain.retention import Retention
from services.ticket_service.domain.second_factor import AccessPolicy, SecondFactor
from services.ticket_service.domain.session import LONGEST, Session
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.user import User
from services.ticket_service.store.kinds.kind import Kind

_NEWEST: Final = [("at", -1), ("_id", -1)]

KINDS: Final[dict[type[Any], Kind]] = {
    User: Kind("users", (IndexModel([("email", 1)], unique=True),), cached=True, audited=True),
    Team: Kind("teams", (IndexModel([("name", 1)], unique=True),), cached=True, audited=True),
    ApiToken: Kind(
        "api_tokens", (IndexModel([("user_id", 1), ("created_at", 1)]),), audited=True, id_field="digest"
    ),
    Organization: Kind(
        "organizations",
        (
            # Partial, because organizations without a domain would all be the same one.
            IndexModel([("domains", 1)], unique=True, partialFilterExpression={"domains": {"$gt": ""}}),
            IndexModel([("updated_at", -1), ("_id", -1)]),
            IndexModel([("words", 1)]),
        ),
        audited=True,
    ),
    Note: Kind("notes", (IndexModel([("about", 1), ("created_at", -1), ("_id", -1)]),)),
    AuditEntry: Kind(
        "audit",
        (
            IndexModel(_NEWEST),
            IndexModel([("what", 1), *_NEWEST]),
            IndexModel([("subject", 1), *_NEWEST]),
            IndexModel([("who.id", 1), *_NEWEST]),
        ),
    ),
    ContactMerge: Kind(
        "contact_merges",
        (
            IndexModel([("survivor", 1), ("at", -1), ("_id", -1)]),
            IndexModel([("other", 1), ("at", -1), ("_id", -1)]),
        ),
    ),
    Erasure: Kind("erasures", (IndexModel([("done_at", 1)]),)),
    FirstRun: Kind("first_run", audited=True),
    Preferences: Kind("preferences"),
    Session: Kind(
        "sessions",
        (
            IndexModel([("user_id", 1), ("last_seen_at", -1)]),
            IndexModel([("last_seen_at", -1)]),
            IndexModel([("present_at", -1)], sparse=True),
            IndexModel([("created_at", 1)], expireAfterSeconds=int(LONGEST.total_seconds())),
        ),
        id_field="digest",
    ),
    SecondFactor: Kind("second_factors", audited=True),
    AccessPolicy: Kind("access_policy", cached=True, audited=True),
    Retention: Kind("retention", cached=True, audited=True),
}
