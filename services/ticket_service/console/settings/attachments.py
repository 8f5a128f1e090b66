"""Which files the desk takes."""

from __future__ import annotations

from typing import Final

from flask import Response

from services.ticket_service.console.formats import size
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read_tagged
from services.ticket_service.domain import permissions
from services.ticket_service.domain.attachment_policy import LARGEST

blueprint = ConsoleBlueprint("settings-attachments", __name__)
_SIZES: Final = (1_000_000, 2_000_000, 5_000_000, 10_000_000, 16_000_000, 25_000_000, 50_000_000, LARGEST)


@blueprint.page("/settings/attachments", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """The policy; its size among those that are usual."""
    found = read_tagged("/settings/attachment-policy")
    sizes = sorted({*_SIZES, found.body["max_bytes"]})
    return show(
        "settings/attachments.html",
        policy=found.body,
        etag=found.etag,
        sizes=[(str(each), size(each)) for each in sizes],
    )
