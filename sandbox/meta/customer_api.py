"""The customer's side of the Meta stand-in: messages of every kind, files, echoes, and account webhooks."""

import re
import time

from flask import Blueprint, Response, jsonify, request
from marshmallow import Schema, fields, validate

from sandbox.meta import inbound_schemas
from sandbox.meta.conversation import Conversation
from sandbox.meta.inbound_schemas import ID
from sandbox.meta.media import MAX_FILE_BYTES
from sandbox.meta.numbers import wa_id_of
from sandbox.meta.store import MetaStore
from sandbox.meta.templates import STATUSES, TemplateList, webhook_value
from sandbox.problems import Problem, not_valid, read_body, read_object

NOTICES = (
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
    "phone_number_quality_update",
    "account_update",
    "account_alerts",
)
# What a page may show by itself; anything else is only ever downloaded.
_SHOWABLE = re.compile(r"(?:image/(?:png|jpeg|gif|webp)|audio/[\w.+-]+|video/[\w.+-]+)\Z")


class RetryRequest(Schema):
    """Which message, not delivered before, to send again."""

    message_id = fields.String(required=True, validate=ID)


class NoticeRequest(Schema):
    """One account webhook: its field and its value, in Meta's words."""

    field = fields.String(required=True, validate=validate.OneOf(NOTICES))
    value = fields.Dict(keys=fields.String(), required=True)


class StatusRequest(Schema):
    """What Meta decides about a template."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reason = fields.String(load_default=None, validate=validate.Length(1, 200))


def blueprint(store: MetaStore, conversation: Conversation, templates: TemplateList) -> Blueprint:
    """The routes /api/meta/messages, /media, /echoes, /notices and /templates."""
    api = Blueprint("meta_customer", __name__, url_prefix="/api/meta")

    @api.post("/messages")
    def write() -> Response:
        body = inbound_schemas.check(read_object())
        return jsonify(conversation.write(wa_id(body["from_"], "from"), body))

    @api.post("/messages/retry")
    def write_again() -> Response:
        return jsonify(conversation.write_again(read_body(RetryRequest())["message_id"]))

    @api.post("/echoes")
    def echo() -> Response:
        body = inbound_schemas.check(read_object(), echo=True)
        return jsonify(conversation.write(wa_id(body["to"], "to"), body, echo=True))

    @api.post("/media")
    def upload() -> tuple[Response, int]:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            # A form needs no preflight: this keeps a foreign page from using a visitor's browser.
            raise Problem(403, "Forbidden", "Only the sandbox's own page may upload from a browser.")
        request.max_content_length = MAX_FILE_BYTES + 2**20
        file = request.files.get("file")
        if file is None:
            raise not_valid(file="Send one file as multipart/form-data.")
        content = file.stream.read(MAX_FILE_BYTES + 1)
        if not 0 < len(content) <= MAX_FILE_BYTES:
            raise not_valid(file=f"It must have between 1 and {MAX_FILE_BYTES} bytes.")
        mime_type = (request.form.get("type") or file.mimetype or "application/octet-stream")[:100]
        media = store.keep_media(mime_type, content, (file.filename or "")[-240:] or None)
        return jsonify(media_id=media.id, mime_type=mime_type, sha256=media.sha256, size=len(content)), 201

    @api.get("/media/<media_id>")
    def show(media_id: str) -> Response:
        media = store.media(media_id)
        if media is None:
            raise Problem(404, "Not found", "This file is unknown or already forgotten.")
        answer = Response(media.content, mimetype=media.mime_type)
        inline = _SHOWABLE.fullmatch(media.mime_type.partition(";")[0])
        answer.headers.set(
            "Content-Disposition", "inline" if inline else "attachment", filename=media.filename or media.id
        )
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return answer

    @api.post("/notices")
    def notice() -> Response:
        body = read_body(NoticeRequest())
        return jsonify(conversation.notice(body["field"], body["value"]))

    @api.get("/templates")
    def list_templates() -> Response:
        return jsonify(items=templates.all())

    @api.post("/templates/<template_id>/status")
    def decide(template_id: str) -> Response:
        body = read_body(StatusRequest())
        template = templates.decide(template_id, body["status"], body["reason"])
        if template is None:
            raise Problem(404, "Not found", "No such template.")
        value = webhook_value(template, body["reason"], int(time.time()))
        return jsonify(template=template, **conversation.notice(NOTICES[0], value))

    return api


def wa_id(number: str, field: str) -> str:
    """The id of the customer with this number; raises Problem 422 naming `field`."""
    found = wa_id_of(number)
    if found is None:
        raise not_valid(**{field: "Not a phone number with its country code, like +39 335 103 2246."})
    return found
