"""Files: brought by people to be sent, brought by customers to be seen, fetched again where that failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response, request
from werkzeug.exceptions import HTTPException

from services.ticket_service.act import files as acts
from services.ticket_service.act.scanning import UNFIT, check_again, refuse_infected, seen
from services.ticket_service.api import context
from services.ticket_service.api.file_content import content_of
from services.ticket_service.api.filenames import fits_kind, kind_of, shown_name, type_of
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.message_schemas import AttachmentSchema
from services.ticket_service.api.multipart import FILE, Part, Received, Upload, too_large
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import invalid, not_found
from services.ticket_service.api.timeline import attachment_wire
from services.ticket_service.api.uploads import forget_old_uploads
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.attachment_policy import LARGEST, AttachmentPolicy
from services.ticket_service.ports import IdempotencyRecord
from shared.blobs.store import Blob, BlobTooLarge
from shared.contracts.attachment import ATTACHMENT_KINDS
from shared.runtime.ids import new_id
from shared.web.problems import Problem

blueprint = ApiBlueprint("attachments", __name__, url_prefix=PREFIX, description="Files of messages.")

MAX_FILE_BYTES: Final = LARGEST
KIND: Final = "kind"
_FORM: Final = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [FILE],
                "properties": {
                    FILE: {"type": "string", "format": "binary", "description": "One file, at most 64 MiB."},
                    KIND: {
                        "type": "string",
                        "enum": list(ATTACHMENT_KINDS),
                        "description": "What it is sent as; by its type where this is left out.",
                    },
                },
            }
        }
    },
}
_BINARY: Final = {"type": "string", "format": "binary"}


@blueprint.route("/attachments", methods=["POST"])
@blueprint.operation(
    "Upload a file to be sent", 413, 415, idempotent=True, requestBody=_FORM, needs=permissions.TICKETS_REPLY
)
@blueprint.response(201, AttachmentSchema)
def upload() -> Response:
    """Name it in `attachments` of a reply within seven days; what nobody sent is forgotten after that.

    The type is what the file's first bytes agree with. A repeat with the same Idempotency-Key brings the file
    again: when it is the same (name, type, content) it gets the first answer, and the copy is thrown away.
    """
    services, kept = context.services(), False
    policy = services.desk.store.setting(AttachmentPolicy)
    max_bytes = min(MAX_FILE_BYTES, policy.max_bytes)

    def store(part: Part, pieces: Iterator[bytes]) -> Blob:
        mime_type = type_of(part.mime_type, part.filename, part.beginning)
        refusal = policy.refusal(shown_name(part.filename), mime_type, None)
        if refusal is not None:
            raise invalid([(FILE, refusal.detail)], code=refusal.code)
        try:
            return services.blobs.put(new_id(), pieces, mime_type=mime_type, max_bytes=max_bytes)
        except BlobTooLarge:
            raise too_large(max_bytes) from None

    coming = Upload(request, max_bytes, {KIND}, store)

    def work(once_only: Once) -> Response:
        nonlocal kept
        attachment = acts.keep_upload(
            services.desk, kind, name, received.taken, scanned, once_only.frame(), _remember(once_only, 201)
        )
        kept = True
        return answer(201, _rendered(attachment))

    try:
        received = coming.receive()
        kind, name = _kind(received), shown_name(received.part.filename)
        scanned = _scanned(received.taken)
        response = once(_fingerprint(received, kind, name), work)
    except (Problem, HTTPException, *UNFIT):
        _throw_away(coming.taken)
        raise
    if not kept:
        _throw_away(coming.taken)
    forget_old_uploads(services.files, services.blobs, services.desk.clock())
    return response


@blueprint.route("/attachments/<attachment_id>", methods=["GET"])
@blueprint.operation("One file: how it stands", 404, needs=permissions.TICKETS_READ)
@blueprint.response(200, AttachmentSchema)
def show(attachment_id: str) -> Wire:
    """The file with this id, without its content."""
    return attachment_wire(attachment_of(attachment_id))


@blueprint.route("/attachments/<attachment_id>/content", methods=["GET"])
@blueprint.operation("The content of a file", 404, 409, 416, needs=permissions.TICKETS_READ)
@blueprint.response(200, _BINARY, content_type="application/octet-stream")
@blueprint.alt_response(206, schema=_BINARY, content_type="application/octet-stream")
def content(attachment_id: str) -> Response:
    """Pictures, sound and film may be shown in place; everything else is for saving. `Range` is understood.

    409 `not-stored` while it is still being fetched, could not be, or is blocked.
    """
    services = context.services()
    attachment = seen(services.desk, attachment_of(attachment_id), services.blobs, services.scan)
    return content_of(attachment, services.blobs, request)


@blueprint.route("/attachments/<attachment_id>/retry", methods=["POST"])
@blueprint.operation("Fetch a customer's file again", 404, idempotent=True, needs=permissions.TICKETS_WRITE)
@blueprint.response(202, AttachmentSchema)
def retry(attachment_id: str) -> Response:
    """For one that could not be fetched: 409 `not-failed` for every other."""

    def work(once_only: Once) -> Response:
        attachment = acts.fetch_again(
            context.services().desk, attachment_id, once_only.frame(), _remember(once_only, 202)
        )
        return answer(202, _rendered(attachment))

    return once(None, work)


@blueprint.route("/attachments/<attachment_id>/check", methods=["POST"])
@blueprint.operation("Check a file again", 404, idempotent=True, needs=permissions.TICKETS_WRITE)
@blueprint.response(200, AttachmentSchema)
def check(attachment_id: str) -> Response:
    """Against the policy as it is now, and by the virus scanner: a blocked file is let go, or stays blocked.

    What a scanner found stays blocked where there is none now. 409 `not-stored` when its content is not here.
    """
    services = context.services()

    def work(once_only: Once) -> Response:
        attachment = check_again(
            services.desk,
            attachment_id,
            services.blobs,
            services.scan,
            once_only.frame(),
            _remember(once_only, 200),
        )
        return answer(200, _rendered(attachment))

    return once(None, work)


def attachment_of(attachment_id: str) -> Attachment:
    """The file with this id. Problem 404."""
    found = context.services().files.attachment(attachment_id)
    if found is None:
        raise not_found("file")
    return found


def _kind(received: Received[Blob]) -> str:
    mime_type = received.taken.mime_type
    kind = received.fields.get(KIND) or kind_of(mime_type)
    if kind not in ATTACHMENT_KINDS:
        raise invalid([(KIND, f"Use one of {', '.join(ATTACHMENT_KINDS)}.")])
    if not fits_kind(kind, mime_type):
        raise invalid([(KIND, f"This file is {mime_type}, which cannot be sent as {kind}.")])
    return kind


def _scanned(blob: Blob) -> bool:
    services = context.services()
    with services.blobs.open(blob.id) as (_, pieces):
        return refuse_infected(pieces, services.scan)


def _fingerprint(received: Received[Blob], kind: str, name: str) -> dict[str, Any]:
    blob = received.taken
    return {"kind": kind, "name": name, "type": blob.mime_type, "sha256": blob.sha256, "size": blob.size}


def _throw_away(blob: Blob | None) -> None:
    if blob is not None:
        context.services().blobs.delete(blob.id)


def _rendered(attachment: Attachment) -> Wire:
    return AttachmentSchema().dump(attachment_wire(attachment))


def _remember(request: Once, status: int) -> Any:
    def remember(attachment: Attachment) -> IdempotencyRecord | None:
        return request.record(status, _rendered(attachment))

    return remember
