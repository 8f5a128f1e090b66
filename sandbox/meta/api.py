"""The customer's side of the Meta stand-in: the phone's actions, the receipts, and Meta's own checks."""

import time
from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, Response, jsonify
from marshmallow import Schema, fields, validate

from sandbox.config import MetaAccount
from sandbox.meta import errors, webhooks
from sandbox.meta.gateway import Answer, Gateway, GatewayUnreachable
from sandbox.meta.numbers import new_message_id, wa_id_of
from sandbox.meta.receipts import Receipts
from sandbox.meta.rules import MAX_TEXT
from sandbox.meta.store import MetaStore, PhoneMessage
from sandbox.problems import Problem, read_body
from sandbox.receipts import STEPS
from sandbox.state import SandboxState

_CALLS_ON_PAGE = 50
_SECONDS = validate.Range(0, 4_102_444_800)  # until the year 2100
_ID = validate.Length(1, 200)


class CustomerRequest(Schema):
    """Who holds the phone."""

    from_ = fields.String(required=True, data_key="from", validate=validate.Length(1, 40))
    name = fields.String(load_default=None, validate=validate.Length(1, 100))


class MessageRequest(CustomerRequest):
    """A text to send; `timestamp` (Unix seconds) lets it look older than it is."""

    text = fields.String(required=True, validate=validate.Length(1, MAX_TEXT))
    timestamp = fields.Integer(strict=True, load_default=None, validate=_SECONDS)


class RetryRequest(Schema):
    """Which message, not delivered before, to send again."""

    message_id = fields.String(required=True, validate=_ID)


class ErrorRequest(Schema):
    """Why a message failed, by Meta's code."""

    code = fields.Integer(required=True, strict=True, validate=validate.Range(0, 9_999_999))
    details = fields.String(load_default=None, validate=validate.Length(max=500))


class ReceiptRequest(Schema):
    """One receipt by hand; `to` is needed only for a message that the sandbox does not know."""

    message_id = fields.String(required=True, validate=_ID)
    status = fields.String(required=True, validate=validate.OneOf([*STEPS, "failed"]))
    timestamp = fields.Integer(strict=True, load_default=None, validate=_SECONDS)
    error = fields.Nested(ErrorRequest, load_default=None)
    to = fields.String(load_default=None, validate=validate.Length(1, 40))


class PolicyRequest(Schema):
    """What to change about the receipts that follow by themselves."""

    mode = fields.String(validate=validate.OneOf(["auto", "off"]))
    until = fields.String(validate=validate.OneOf(STEPS))
    delay_ms = fields.Integer(strict=True, validate=validate.Range(0, 60_000))


class SettingsRequest(Schema):
    """How strictly to apply the 24 h rule, and whether the desk's token is good."""

    reply_window = fields.String(validate=validate.OneOf(["known", "strict", "off"]))
    token_valid = fields.Boolean()


def blueprint(
    account: MetaAccount, state: SandboxState, store: MetaStore, gateway: Gateway, receipts: Receipts
) -> Blueprint:
    """The routes /api/meta/… and /api/receipts…"""
    api = Blueprint("meta_api", __name__, url_prefix="/api")

    @api.get("/meta/phone")
    def phone() -> Response:
        position = state.events.position()  # first, so that nothing falls between snapshot and stream
        return jsonify(
            position=position,
            business={"name": "Sportello desk", "number": account.display_number},
            customers=store.phones(),
            calls=state.calls.newest(_CALLS_ON_PAGE),
            faults=state.faults.pending(),
            receipts=asdict(receipts.policy),
            **_settings(),
        )

    def _settings() -> dict[str, Any]:
        return {"reply_window": store.reply_window, "token_valid": store.token_valid}

    @api.post("/meta/customers")
    def add_customer() -> tuple[Response, int]:
        body = read_body(CustomerRequest())
        return jsonify(store.customer(_wa_id(body["from_"], "from"), body["name"]).line()), 201

    @api.post("/meta/messages")
    def write() -> Response:
        body = read_body(MessageRequest())
        wa_id = _wa_id(body["from_"], "from")
        store.customer(wa_id, body["name"])
        at = time.time() if body["timestamp"] is None else float(body["timestamp"])
        shown = {"kind": "text", "text": body["text"]}
        message = PhoneMessage(new_message_id(wa_id), wa_id, False, at, shown, "sending")
        store.add(message)
        return _deliver(message)

    @api.post("/meta/messages/retry")
    def write_again() -> Response:
        message = store.get(read_body(RetryRequest())["message_id"])
        if message is None or message.outgoing or message.state != "failed":
            raise Problem(
                409, "Nothing to repeat", "Only a message that was not delivered can be sent again."
            )
        store.advance(message.id, "sending")
        return _deliver(message)

    def _deliver(message: PhoneMessage) -> Response:
        payload = webhooks.text_message(account, store.customer(message.wa_id), message)
        try:
            answer = gateway.post(payload)
        except GatewayUnreachable as error:
            store.advance(message.id, "failed", str(error))
            raise Problem(502, "Not delivered", str(error), message_id=message.id) from None
        if not answer.taken:
            reason = f"The gateway answered {answer.status}."
            store.advance(message.id, "failed", reason)
            raise Problem(502, "Not delivered", reason, message_id=message.id, gateway=asdict(answer))
        store.wrote(message.wa_id, int(message.at))
        store.advance(message.id, "accepted")
        return jsonify(message_id=message.id, gateway=asdict(answer))

    @api.post("/meta/handshake")
    def handshake() -> Response:
        try:
            return jsonify(verified=gateway.shake_hands(), url=gateway.url)
        except GatewayUnreachable as error:
            raise Problem(502, "Not verified", str(error)) from None

    @api.post("/meta/settings")
    def change_settings() -> Response:
        body = read_body(SettingsRequest())
        store.reply_window = body.get("reply_window", store.reply_window)
        store.token_valid = body.get("token_valid", store.token_valid)
        return jsonify(_settings())

    @api.get("/receipts")
    def show_policy() -> Response:
        return jsonify(asdict(receipts.policy))

    @api.post("/receipts")
    def change_policy() -> Response:
        receipts.policy = replace(receipts.policy, **read_body(PolicyRequest()))
        return jsonify(asdict(receipts.policy))

    @api.post("/receipts/send")
    def send_receipt() -> Response:
        body = read_body(ReceiptRequest())
        answer = _send_receipt(body)
        if not answer.taken:
            reason = f"The gateway answered {answer.status}."
            raise Problem(502, "Not delivered", reason, gateway=asdict(answer))
        return jsonify(gateway=asdict(answer))

    def _send_receipt(body: dict[str, Any]) -> Answer:
        message = store.get(body["message_id"])
        if message is None and body["to"] is None:
            raise Problem(
                404, "Not found", "No such message here; name its recipient in `to` to send it anyway."
            )
        wa_id = message.wa_id if message else _wa_id(body["to"], "to")
        failure = body["error"] or ({"code": 131026, "details": None} if body["status"] == "failed" else None)
        error = errors.in_receipt(failure["code"], failure["details"]) if failure else None
        try:
            return receipts.send_now(body["message_id"], wa_id, body["status"], body["timestamp"], error)
        except GatewayUnreachable as unreachable:
            raise Problem(502, "Not delivered", str(unreachable)) from None

    return api


def _wa_id(number: str, field: str) -> str:
    wa_id = wa_id_of(number)
    if wa_id is None:
        wrong = "Not a phone number with its country code, like +39 335 103 2246."
        raise Problem(422, "Not valid", "Some fields are missing or wrong.", errors={field: [wrong]})
    return wa_id
