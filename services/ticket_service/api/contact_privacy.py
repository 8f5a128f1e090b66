"""What the law gives a person: a copy of all that is kept of them, and to be forgotten."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any, Final

import orjson
from flask import Response
from marshmallow import Schema, fields

from services.ticket_service.act import erasing as acts
from services.ticket_service.act.people import contact_in_use
from services.ticket_service.acting import Desk, Frame, until_saved
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.filenames import disposition
from services.ticket_service.api.named import frame
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import ActorSchema
from services.ticket_service.api.wire import Wire, actor
from services.ticket_service.domain import permissions
from services.ticket_service.domain.audit import EXPORTED, AuditEntry
from services.ticket_service.domain.erasure import STATES, Erasure
from services.ticket_service.ports import Changes
from services.ticket_service.store.exporting import PersonExport
from shared.blobs.store import BlobMissing, BlobStore
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "contact-privacy",
    __name__,
    url_prefix=f"{PREFIX}/contacts",
    description="A copy of all that is kept of a person; and to be forgotten.",
)
ZIP: Final = "application/zip"
_IN_MEMORY: Final = 4_000_000
_CHUNK: Final = 256_000
MOST_FILE_BYTES: Final = 1_000_000_000
"""Files beyond are listed in `attachments.json` and have to be downloaded one by one."""


class ErasureSchema(Schema):
    """How far a person is forgotten."""

    contact = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(STATES)})
    requested_at = UtcTime(required=True)
    requested_by = fields.Nested(ActorSchema, required=True)
    done_at = UtcTime(required=True, allow_none=True)


@blueprint.route("/<contact_id>/erase", methods=["POST"])
@blueprint.operation("Erase a person", 404, idempotent=True, needs=permissions.CONTACTS_ERASE)
@blueprint.response(202, ErasureSchema)
def erase(contact_id: str) -> Response:
    """Names, identities and notes go at once; texts and files of all their tickets within a minute.

    The tickets keep their number, times and states. It cannot be undone. Whoever writes again is a new lead.
    """
    desk = context.services().desk
    return made(
        None,
        ErasureSchema,
        _wire,
        lambda frame_, remember: acts.erase_contact(desk, contact_id, frame_, remember),
        202,
    )


@blueprint.route("/<contact_id>/erasure", methods=["GET"])
@blueprint.operation("How far a person is erased", 404, needs=permissions.CONTACTS_ERASE)
@blueprint.response(200, ErasureSchema)
def erasure(contact_id: str) -> Wire:
    """404 while nobody asked for it."""
    found = context.services().desk.store.record(Erasure, contact_id)
    if found is None:
        raise not_found("erasure")
    return _wire(found)


@blueprint.route("/<contact_id>/export", methods=["GET"])
@blueprint.operation(
    "A copy of all that is kept of a person",
    *(404, 409),
    needs=permissions.CONTACTS_ERASE,
)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=ZIP)
def export(contact_id: str) -> Response:
    """Written into the audit log before anything leaves."""
    services = context.services()
    _audit_export(services.desk, contact_id, frame())
    packed = _packed(services.people.export(contact_id), services.blobs)
    headers = {"Content-Disposition": disposition(f"contact-{contact_id}.zip", inline=False)}
    return Response(_chunks(packed), 200, headers, content_type=ZIP, direct_passthrough=True)


def _audit_export(desk: Desk, contact_id: str, frame_: Frame) -> None:
    def attempt() -> None:
        contact_in_use(desk, contact_id)
        changes = Changes()
        now, who = desk.clock(), frame_.actor
        changes.touch(AuditEntry(desk.new_id(), now, who, "contact", contact_id, EXPORTED))
        desk.save(changes)

    until_saved(attempt, frame_)


def _packed(person: PersonExport, blobs: BlobStore) -> IO[bytes]:
    """The archive in a file of its own, in memory while it is small."""
    packed: Any = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by _chunks
    left = MOST_FILE_BYTES
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, documents in person.parts():
            with archive.open(f"{name}.json", "w", force_zip64=True) as part:
                part.write(b"[")
                for position, document in enumerate(documents):
                    part.write((b",\n" if position else b"\n") + orjson.dumps(document, default=str))
                part.write(b"\n]\n")
        for file in person.files():
            left -= file.size or 0
            if left < 0 or file.blob_id is None:
                break
            _pack_file(archive, file.id, file.blob_id, blobs)
    packed.seek(0)
    opened: IO[bytes] = packed
    return opened


def _pack_file(archive: zipfile.ZipFile, name: str, blob_id: str, blobs: BlobStore) -> None:
    with (
        suppress(BlobMissing),  # deleted meanwhile
        blobs.open(blob_id) as (_, content),
        archive.open(f"files/{name}", "w", force_zip64=True) as part,
    ):
        for chunk in content:
            part.write(chunk)


def _chunks(packed: IO[bytes]) -> Iterator[bytes]:
    with packed:
        while chunk := packed.read(_CHUNK):
            yield chunk


def _wire(erasure_: Erasure) -> Wire:
    return {
        "contact": erasure_.id,
        "state": erasure_.state,
        "requested_at": erasure_.at,
        "requested_by": actor(erasure_.by),
        "done_at": erasure_.done_at,
    }
