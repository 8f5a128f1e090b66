"""The fake Graph API: what the desk calls instead of graph.facebook.com."""

import time
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from sandbox.config import MetaAccount
from sandbox.meta import errors, frame, media, rules
from sandbox.meta.errors import MetaError
from sandbox.meta.numbers import new_message_id
from sandbox.meta.receipts import Receipts
from sandbox.meta.store import MetaStore, PhoneMessage
from sandbox.meta.templates import TemplateList
from sandbox.problems import parse_object
from sandbox.state import SandboxState

_TYPING_SECONDS = 25  # Meta takes the indicator away by then


def blueprint(
    account: MetaAccount, state: SandboxState, store: MetaStore, templates: TemplateList, receipts: Receipts
) -> Blueprint:
    """The routes below /graph; every call is recorded, checked for its token, and may be made to fail."""
    graph = Blueprint("graph", __name__, url_prefix=frame.PREFIX)
    frame.install(graph, account, state, store)
    media.add_routes(graph, account, store)

    def own(node: str, expected: str) -> None:
        if node != expected:
            raise errors.unknown_object(request.method, node)

    @graph.post("/<version>/<node>/messages")
    def messages(version: str, node: str) -> Response:
        own(node, account.phone_number_id)
        body = _json_body()
        if "status" in body:
            _mark_read(body, store)
            return jsonify(success=True)
        accepted = rules.check(body, store, templates, time.time())
        message = PhoneMessage(
            id=new_message_id(accepted.wa_id),
            wa_id=accepted.wa_id,
            outgoing=True,
            at=time.time(),
            shown=accepted.shown,
            state="accepted",
            tracker=accepted.tracker,
            reply_to=accepted.reply_to,
        )
        store.add(message)
        if accepted.shown["kind"] == "reaction":
            store.react(accepted.shown["target"], "desk", accepted.shown["text"])
        receipts.follow(message)
        contact = {"input": accepted.addressed_as, "wa_id": accepted.wa_id}
        contact["user_id"] = store.customer(accepted.wa_id).user_id
        sent = {"id": message.id}
        if accepted.shown["kind"] == "template":
            sent["message_status"] = "accepted"
        return jsonify(messaging_product="whatsapp", contacts=[contact], messages=[sent])

    @graph.get("/<version>/<node>/message_templates")
    def message_templates(version: str, node: str) -> Response:
        own(node, account.waba_id)
        url = url_for("graph.message_templates", version=version, node=node, _external=True)
        return jsonify(templates.page(request.args.to_dict(), url))

    @graph.post("/<version>/<node>/message_templates")
    def create_template(version: str, node: str) -> Response:
        own(node, account.waba_id)
        return jsonify(templates.create(_json_body()))

    @graph.delete("/<version>/<node>/message_templates")
    def delete_template(version: str, node: str) -> Response:
        own(node, account.waba_id)
        templates.delete(request.args.get("name"), request.args.get("hsm_id"))
        return jsonify(success=True)

    @graph.get("/<version>/<node>")
    def show(version: str, node: str) -> Response:
        if node == account.phone_number_id:
            return jsonify(_number(account))
        if template := templates.get(node):
            return jsonify(template)
        return media.describe(store, version, node)

    @graph.route("/<path:rest>", methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
    def nothing_here(rest: str) -> Response:
        parts = rest.split("/")
        raise errors.unknown_object(request.method, parts[1] if len(parts) > 1 else parts[0])

    return graph


def _mark_read(body: dict[str, Any], store: MetaStore) -> None:
    """Take the blue ticks and the typing indicator that go with one request."""
    message_id, typing = body.get("message_id"), body.get("typing_indicator")
    if body["status"] != "read":
        raise MetaError(100, message="(#100) Param status must be one of {READ}")
    if not isinstance(message_id, str):
        raise MetaError(131008, "Parameter 'message_id' is missing.")
    if typing is not None and typing != {"type": "text"}:
        raise MetaError(131009, "typing_indicator['type'] must be text.")
    store.desk_read(message_id)
    message = store.get(message_id)
    if typing and message and not message.outgoing:
        store.desk_types(message.wa_id, time.time() + _TYPING_SECONDS)


def _json_body() -> dict[str, Any]:
    try:
        return parse_object(request.get_data())
    except ValueError:
        raise MetaError(100, message="(#100) The request body is not valid JSON.") from None


def _number(account: MetaAccount) -> dict[str, Any]:
    return {
        "id": account.phone_number_id,
        "verified_name": "Sportello Sandbox",
        "display_phone_number": account.display_number,
        "code_verification_status": "VERIFIED",
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "status": "CONNECTED",
        "name_status": "APPROVED",
        "is_official_business_account": False,
    }
