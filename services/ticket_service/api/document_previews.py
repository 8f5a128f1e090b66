"""What a document model would make of a ticket, before it is kept."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields, validate

from services.ticket_service.api.documents import PDF, document_of
from services.ticket_service.api.idempotency import Once, once
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import invalid
from services.ticket_service.domain import permissions
from services.ticket_service.domain.document_model import MAX_BODY, MAX_STYLE, DocumentModel
from services.ticket_service.domain.thumbnail import PREVIEW
from services.ticket_service.render.confined import NotPossible
from services.ticket_service.render.pictures import WEBP, drawn

blueprint = ApiBlueprint(
    "document-previews",
    __name__,
    url_prefix=f"{PREFIX}/settings/document-previews",
    description="Documents as they would look.",
)
_EXAMPLE: Final = {"body": "<h1>{{ ticket.number }}</h1>", "ticket": "TT24", "format": "picture"}


class DocumentPreviewSchema(Schema):
    """A model that is not kept, and a ticket to fill it with."""

    body = fields.String(required=True, validate=validate.Length(1, MAX_BODY))
    style = fields.String(load_default="", validate=validate.Length(max=MAX_STYLE))
    ticket = fields.String(required=True, validate=validate.Length(1, 100), metadata={"example": "TT24"})
    internal = fields.Boolean(load_default=False)
    format = fields.String(
        load_default="picture",
        validate=validate.OneOf(("picture", "pdf")),
        metadata={"description": "The first page as a picture (WebP), or the whole document."},
    )


@blueprint.route("", methods=["POST"])
@blueprint.arguments(DocumentPreviewSchema, example=_EXAMPLE)
@blueprint.operation(
    "What a document model would make of a ticket",
    *(404, 413, 415, 501),
    idempotent=True,
    needs=permissions.SETTINGS_WRITE,
)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=WEBP)
def preview(body: dict[str, Any]) -> Response:
    """Nothing is kept; a repeat makes it anew. 422 says what is wrong with the model, and in which line."""
    model = DocumentModel("preview", "preview", body["body"], None, None, style=body["style"])
    query = {"internal": body["internal"]}

    def work(_: Once) -> Response:
        content, kind = document_of(body["ticket"], model, query, "body"), PDF
        if body["format"] == "picture":
            content, kind = _first_page(content), WEBP
        response = Response(content, content_type=kind)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        return response

    return once(body, work)


def _first_page(content: bytes) -> bytes:
    try:
        return drawn(content, PDF, PREVIEW)
    except NotPossible as error:
        raise invalid([("body", f"The document cannot be shown as a picture: {error}")]) from error
