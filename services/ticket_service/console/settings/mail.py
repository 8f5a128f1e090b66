"""Mail: who joins a ticket, how many tickets are too many, and what stands around answers."""

from __future__ import annotations

from typing import Final

from flask import Response
from flask_babel import lazy_gettext as _l

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read, read_tagged
from services.ticket_service.domain import mail_settings, permissions
from services.ticket_service.domain.mail import MAIL

blueprint = ConsoleBlueprint("settings-mail", __name__)
STRANGERS: Final = (
    (mail_settings.WITH_PROOF, _l("They join only when they answer a mail of that ticket")),
    (mail_settings.NEVER, _l("They never join: they open a ticket of their own")),
    (mail_settings.ALWAYS, _l("They join also when only the subject names the ticket")),
)
"""When somebody who takes no part in a ticket may join it."""


@blueprint.page("/settings/mail", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """One form for all mailboxes, with words of their own for each, and what an answer looks like."""
    found = read_tagged("/settings/mail")
    mailboxes = [each for each in read("/channels")["items"] if each["kind"] == MAIL]
    return show(
        "settings/mail.html",
        mail=found.body,
        etag=found.etag,
        mailboxes=mailboxes,
        strangers=STRANGERS,
    )
