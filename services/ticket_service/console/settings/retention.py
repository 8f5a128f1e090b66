"""How long each kind of data is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Response
from flask_babel import lazy_gettext as _l

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read_tagged
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-retention", __name__)
KINDS: Final[Mapping[str, tuple[object, object]]] = {
    "closed_tickets": (_l("Closed tickets"), _l("With all that was said on them, counted from the closing.")),
    "messages": (
        _l("Messages"),
        _l("Texts said on no ticket or on closed ones, and which pages visitors of live chats saw."),
    ),
    "attachments": (_l("Files"), _l("Of messages on no ticket or on closed ones.")),
    "raw_payloads": (_l("Raw data of providers"), _l("What WhatsApp and others sent, word for word.")),
    "confidential": (_l("Confidential answers"), _l("Even where their request named a longer time.")),
    "quarantine": (_l("Quarantine"), _l("What was put aside because it could not be handled.")),
    "audit": (_l("Audit log"), _l("Who changed which settings.")),
}


@blueprint.page("/settings/retention", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """Days for each kind; none for good."""
    found = read_tagged("/settings/retention")
    return show("settings/retention.html", retention=found.body, etag=found.etag, kinds=KINDS)
