"""The customer's side of the Twilio stand-in: the phone's actions, its files, and the status callbacks."""

import re
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request
from marshmallow import Schema, fields, validate

from sandbox.config import TwilioAccount
from sandbox.meta.gateway import GatewayUnreachable
from sandbox.meta.numbers import wa_id_of
from sandbox.problems import Problem, not_valid, read_body
from sandbox.receipts import STEPS
from sandbox.state import SandboxState
from sandbox.twilio import schemas
from sandbox.twilio.addresses import whatsapp_address
from sandbox.twilio.callbacks import Callbacks
from sandbox.twilio.contents import STATUSES, ContentList
from sandbox.twilio.frame import PROVIDER
from sandbox.twilio.gateway import is_web_address
from sandbox.twilio.phone import Phone
from sandbox.twilio.schemas import ID
from sandbox.twilio.store import MAX_FILE_BYTES, MessageResource, TwilioStore

_CALLS_ON_PAGE = 50
_FAILURES = ("failed", "undelivered")
_OTHER_FAILURE = 63013
# What a page may show by itself; anything else is only ever downloaded.
_SHOWABLE = re.compile(r"(?:image/(?:png|jpeg|gif|webp)|audio/[\w.+-]+|video/[\w.+-]+)\Z")


class RetryRequest(Schema):
    """Which message, not delivered before, to send again."""

    message_id = fields.String(required=True, validate=ID)


class ErrorRequest(Schema):
    """Why a message failed, by Twilio's code."""

    code = fields.Integer(required=True, strict=True, validate=validate.Range(1, 9_999_999))


class ReceiptRequest(Schema):
    """One callback by hand; `to` and `callback_url` are needed only for a message not known here."""

    message_id = fields.String(required=True, validate=ID)
    status = fields.String(required=True, validate=validate.OneOf(["queued", *STEPS, *_FAILURES]))
    error = fields.Nested(ErrorRequest, load_default=None)
    to = fields.String(load_default=None, validate=validate.Length(1, 40))
    callback_url = fields.String(load_default=None, validate=validate.Length(1, 2000))


class PolicyRequest(Schema):
    """What to change about the callbacks that follow by themselves."""

    mode = fields.String(validate=validate.OneOf(["auto", "off"]))
    until = fields.String(validate=validate.OneOf(STEPS))
    delay_ms = fields.Integer(strict=True, validate=validate.Range(0, 60_000))


class SettingsRequest(Schema):
    """How strictly to apply the 24 h rule, whether a refusal of WhatsApp's comes at once, and whether the
    account's token is still good."""

    reply_window = fields.String(validate=validate.OneOf(["known", "strict", "off"]))
    refusals = fields.String(validate=validate.OneOf(["asynchronous", "immediate"]))
    token_valid = fields.Boolean()


class ApprovalDecision(Schema):
    """What WhatsApp decides about a content."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    reason = fields.String(load_default="", validate=validate.Length(max=200))


def blueprint(
    account: TwilioAccount,
    state: SandboxState,
    store: TwilioStore,
    contents: ContentList,
    phone: Phone,
    callbacks: Callbacks,
) -> Blueprint:
    """The routes /api/twilio/…"""
    api = Blueprint("twilio_api", __name__, url_prefix="/api/twilio")
    _add_files(api, store)
    _add_receipts(api, account, store, callbacks)

    @api.get("/phone")
    def show_phone() -> Response:
        position = state.events.position()  # first, so that nothing falls between snapshot and stream
        return jsonify(
            position=position,
            business={"name": "Sportello desk", "number": account.number},
            customers=store.phones.phones(),
            calls=[call for call in state.calls.newest(_CALLS_ON_PAGE) if call["provider"] == PROVIDER],
            faults=[fault for fault in state.faults.pending() if fault["provider"] == PROVIDER],
            receipts=asdict(callbacks.policy),
            **_settings(store),
        )

    @api.post("/customers")
    def add_customer() -> tuple[Response, int]:
        body = read_body(schemas.CustomerRequest())
        return jsonify(store.phones.customer(_wa_id(body["from_"], "from"), body["name"]).line()), 201

    @api.post("/messages")
    def write() -> Response:
        body = schemas.read_message()
        return jsonify(phone.write(_wa_id(body["from_"], "from"), body))

    @api.post("/messages/retry")
    def write_again() -> Response:
        return jsonify(phone.write_again(read_body(RetryRequest())["message_id"]))

    @api.post("/settings")
    def change_settings() -> Response:
        body = read_body(SettingsRequest())
        store.phones.reply_window = body.get("reply_window", store.phones.reply_window)
        store.refusals = body.get("refusals", store.refusals)
        store.phones.token_valid = body.get("token_valid", store.phones.token_valid)
        return jsonify(_settings(store))

    @api.post("/contents/<sid>/approval")
    def decide(sid: str) -> Response:
        body = read_body(ApprovalDecision())
        content = contents.get(sid)
        if content is None:
            raise Problem(404, "Not found", "No such content.")
        content.approval.status, content.approval.rejection_reason = body["status"], body["reason"]
        return jsonify({**content.as_json(account.account_sid), "approval": content.approval.as_json()})

    return api


def _add_files(api: Blueprint, store: TwilioStore) -> None:
    @api.post("/media")
    def upload() -> tuple[Response, int]:
        request.max_content_length = MAX_FILE_BYTES + 2**20
        file = request.files.get("file")
        if file is None:
            raise not_valid(file="Send one file as multipart/form-data.")
        content = file.stream.read(MAX_FILE_BYTES + 1)
        if not 0 < len(content) <= MAX_FILE_BYTES:
            raise not_valid(file=f"It must have between 1 and {MAX_FILE_BYTES} bytes.")
        mime_type = (request.form.get("type") or file.mimetype or "application/octet-stream")[:100]
        media = store.phones.keep_media(mime_type, content, (file.filename or "")[-240:] or None)
        return jsonify(media_id=media.id, mime_type=mime_type, sha256=media.sha256, size=len(content)), 201

    @api.get("/media/<media_id>")
    def show_file(media_id: str) -> Response:
        media = store.phones.media(media_id)
        if media is None:
            raise Problem(404, "Not found", "This file is unknown or already forgotten.")
        answer = Response(media.content, mimetype=media.mime_type)
        inline = _SHOWABLE.fullmatch(media.mime_type.partition(";")[0])
        how = "inline" if inline else "attachment"
        answer.headers.set("Content-Disposition", how, filename=media.filename or media.id)
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return answer


def _add_receipts(api: Blueprint, account: TwilioAccount, store: TwilioStore, callbacks: Callbacks) -> None:
    @api.get("/receipts")
    def show_policy() -> Response:
        return jsonify(asdict(callbacks.policy))

    @api.post("/receipts")
    def change_policy() -> Response:
        callbacks.policy = replace(callbacks.policy, **read_body(PolicyRequest()))
        return jsonify(asdict(callbacks.policy))

    @api.post("/receipts/send")
    def send_receipt() -> Response:
        body = read_body(ReceiptRequest())
        message = store.get(body["message_id"]) or _foreign(account, body)
        url = body["callback_url"] or message.status_callback
        if url is None or not is_web_address(url):
            raise not_valid(callback_url="This message has no status callback: name an http(s) address.")
        failure = body["error"]["code"] if body["error"] else None
        if failure is None and body["status"] in _FAILURES:
            failure = _OTHER_FAILURE
        try:
            answer = callbacks.send_now(message, url, body["status"], failure)
        except GatewayUnreachable as unreachable:
            raise Problem(502, "Not delivered", str(unreachable)) from None
        if not answer.taken:
            reason = f"The gateway answered {answer.status}."
            raise Problem(502, "Not delivered", reason, gateway=asdict(answer))
        return jsonify(gateway=asdict(answer))


def _foreign(account: TwilioAccount, body: dict[str, Any]) -> MessageResource:
    """A message that was sent elsewhere, as far as a callback for it must know it."""
    if body["to"] is None or body["callback_url"] is None:
        raise Problem(
            404, "Not found", "No such message here; give `to` and `callback_url` to send it anyway."
        )
    now = datetime.now(UTC)
    to = whatsapp_address(_wa_id(body["to"], "to"))
    return MessageResource(
        body["message_id"], "outbound-api", f"whatsapp:{account.number}", to, "", "queued", now, now
    )


def _settings(store: TwilioStore) -> dict[str, Any]:
    return {
        "reply_window": store.phones.reply_window,
        "refusals": store.refusals,
        "token_valid": store.phones.token_valid,
    }


def _wa_id(number: str, field: str) -> str:
    wa_id = wa_id_of(number)
    if wa_id is None:
        raise not_valid(**{field: "Not a phone number with its country code, like +39 335 103 2246."})
    return wa_id
