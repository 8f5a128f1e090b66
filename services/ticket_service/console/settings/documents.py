"""Document models: how a ticket looks as a PDF, with a look before it is kept."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import Json, read, read_tagged
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-documents", __name__)
_NEW: Final[dict[str, Any]] = {
    **{"id": "", "name": "", "description": "", "style": "", "active": True, "builtin": False},
    "body": "<h1>{{ ticket.number }}</h1>\n<p>{{ ticket.title }}</p>\n<p>{{ requester.name }}</p>\n",
}


@blueprint.page("/settings/documents", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """All models, those that come with the desk first."""
    return show("settings/documents.html", models=read("/settings/document-models")["items"])


@blueprint.page("/settings/documents/new", needs=permissions.SETTINGS_WRITE)
def new() -> Response:
    """A model to add: empty, or a copy (`?copy=` names it)."""
    copied = request.args.get("copy")
    if not copied:
        return _form(_NEW, "")
    model = read_tagged(f"/settings/document-models/{copied}").body
    return _form({**_NEW, **{name: model[name] for name in ("description", "body", "style")}}, "")


@blueprint.page("/settings/documents/<model_id>", needs=permissions.SETTINGS_READ)
def one(model_id: str) -> Response:
    """A model to look at or change."""
    found = read_tagged(f"/settings/document-models/{model_id}")
    return _form(found.body, found.etag)


def _form(model: Json, etag: str) -> Response:
    newest = read("/tickets", limit=1)["items"]
    return show(
        "settings/document.html", model=model, etag=etag, ticket=newest[0]["number"] if newest else ""
    )
