"""Who may do what: every permission there is, and which role has which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

TICKETS_READ: Final = "tickets.read"
TICKETS_WRITE: Final = "tickets.write"
TICKETS_REPLY: Final = "tickets.reply"
TICKETS_DELETE: Final = "tickets.delete"
TICKETS_FORECAST: Final = "tickets.forecast"
TICKETS_BULK: Final = "tickets.bulk"
TICKETS_EXPORT: Final = "tickets.export"
ACTIONS_EDIT: Final = "actions.edit"
CONFIDENTIAL_READ: Final = "confidential.read"
CONTACTS_READ: Final = "contacts.read"
CONTACTS_WRITE: Final = "contacts.write"
CONTACTS_MERGE: Final = "contacts.merge"
CONTACTS_ERASE: Final = "contacts.erase"
RECORDS_READ: Final = "records.read"
RECORDS_WRITE: Final = "records.write"
TRIAGE_READ: Final = "triage.read"
TRIAGE_WRITE: Final = "triage.write"
VIEWS_SHARE: Final = "views.share"
SETTINGS_READ: Final = "settings.read"
SETTINGS_WRITE: Final = "settings.write"
USERS_READ: Final = "users.read"
USERS_WRITE: Final = "users.write"
TOKENS_OWN: Final = "tokens.own"
AUDIT_READ: Final = "audit.read"
QUARANTINE_WRITE: Final = "quarantine.write"

MEANINGS: Final[Mapping[str, str]] = {
    TICKETS_READ: "See tickets, conversations, their messages and files.",
    TICKETS_WRITE: "Open tickets, change their fields, write notes, relate and merge them.",
    TICKETS_REPLY: "Answer customers.",
    TICKETS_DELETE: "Delete tickets and bring them back.",
    TICKETS_FORECAST: "Set the solution forecast by hand.",
    TICKETS_BULK: "Change many tickets at once.",
    TICKETS_EXPORT: "Take lists of tickets out as files.",
    ACTIONS_EDIT: "Edit notes and unsent answers of others; their own everybody edits.",
    CONFIDENTIAL_READ: "Read what customers entered in confidence; each reading is recorded.",
    CONTACTS_READ: "See leads, contacts and organizations.",
    CONTACTS_WRITE: "Create and change leads, contacts and organizations.",
    CONTACTS_MERGE: "Merge contacts, and undo it.",
    CONTACTS_ERASE: "Export and erase all that is kept of a person.",
    RECORDS_READ: "See products, projects, contracts, interventions and time.",
    RECORDS_WRITE: "Create and change products, projects, contracts, interventions and time.",
    TRIAGE_READ: "See mails that opened no ticket, and why.",
    TRIAGE_WRITE: "Make tickets of such mails, put them on one, leave them aside, block their senders.",
    VIEWS_SHARE: "Share saved views and canned replies with a team or with all.",
    SETTINGS_READ: "See how the desk is set up.",
    SETTINGS_WRITE: "Change how the desk is set up.",
    USERS_READ: "See users and teams.",
    USERS_WRITE: "Create and change users and teams.",
    TOKENS_OWN: "Make API tokens for oneself.",
    AUDIT_READ: "Read the audit log.",
    QUARANTINE_WRITE: "Replay and discard what could not be handled.",
}
ALL: Final = frozenset(MEANINGS)

VIEWER: Final = "viewer"
AGENT: Final = "agent"
OPERATOR: Final = "operator"
ADMIN: Final = "admin"
"""The four roles of S004."""

_VIEWER: Final = frozenset(
    {TICKETS_READ, CONTACTS_READ, RECORDS_READ, SETTINGS_READ, USERS_READ, TOKENS_OWN, TRIAGE_READ}
)
_AGENT: Final = _VIEWER | {TICKETS_WRITE, TICKETS_REPLY, CONTACTS_WRITE, RECORDS_WRITE, TRIAGE_WRITE}
_OPERATOR: Final = _AGENT | {
    *(TICKETS_DELETE, TICKETS_FORECAST, TICKETS_BULK, TICKETS_EXPORT),
    *(ACTIONS_EDIT, CONFIDENTIAL_READ, CONTACTS_MERGE, VIEWS_SHARE, QUARANTINE_WRITE),
}

ROLES: Final[Mapping[str, frozenset[str]]] = {
    VIEWER: _VIEWER,
    AGENT: _AGENT,
    OPERATOR: _OPERATOR,
    ADMIN: ALL,
}


def granted(roles: Iterable[str]) -> frozenset[str]:
    """What somebody with these roles may do; a role that does not exist allows nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))
