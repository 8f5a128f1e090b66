"""The customer's side of the Meta stand-in: the phone, the receipts, and Meta's own checks."""

from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, Response, jsonify
from marshmallow import Schema, fields, validate

from sandbox.config import MetaAccount
from sandbox.meta import errors
from sandbox.meta.customer_api import wa_id
from sandbox.meta.gateway import Answer, Gateway, GatewayUnreachable
from sandbox.meta.inbound_schemas import ID, SECONDS
from sandbox.meta.receipts import Receipts
from sandbox.meta.store import MetaStore
from sandbox.problems import Problem, read_body
from sandbox.receipts import STEPS
from sandbox.state import SandboxState

_CALLS_ON_PAGE = 50


class CustomerRequest(Schema):
    """Who holds the phone."""

    from_ = fields.String(required=True, data_key="from", validate=validate.Length(1, 40))
    name = fields.String(load_default=None, validate=validate.Length(1, 100))


class ErrorRequest(Schema):
    """Why a message failed, by Meta's code."""

    code = fields.Integer(required=True, strict=True, validate=validate.Range(0, 9_999_999))
    details = fields.String(load_default=None, validate=validate.Length(max=500))


class ReceiptRequest(Schema):
    """One receipt by hand; `to` is needed only for a message that the sandbox does not know."""

    message_id = fields.String(required=True, validate=ID)
    status = fields.String(required=True, validate=validate.OneOf([*STEPS, "failed"]))
    timestamp = fields.Integer(strict=True, load_default=None, validate=SECONDS)
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
        return jsonify(store.customer(wa_id(body["from_"], "from"), body["name"]).line()), 201

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
        to = message.wa_id if message else wa_id(body["to"], "to")
        failure = body["error"] or ({"code": 131026, "details": None} if body["status"] == "failed" else None)
        error = errors.in_receipt(failure["code"], failure["details"]) if failure else None
        try:
            return receipts.send_now(body["message_id"], to, body["status"], body["timestamp"], error)
        except GatewayUnreachable as unreachable:
            raise Problem(502, "Not delivered", str(unreachable)) from None

    return api
