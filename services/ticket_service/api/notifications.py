"""Notices by mail: which are sent, to whom, from whom, and in which words."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from services.ticket_service.act import notices as acts
from services.ticket_service.acting import keep_answer
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.named import ChangeSchema, frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.values import MAX_LABEL, Label
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.notices import (
    AUDIENCES,
    EVENTS,
    LANGUAGES,
    RECIPIENTS,
    Notices,
    NoticeText,
)
from shared.contracts.mail_address import is_address

blueprint = ApiBlueprint(
    "notifications",
    __name__,
    url_prefix=f"{PREFIX}/settings/notifications",
    description="Which happenings are told to whom by mail.",
)
MAX_WORDS: Final = 10_000
MAX_HTML: Final = 20_000
_FIELDS: Final = (
    *("staff_address", "sender_name", "sender_address", "language", "header", "footer", "sends", "statuses"),
    "texts",
)


def _address(text: str) -> None:
    if text and not is_address(text):
        raise ValidationError("Not a mail address.")


def _told(**kwargs: Any) -> fields.List:
    return fields.List(
        fields.String(validate=validate.OneOf(RECIPIENTS)), validate=validate.Length(max=20), **kwargs
    )


class NoticeTextSchema(Schema):
    """Own words for one notice; Liquid."""

    event = fields.String(required=True, validate=validate.OneOf(EVENTS))
    audience = fields.String(
        required=True,
        validate=validate.OneOf(AUDIENCES),
        metadata={"description": "`inside`: staff; `requester`: the customer, and the ticket's cc."},
    )
    language = fields.String(required=True, validate=validate.OneOf(LANGUAGES))
    status = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={"description": "Key of a status: words for that status alone."},
    )
    subject = Label(400, required=True)
    body = fields.String(required=True, validate=validate.Length(1, MAX_WORDS))

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> NoticeText:
        return NoticeText(**data)


class NotificationsFieldsSchema(Schema):
    """Everything about notices."""

    staff_address = fields.String(
        validate=[validate.Length(max=320), _address],
        metadata={"description": "Who is meant by `staff`; empty for nobody."},
    )
    sender_name = fields.String(validate=validate.Length(max=MAX_LABEL))
    sender_address = fields.String(
        validate=[validate.Length(max=320), _address],
        metadata={"description": "Whom notices are from; empty: as the notifier is set."},
    )
    language = fields.String(
        validate=validate.OneOf(LANGUAGES), metadata={"description": "For readers whose own is not known."}
    )
    header = fields.String(
        validate=validate.Length(max=MAX_HTML), metadata={"description": "HTML; what could run is taken out."}
    )
    footer = fields.String(validate=validate.Length(max=MAX_HTML), metadata={"description": "Likewise."})
    sends = fields.Dict(
        keys=fields.String(validate=validate.OneOf(EVENTS)),
        values=_told(),
        metadata={"description": "Who is told of what; nobody of what is not named."},
    )
    statuses = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 60)),
        values=_told(),
        validate=validate.Length(max=200),
        metadata={"description": "By key of a status: who is told when a ticket enters it."},
    )
    texts = fields.List(
        fields.Nested(NoticeTextSchema),
        validate=validate.Length(max=500),
        metadata={"description": "Own words; where there are none the desk's are used."},
    )


class NotificationsSchema(NotificationsFieldsSchema):
    """The settings as they are."""


class NotificationsChangeSchema(ChangeSchema, NotificationsFieldsSchema):
    """What to change; each list and map is replaced as a whole."""


class NoticePreviewQuerySchema(Schema):
    """Which notice to look at; with `subject` and `body` the words that are being written."""

    event = fields.String(required=True, validate=validate.OneOf(EVENTS))
    audience = fields.String(load_default=AUDIENCES[0], validate=validate.OneOf(AUDIENCES))
    language = fields.String(load_default="en", validate=validate.OneOf(LANGUAGES))
    status = fields.String(load_default="", validate=validate.Length(max=60))
    subject = Label(400)
    body = fields.String(validate=validate.Length(1, MAX_WORDS))

    @validates_schema
    def _both(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("subject" in data) != ("body" in data):
            raise ValidationError("Give both, subject and body, or none of them.")


class NoticePreviewSchema(Schema):
    """The mail with an example's values."""

    subject = fields.String(required=True)
    text = fields.String(required=True)
    html = fields.String(required=True)


@blueprint.route("", methods=["GET"])
@blueprint.operation("How notices are set up", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, NotificationsSchema)
def show() -> Wire:
    """As it is first, nothing is sent to anybody."""
    notices = acts.current(context.services().desk)
    blueprint.set_etag(tag(notices))
    return _wire(notices)


@blueprint.route("", methods=["PATCH"])
@blueprint.arguments(
    NotificationsChangeSchema,
    example={
        "staff_address": "desk@example.com",
        "sends": {"opened": ["staff", "requester"], "noted": ["responsible", "mentioned"]},
    },
)
@blueprint.operation("Change notices", 400, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE)
@blueprint.etag
@blueprint.response(200, NotificationsSchema)
def change(wanted: dict[str, Any]) -> Wire:
    """422 for a status that does not exist, and for words that cannot be filled in."""
    new = dict(wanted)
    for name in ("sends", "statuses"):
        if name in new:
            new[name] = {key: tuple(dict.fromkeys(told)) for key, told in new[name].items()}
    if "texts" in new:
        new["texts"] = tuple(new["texts"])
    desk = context.services().desk
    notices = acts.change(desk, new, frame(), lambda each: unchanged(blueprint, each))
    blueprint.set_etag(tag(notices))
    return _wire(notices)


@blueprint.route("/preview", methods=["POST"])
@blueprint.arguments(NoticePreviewQuerySchema, example={"event": "opened", "audience": "requester"})
@blueprint.operation("What a reader would get", 413, 415, idempotent=True, needs=permissions.SETTINGS_READ)
@blueprint.response(200, NoticePreviewSchema)
def preview(body: dict[str, Any]) -> Response:
    """Nothing is sent."""
    event, audience, language, status = (body[name] for name in ("event", "audience", "language", "status"))
    own = None
    if "body" in body:
        own = NoticeText(event, audience, language, body["subject"], body["body"])
    words = acts.preview(context.services().desk, event, audience, language, status, own)
    shown = {"subject": words.subject, "text": words.text, "html": words.html}

    def work(request: Once) -> Response:
        desk = context.services().desk
        keep_answer(desk, shown, request.frame(), lambda document: request.record(200, document))
        return answer(200, shown)

    return once(body, work)


def _wire(notices: Notices) -> Wire:
    return {name: getattr(notices, name) for name in _FIELDS}
