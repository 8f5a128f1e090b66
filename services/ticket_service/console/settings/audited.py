"""What the log of administration is about: each kind of thing with its name and where it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

THINGS: Final[Mapping[str, tuple[LazyString, str]]] = {
    "user": (_l("User"), "/settings/users/{}"),
    "team": (_l("Team"), "/settings/teams/{}"),
    "api_token": (_l("API token"), ""),
    "session": (_l("Session"), ""),
    "second_factor": (_l("Second factor"), ""),
    "access_policy": (_l("Logging in"), "/settings/users"),
    "first_run": (_l("First run"), ""),
    "preferences": (_l("Preferences"), ""),
    "contact": (_l("Contact"), "/contacts/{}"),
    "organization": (_l("Organization"), "/organizations/{}"),
    "contact_merge": (_l("Merging of contacts"), ""),
    "retention": (_l("Retention"), "/settings/retention"),
    "deletion_policy": (_l("Deleting"), "/settings/retention"),
    "status": (_l("Status"), "/settings/statuses/{}"),
    "dictionary_entry": (_l("Value of a list"), "/settings/dictionaries"),
    "field_rules": (_l("Fields"), "/settings/fields"),
    "numbering": (_l("Numbering"), "/settings/numbering"),
    "ticket_options": (_l("Rules for tickets"), "/settings/desk"),
    "desk_settings": (_l("The desk"), "/settings/desk"),
    "assignment_rule": (_l("Rule for new tickets"), "/settings/assignment-rules/{}"),
    "round_robin": (_l("Taking turns"), "/settings/assignment-rules"),
    "opening_question": (_l("Questions to customers"), "/settings/opening-question"),
    "please_answer": (_l("Asking for an answer"), "/settings/opening-question"),
    "blocked_sender": (_l("Blocked sender"), "/settings/blocked"),
    "sla_policy": (_l("Service level"), "/settings/service-levels/{}"),
    "calendar": (_l("Business hours"), "/settings/calendars/{}"),
    "auto_close": (_l("Closing by itself"), "/settings/auto-close"),
    "attachment_policy": (_l("Attachments"), "/settings/attachments"),
    "document_model": (_l("Document model"), "/settings/documents/{}"),
    "notices": (_l("Notifications"), "/settings/notifications"),
    "mail_rule": (_l("Mail rule"), "/settings/mail-rules/{}"),
    "mail_settings": (_l("Mail"), "/settings/mail"),
    "chat_settings": (_l("Chat"), "/settings/chat"),
    "webhook": (_l("Webhook"), "/settings/webhooks/{}"),
    "canned_reply": (_l("Canned reply"), "/settings/canned-replies/{}"),
    "confidential_request": (_l("Confidential request"), ""),
    "view": (_l("Saved view"), ""),
}
"""Kind → what people call it, and its page (with `{}` for its id) where it has one."""


def page_of(what: str, subject: str) -> str:
    """Where the thing is changed; empty where there is no such page."""
    return THINGS[what][1].format(subject) if what in THINGS else ""
