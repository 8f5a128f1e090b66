"""Mails whole: what stands around them, and as they came, for saving: never shown in place."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final

from flask import Response

from services.ticket_service.act.scanning import refuse_infected
from services.ticket_service.api import context
from services.ticket_service.api.file_content import POLICY
from services.ticket_service.api.filenames import disposition, shown_name
from services.ticket_service.api.mail_schemas import WholeMailSchema, whole_mail_wire
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from shared.blobs.store import BlobMissing

blueprint = ApiBlueprint("originals", __name__, url_prefix=PREFIX, description="Mails as they came.")

MAIL_TYPE: Final = "message/rfc822"
BINARY: Final = {"type": "string", "format": "binary"}
_WHAT: Final = "original"
_LONGEST_NAME: Final = 120


@blueprint.route("/messages/<message_id>/original", methods=["GET"])
@blueprint.operation("The mail that a message came as", 404, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, BINARY, content_type=MAIL_TYPE)
def of_message(message_id: str) -> Response:
    """Byte for byte, attachments included. 404 for a message that came by no mail, or whose mail is gone."""
    found = context.services().desk.store.load_messages([message_id]).get(message_id)
    if found is None or found.mail is None:
        raise not_found(_WHAT)
    return original(found.mail.raw_blob, found.mail.subject)


@blueprint.route("/quarantine/<item_id>/original", methods=["GET"])
@blueprint.operation("A quarantined item as it came", 404, 422, needs=permissions.SETTINGS_READ)
@blueprint.response(200, BINARY, content_type=MAIL_TYPE)
def of_quarantined(item_id: str) -> Response:
    """For mails that could not be read; 404 for an item that `payload` holds whole."""
    kept = context.services().quarantine.item(item_id)
    if kept is None:
        raise not_found("quarantined item")
    return original(kept.item.raw_blob, kept.item.reason)


@blueprint.route("/messages/<message_id>/mail", methods=["GET"])
@blueprint.operation("What stands around a message that is a mail", 404, needs=permissions.TICKETS_READ)
@blueprint.response(200, WholeMailSchema)
def around(message_id: str) -> Wire:
    """With its headers. 404 for a message that is no mail."""
    found = context.services().desk.store.load_messages([message_id]).get(message_id)
    if found is None or found.mail is None:
        raise not_found("mail")
    return whole_mail_wire(found.id, found.mail)


def original(blob_id: str, name: str) -> Response:
    """The mail under this id, to be saved under a name made from `name`. Problem 404.

    Where the desk has a virus scanner it looks first: Infected, NotScannable, ScannerAway.
    """
    services = context.services()
    if not blob_id:
        raise not_found(_WHAT)
    try:
        with services.blobs.open(blob_id) as (_, content):
            refuse_infected(content, services.scan)
        with ExitStack() as stack:
            blob, pieces = stack.enter_context(services.blobs.open(blob_id))
            response = Response(pieces, direct_passthrough=True)
            response.call_on_close(stack.pop_all().close)
    except BlobMissing:
        raise not_found(_WHAT) from None
    file = f"{shown_name(name)[:_LONGEST_NAME] or 'mail'}.eml"
    response.headers.update(
        {
            "Content-Type": MAIL_TYPE,
            "Content-Length": str(blob.size),
            "Content-Disposition": disposition(file, inline=False),
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
    )
    return response
