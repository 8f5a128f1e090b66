"""Canned replies: texts for the composer, with places that are filled in for the talk at hand."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act import canned_replies as acts
from services.ticket_service.act.sharing import Viewer, viewer
from services.ticket_service.acting import keep_answer
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.named import ChangeSchema, frame, tag, unchanged, words_begin
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.values import END, ID, Label, Text
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.canned_reply import VARIABLES, CannedReply
from services.ticket_service.domain.sharing import SHARED_WITH
from services.ticket_service.store.keyset import Order, Position
from shared.contracts.times import UtcTime

blueprint = ApiBlueprint(
    "canned-replies",
    __name__,
    url_prefix=f"{PREFIX}/canned-replies",
    description="Texts that people send again and again.",
)
_EXAMPLE: Final = {
    "title": "Good morning",
    "shortcut": "morning",
    "body": "Buongiorno {{ customer.first_name }}, come possiamo aiutarla?",
    "shared": "all",
}
_ORDER: Final = Order("created_at", newest_first=False)


class CannedReplyFieldsSchema(Schema):
    """What people say of a canned reply."""

    shortcut = fields.String(
        validate=validate.Regexp(
            rf"^[a-z0-9_-]{{0,40}}{END}", error="At most 40 of a-z, 0-9, _ and -, without the slash."
        ),
        metadata={"description": "What is typed after `/` to find it.", "example": "morning"},
    )
    shared = fields.String(
        validate=validate.OneOf(SHARED_WITH), metadata={"description": "Who sees it beside its owner."}
    )
    team = fields.String(
        validate=ID, allow_none=True, metadata={"description": "Id of the team it is shared with."}
    )


class NewCannedReplySchema(CannedReplyFieldsSchema):
    """A canned reply to keep; its body is Liquid over what `GET /canned-replies/variables` lists."""

    title = Label(required=True)
    body = Text(acts.MAX_BODY, required=True)


class CannedReplyChangeSchema(ChangeSchema, CannedReplyFieldsSchema):
    """What to change of a canned reply."""

    title = Label()
    body = Text(acts.MAX_BODY)


class CannedReplySchema(Schema):
    """A canned reply."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    shortcut = fields.String(required=True)
    body = fields.String(required=True)
    owner = fields.String(required=True, metadata={"description": "Id of the user who made it."})
    shared = fields.String(required=True, metadata={"enum": list(SHARED_WITH)})
    team = fields.String(required=True, allow_none=True)
    created_at = UtcTime(required=True)
    updated_at = UtcTime(required=True)


class CannedReplyQuery(PageQuery):
    """Which canned replies."""

    q = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"description": "Beginnings of words of the shortcut, the title or the text."},
    )


class FilledQuery(Schema):
    """For which ticket, or for which conversation that has none."""

    ticket = fields.String(validate=validate.Length(1, 60), metadata={"description": "Its number."})
    conversation = fields.String(validate=ID, metadata={"description": "Its id."})

    @validates_schema
    def _one_of_them(self, data: dict[str, Any], **kwargs: Any) -> None:
        if len(data) != 1:
            raise ValidationError("Name either a ticket or a conversation.", "ticket")


class FilledSchema(Schema):
    """A canned reply as it would be sent."""

    text = fields.String(required=True)
    gaps = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Variables it names of which nothing is known here: the text has gaps."},
    )


class BodyToTrySchema(Schema):
    """A text to try."""

    body = Text(acts.MAX_BODY, required=True)


class VariableSchema(Schema):
    """Something a text may name."""

    name = fields.String(required=True, metadata={"example": "customer.name"})
    meaning = fields.String(required=True)


class VariableListSchema(Schema):
    """All of them."""

    items = fields.List(fields.Nested(VariableSchema), required=True)


@blueprint.route("", methods=["GET"])
@blueprint.arguments(CannedReplyQuery, location="query")
@blueprint.operation(
    "List the canned replies you see, the oldest first", 400, 422, needs=permissions.TICKETS_READ
)
@blueprint.response(200, page_of(CannedReplySchema))
def find(query: dict[str, Any]) -> Wire:
    """Your own, your teams', everybody's."""
    wanted: dict[str, Any] = {"$and": [_viewer().where(), *words_begin(query["q"])]}
    found = context.services().records.page(CannedReply, wanted, _ORDER, page_wanted(query))
    shown, following = cut(found, query["limit"], lambda each: Position(each.created_at, None, each.id))
    return {"items": [_wire(each) for each in shown], "next": following}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewCannedReplySchema, example=_EXAMPLE)
@blueprint.operation("Keep a canned reply", 413, 415, idempotent=True, needs=permissions.TICKETS_WRITE)
@blueprint.response(201, CannedReplySchema)
def create(body: dict[str, Any]) -> Response:
    """One that others see needs the permission `views.share`."""
    desk, who = context.services().desk, _viewer()
    return made(
        body,
        CannedReplySchema,
        _wire,
        lambda frame_, remember: acts.create(desk, body, who, frame_, remember),
    )


@blueprint.route("/variables", methods=["GET"])
@blueprint.operation("List what a canned reply may name", needs=permissions.TICKETS_READ)
@blueprint.response(200, VariableListSchema)
def variables() -> Wire:
    """Write them as `{{ customer.name }}`."""
    return {"items": [{"name": name, "meaning": meaning} for name, meaning in VARIABLES.items()]}


@blueprint.route("/preview", methods=["POST"])
@blueprint.arguments(BodyToTrySchema, example={"body": _EXAMPLE["body"]})
@blueprint.operation("Try a text with samples", 413, 415, idempotent=True, needs=permissions.TICKETS_READ)
@blueprint.response(200, FilledSchema)
def preview(body: dict[str, Any]) -> Response:
    """Nothing is kept; 422 says what is wrong with the text."""
    filled = acts.tried(body["body"])
    shown = {"text": filled.text, "gaps": filled.gaps}

    def work(request: Once) -> Response:
        keep_answer(
            context.services().desk,
            shown,
            request.frame(),
            lambda document: request.record(200, document),
        )
        return answer(200, shown)

    return once(body, work)


@blueprint.route("/<reply_id>", methods=["GET"])
@blueprint.operation("One canned reply", 404, needs=permissions.TICKETS_READ)
@blueprint.etag
@blueprint.response(200, CannedReplySchema)
def show(reply_id: str) -> Wire:
    """The canned reply with this id."""
    reply = acts.seen(context.services().desk, reply_id, _viewer())
    blueprint.set_etag(tag(reply))
    return _wire(reply)


@blueprint.route("/<reply_id>/text", methods=["GET"])
@blueprint.arguments(FilledQuery, location="query")
@blueprint.operation("A canned reply, filled in", 404, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, FilledSchema)
def text(query: dict[str, Any], reply_id: str) -> Wire:
    """As you would send it now."""
    desk, user = context.services().desk, context.caller().user
    reply = acts.seen(desk, reply_id, _viewer())
    filled = (
        acts.filled_for(desk, reply, query["ticket"], user)
        if "ticket" in query
        else acts.filled_in(desk, reply, query["conversation"], user)
    )
    return {"text": filled.text, "gaps": filled.gaps}


@blueprint.route("/<reply_id>", methods=["PATCH"])
@blueprint.arguments(CannedReplyChangeSchema, example={"shortcut": "gm"})
@blueprint.operation(
    "Change a canned reply", 400, 404, 412, 413, 415, 422, 428, needs=permissions.TICKETS_WRITE
)
@blueprint.etag
@blueprint.response(200, CannedReplySchema)
def change(wanted: dict[str, Any], reply_id: str) -> Wire:
    """Your own; a shared one whoever may share."""
    desk, who = context.services().desk, _viewer()
    reply = acts.change(desk, reply_id, wanted, who, frame(), lambda each: unchanged(blueprint, each))
    blueprint.set_etag(tag(reply))
    return _wire(reply)


@blueprint.route("/<reply_id>", methods=["DELETE"])
@blueprint.operation("Delete a canned reply", 404, 412, 428, needs=permissions.TICKETS_WRITE)
@blueprint.etag
@blueprint.response(204)
def delete(reply_id: str) -> None:
    """What was sent with it stays as it is."""
    desk = context.services().desk
    acts.delete(desk, reply_id, _viewer(), frame(), lambda each: unchanged(blueprint, each))


def _viewer() -> Viewer:
    caller = context.caller()
    return viewer(context.services().desk, caller.user.id, caller.permissions())


def _wire(reply: CannedReply) -> Wire:
    return {name: getattr(reply, name) for name in CannedReplySchema().fields}
