"""What people call roles, permissions, and how a channel or a template stands: as texts to be translated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _l

from services.ticket_service.domain import channel_health, permissions, second_factor

ROLES: Final[Mapping[str, tuple[object, object]]] = {
    permissions.VIEWER: (_l("Viewer"), _l("Sees everything, changes nothing.")),
    permissions.AGENT: (_l("Agent"), _l("Works on tickets and answers customers.")),
    permissions.OPERATOR: (_l("Operator"), _l("An agent who also merges, deletes, exports and cleans up.")),
    permissions.ADMIN: (_l("Administrator"), _l("May do everything, these settings included.")),
}
"""What the roles are called, and what they are for."""
PERMISSIONS: Final[Mapping[str, object]] = {
    permissions.TICKETS_READ: _l("See tickets, conversations, their messages and files."),
    permissions.TICKETS_WRITE: _l("Open tickets, change their fields, write notes, relate and merge them."),
    permissions.TICKETS_REPLY: _l("Answer customers."),
    permissions.TICKETS_DELETE: _l("Delete tickets and bring them back."),
    permissions.TICKETS_FORECAST: _l("Set the solution forecast by hand."),
    permissions.TICKETS_BULK: _l("Change many tickets at once."),
    permissions.TICKETS_EXPORT: _l("Take lists of tickets out as files."),
    permissions.ACTIONS_EDIT: _l("Edit notes and unsent answers of others; their own everybody edits."),
    permissions.CONFIDENTIAL_READ: _l("Read what customers entered in confidence; each reading is recorded."),
    permissions.CONTACTS_READ: _l("See leads, contacts and organizations."),
    permissions.CONTACTS_WRITE: _l("Create and change leads, contacts and organizations."),
    permissions.CONTACTS_MERGE: _l("Merge contacts, and undo it."),
    permissions.CONTACTS_ERASE: _l("Export and erase all that is kept of a person."),
    permissions.TRIAGE_READ: _l("See mails that opened no ticket, and why."),
    permissions.TRIAGE_WRITE: _l(
        "Make tickets of such mails, put them on one, leave them aside, block their senders."
    ),
    permissions.RECORDS_READ: _l("See products, projects, contracts, interventions and time."),
    permissions.RECORDS_WRITE: _l("Create and change products, projects, contracts, interventions and time."),
    permissions.VIEWS_SHARE: _l("Share saved views with a team or with all."),
    permissions.SETTINGS_READ: _l("See how the desk is set up."),
    permissions.SETTINGS_WRITE: _l("Change how the desk is set up."),
    permissions.USERS_READ: _l("See users and teams."),
    permissions.USERS_WRITE: _l("Create and change users and teams."),
    permissions.TOKENS_OWN: _l("Make API tokens for oneself."),
    permissions.AUDIT_READ: _l("Read the audit log."),
    permissions.QUARANTINE_WRITE: _l("Replay and discard what could not be handled."),
    permissions.TRIAGE_READ: _l("See mails that opened no ticket, and why."),
    permissions.TRIAGE_WRITE: _l(
        "Make tickets of such mails, put them on one, leave them aside, block their senders."
    ),
}
"""What each permission allows."""
SECOND_FACTOR: Final[Mapping[str, object]] = {
    second_factor.NOBODY: _l("It is everyone's own choice"),
    second_factor.ADMINS: _l("Administrators"),
    second_factor.EVERYBODY: _l("Everybody"),
}
"""Who has to have a second factor."""
LEVELS: Final[Mapping[str, tuple[object, str, str]]] = {
    channel_health.OK: (_l("Works"), "ok", "check-circle"),
    channel_health.WARNING: (_l("Needs a look"), "warn", "exclamation-triangle"),
    channel_health.FAILING: (_l("Does not work"), "danger", "exclamation-octagon"),
}
"""How a channel stands: words, colour, icon."""
ASPECTS: Final[Mapping[str, object]] = {
    "sending": _l("Sending"),
    "media": _l("Files"),
    "templates": _l("Message templates"),
    "account": _l("Account"),
    "violation": _l("Rules of the provider"),
    "account-news": _l("News of the account"),
    "restriction": _l("Restrictions"),
    "review": _l("Review of the account"),
    "limits": _l("Limits"),
    "quality": _l("Quality"),
    "name": _l("Name"),
    "security": _l("Security"),
    "provider": _l("The provider"),
    "mailbox": _l("Mailbox"),
    "login": _l("Logging in at the mail server"),
}
"""The sides of a channel that somebody reports on."""
KINDS: Final[Mapping[str, object]] = {
    "whatsapp": "WhatsApp",
    "email": _l("E-mail"),
    "webchat": _l("Webchat"),
}
"""The kinds of channels, by what stands before the name of who provides them."""
