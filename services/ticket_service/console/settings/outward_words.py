"""What people call events, notices, quarantine and the log of administration: as texts to be translated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _l

from services.ticket_service.domain import audit, notices, quarantine, webhook
from shared.contracts import ticket_fact

EVENTS: Final[Mapping[str, object]] = {
    ticket_fact.OPENED: _l("A ticket opened"),
    ticket_fact.CUSTOMER_REPLIED: _l("The customer wrote"),
    ticket_fact.AGENT_REPLIED: _l("Somebody answered the customer"),
    ticket_fact.STATUS_CHANGED: _l("The status changed"),
    ticket_fact.ASSIGNED: _l("The responsible person changed"),
    ticket_fact.CLOSED: _l("A ticket was closed"),
    ticket_fact.REOPENED: _l("A ticket was opened again"),
    ticket_fact.CHANGED: _l("Another field changed"),
    ticket_fact.NOTED: _l("Somebody wrote a note"),
    ticket_fact.SLA_WARNING: _l("A promise is nearly due"),
    ticket_fact.SLA_BREACHED: _l("A promise was broken"),
    ticket_fact.MERGED: _l("A ticket was merged into another"),
    ticket_fact.DELETED: _l("A ticket was deleted"),
}
"""What other programs can be told of."""
NOTICES: Final[Mapping[str, object]] = {name: EVENTS[f"ticket.{name}"] for name in notices.EVENTS}
"""What can be told by mail."""
RECIPIENTS: Final[Mapping[str, tuple[object, object]]] = {
    notices.STAFF: (_l("Staff"), _l("The one address of these settings")),
    notices.RESPONSIBLE: (_l("Responsible"), _l("Whoever is responsible for the ticket")),
    notices.TEAM: (_l("Team"), _l("Everybody in the ticket's team")),
    notices.WATCHERS: (_l("Watchers"), _l("Whoever watches the ticket")),
    notices.MENTIONED: (_l("Mentioned"), _l("Whoever is mentioned in the note")),
    notices.REQUESTER: (_l("Customer"), _l("The requester, where an address is known")),
    notices.CC: (_l("In copy"), _l("The addresses in copy of the ticket")),
}
"""Who can be told."""
AUDIENCES: Final[Mapping[str, object]] = {
    notices.AUDIENCES[0]: _l("People of the desk"),
    notices.REQUESTER: _l("Customers"),
}
DELIVERY: Final[Mapping[str, tuple[object, str]]] = {
    webhook.PENDING: (_l("On its way"), "warn"),
    webhook.DELIVERED: (_l("Delivered"), "ok"),
    webhook.FAILED: (_l("Given up"), "danger"),
}
"""How a delivery to another program stands: words and colour."""
TEMPLATE: Final[Mapping[str, tuple[object, str]]] = {
    "submitting": (_l("Being submitted"), "warn"),
    "pending": (_l("Waits for approval"), "warn"),
    "approved": (_l("Approved"), "ok"),
    "rejected": (_l("Rejected"), "danger"),
    "paused": (_l("Paused"), "warn"),
    "disabled": (_l("Disabled"), "danger"),
    "in_appeal": (_l("In appeal"), "warn"),
    "removed": (_l("Removed"), ""),
    "unknown": (_l("Unknown"), ""),
}
"""How a message template stands: words and colour."""
CATEGORIES: Final[Mapping[str, tuple[object, object]]] = {
    "UTILITY": (_l("Service"), _l("News on something the customer asked for: a ticket, an order.")),
    "MARKETING": (_l("Marketing"), _l("Offers, and everything else.")),
    "AUTHENTICATION": (_l("Log-in codes"), _l("Codes to log in with; the provider writes the text.")),
}
HELD: Final[Mapping[str, object]] = {
    quarantine.HELD: _l("Waiting"),
    quarantine.REPLAYED: _l("Tried again"),
    quarantine.DISCARDED: _l("Put away"),
}
"""What became of an item in quarantine."""
DEAD_LETTERS: Final = tuple(
    f"dead-letter-{reason}" for reason in ("rejected", "expired", "maxlen", "delivery-limit", "unknown")
)
"""The reasons of what the broker itself gave up on."""
REASONS: Final[Mapping[str, object]] = {
    "unknown-channel": _l("No channel has this number or account"),
    "unknown-content": _l("Content that is not known"),
    "nothing-inside": _l("Nothing inside"),
    "unknown-send": _l("A receipt for something the desk never sent"),
    "unknown-kind": _l("Content that is not known"),
    "unknown-status": _l("A receipt that says nothing known"),
    "no-message-id": _l("Without an id"),
    "no-sender": _l("Without a sender"),
    **{
        f"malformed-{part}": _l("Not readable")
        for part in ("event", "message", "text", "status", "error", "notice")
    },
    **dict.fromkeys(
        ("unknown-event-type", "unexpected-event-type", "unexpected-event"), _l("An event of an unknown type")
    ),
    "mail-missing": _l("A mail whose original is missing"),
    "too-large": _l("A mail that is too large"),
    "took-too-long": _l("A mail that takes too long to read"),
    "too-much-memory": _l("A mail that takes too much memory to read"),
    "reader-ended": _l("A mail that broke its reader"),
    "unreadable": _l("A mail that cannot be read"),
    "not-announceable": _l("A mail that does not fit"),
    "unexpected-error": _l("Something unexpected"),
    DEAD_LETTERS[0]: _l("Dead letter: refused too often"),
    DEAD_LETTERS[1]: _l("Dead letter: waited too long"),
    DEAD_LETTERS[2]: _l("Dead letter: the queue was full"),
    DEAD_LETTERS[3]: _l("Dead letter: delivered too often"),
    DEAD_LETTERS[4]: _l("Dead letter"),
}
"""Why something was put aside; reasons that are not here are shown as they are."""
ACTIONS: Final[Mapping[str, object]] = {
    audit.CREATED: _l("made"),
    audit.CHANGED: _l("changed"),
    audit.REMOVED: _l("removed"),
    audit.READ: _l("read"),
    audit.EXPORTED: _l("exported"),
    audit.ERASED: _l("erased"),
}
"""What was done to a thing of the settings."""
