"""Small pictures of files: of images, and of a PDF's first page."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request
from marshmallow import Schema, fields, validate

from services.ticket_service.act.scanning import seen
from services.ticket_service.api import context
from services.ticket_service.api.attachments import attachment_of
from services.ticket_service.api.file_content import POLICY
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import not_found
from services.ticket_service.domain import permissions
from services.ticket_service.domain.thumbnail import PIXELS, SMALL
from services.ticket_service.render.pictures import WEBP, picture

blueprint = ApiBlueprint(
    "thumbnails", __name__, url_prefix=f"{PREFIX}/attachments", description="Small pictures of files."
)
_BINARY: Final = {"type": "string", "format": "binary"}
_SIZES: Final = ", ".join(f"{name}: {pixels} pixels" for name, pixels in PIXELS.items())


class ThumbnailQuery(Schema):
    """Which size."""

    size = fields.String(
        load_default=SMALL,
        validate=validate.OneOf(list(PIXELS)),
        metadata={"description": f"The longer side at most: {_SIZES}."},
    )


@blueprint.route("/<attachment_id>/thumbnail", methods=["GET"])
@blueprint.arguments(ThumbnailQuery, location="query")
@blueprint.operation("The small picture of a file", 404, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, _BINARY, content_type=WEBP)
def show(query: dict[str, Any], attachment_id: str) -> Response:
    """Of images, and of a PDF its first page; `preview` is large enough to read. 404 when there is none."""
    services = context.services()
    attachment = seen(services.desk, attachment_of(attachment_id), services.blobs, services.scan)
    etag = f"{attachment.sha256}.{query['size']}"
    drawn = picture(attachment, query["size"], services.blobs)
    if drawn is None:
        raise not_found("picture of this file")
    response = Response(drawn, content_type=WEBP)
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, max-age=86400"
    response.set_etag(etag)
    response.make_conditional(request)
    return response
