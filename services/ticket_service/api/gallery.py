"""The gallery: every file of a ticket, whoever brought it and with whatever it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from marshmallow import Schema, fields, validate

from services.ticket_service.api import context
from services.ticket_service.api.message_schemas import AttachmentSchema
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of
from services.ticket_service.api.schemas import ActorSchema, nullable
from services.ticket_service.api.timeline import attachment_wire, ticket_id
from services.ticket_service.api.values import ID, Keys
from services.ticket_service.api.wire import Wire, actor
from services.ticket_service.domain import permissions
from services.ticket_service.domain.attachment import STATES, Attachment
from services.ticket_service.domain.message import Message
from services.ticket_service.store.keyset import Position
from services.ticket_service.store.queries_files import SORTS, FileFilter
from shared.contracts.attachment import ATTACHMENT_KINDS

blueprint = ApiBlueprint(
    "gallery", __name__, url_prefix=f"{PREFIX}/tickets", description="Every file of a ticket."
)
OLDEST: Final = "oldest"
NEWEST: Final = "newest"


class GalleryActionSchema(Schema):
    """What a file came with."""

    id = fields.String(required=True, metadata={"description": "Id of the message, reply or note."})
    number = fields.Integer(required=True, allow_none=True, metadata={"description": "Of the comment."})
    part = nullable(metadata={"enum": ["description", "comment", None]})
    visibility = fields.String(required=True, metadata={"enum": ["public", "internal"]})


class GalleryItemSchema(AttachmentSchema):
    """A file with who brought it and what it came with."""

    uploader = fields.Nested(
        ActorSchema, required=True, allow_none=True, metadata={"description": "Who sent or uploaded it."}
    )
    action = fields.Nested(GalleryActionSchema, required=True, allow_none=True)


class GalleryQuery(PageQuery):
    """Which files, and in which order."""

    sort = fields.String(load_default="created", validate=validate.OneOf(list(SORTS)))
    order = fields.String(load_default=OLDEST, validate=validate.OneOf((OLDEST, NEWEST)), metadata={
        "description": "`oldest` is also the smallest and the first of the alphabet, `newest` the other end."
    })  # fmt: skip
    kind = Keys(metadata={"description": f"Of {', '.join(ATTACHMENT_KINDS)}, repeated or with commas."})
    type = fields.String(
        validate=validate.Regexp(r"^[a-z0-9][a-z0-9!#$&^_.+/-]{0,140}$(?!\n)", error="Not a type."),
        metadata={"description": "Beginning of the type.", "example": "image/"},
    )
    state = fields.String(validate=validate.OneOf(STATES))
    uploader = fields.String(validate=ID, metadata={"description": "Id of a contact or a user."})
    min_size = fields.Integer(validate=validate.Range(0, 2**40), metadata={"description": "Bytes."})
    max_size = fields.Integer(validate=validate.Range(0, 2**40), metadata={"description": "Bytes."})


@blueprint.route("/<number>/attachments", methods=["GET"])
@blueprint.arguments(GalleryQuery, location="query")
@blueprint.operation("List the files of a ticket", 400, 404, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, page_of(GalleryItemSchema))
def find(query: dict[str, Any], number: str) -> Wire:
    """The files of all its messages, replies and notes."""
    services, wanted = context.services(), ticket_id(number)
    senders = services.files.sent_by(wanted, query["uploader"]) if "uploader" in query else None
    narrowed = FileFilter(
        ticket_id=wanted,
        kinds=query.get("kind", ()),
        type_begins=query.get("type", ""),
        state=query.get("state"),
        sent_with=senders,
        uploader=query.get("uploader"),
        sizes=(query.get("min_size"), query.get("max_size")),
    )
    sort, newest = SORTS[query["sort"]], query["order"] == NEWEST
    found = services.files.gallery(narrowed, sort, newest, query["cursor"], query["limit"])
    shown, following = cut(found, query["limit"], lambda each: Position(each.created_at, None, each.id))
    return {"items": _wires(shown), "next": following}


def _wires(found: Sequence[Attachment]) -> list[Wire]:
    ids = {each.message_id for each in found if each.message_id is not None}
    messages: Mapping[str, Message] = context.services().desk.store.load_messages(ids) if ids else {}
    return [_wire(each, messages.get(each.message_id or "")) for each in found]


def _wire(attachment: Attachment, message: Message | None) -> Wire:
    uploader = attachment.uploaded_by or (message.author if message else None)
    return {
        **attachment_wire(attachment),
        "uploader": uploader and actor(uploader),
        "action": message
        and {
            "id": message.id,
            "number": message.number,
            "part": message.part,
            "visibility": message.visibility,
        },
    }
