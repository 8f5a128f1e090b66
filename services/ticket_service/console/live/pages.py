"""The way of a message, as a dialog of its ticket or of the quarantine."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from flask import Response
from flask_babel import lazy_gettext as _l

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read
from services.ticket_service.domain import permissions, trace

blueprint = ConsoleBlueprint("live", __name__)

STEPS: Final = {
    trace.WRITTEN: _l("Written"),
    trace.RECEIVED: _l("Received from the provider"),
    trace.VERIFIED: _l("Signature verified"),
    trace.NORMALISED: _l("Understood"),
    trace.PUBLISHED: _l("Handed to the broker"),
    trace.APPLIED: _l("Saved at the desk"),
    trace.NOTIFIED: _l("Others were told"),
    trace.FETCHED: _l("File fetched"),
    trace.SENT: _l("Sent to the provider"),
    trace.DELIVERED: _l("Delivered"),
    trace.READ: _l("Read"),
}
SENDING: Final = {
    trace.PUBLISHED: _l("Handed over for sending"),
    trace.NOTIFIED: _l("Taken by the sender"),
}
"""The same steps on the way out."""
ICONS: Final = {trace.DONE: "check-lg", trace.OPEN: "three-dots", trace.STOPPED: "x-lg"}
STATES: Final = {trace.DONE: _l("done"), trace.OPEN: _l("not yet"), trace.STOPPED: _l("stopped here")}


@blueprint.page("/tickets/<number>/messages/<path:message_id>/trace", needs=permissions.TICKETS_READ)
def of_message(number: str, message_id: str) -> Response:
    """How far a message of a ticket came."""
    return _sheet(message_id)


@blueprint.page("/traces/<path:item_id>", needs=permissions.TICKETS_READ)
def of_anything(item_id: str) -> Response:
    """The same of whatever has a trace: a message of a conversation, a quarantined item."""
    return _sheet(item_id)


def _sheet(item_id: str) -> Response:
    found = read(f"/traces/{quote(item_id, safe=':')}")
    labels = {**STEPS, **SENDING} if found["kind"] == trace.OUTBOUND else STEPS
    return show("live/trace.html", trace=found, labels=labels, icons=ICONS, states=STATES)
