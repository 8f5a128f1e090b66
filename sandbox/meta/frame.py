"""What surrounds every call to the fake Graph API: its record, its token, and the fault it may run into."""

import hmac
import logging
import re
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from sandbox.config import MetaAccount
from sandbox.faults import Fault
from sandbox.meta import errors, media
from sandbox.meta.errors import MetaError
from sandbox.meta.store import MetaStore
from sandbox.problems import parse_object
from sandbox.state import SandboxState

PROVIDER = "meta"
PREFIX = "/graph"
_MAX_ANSWER_KEPT = 20_000
log = logging.getLogger("sandbox.meta")


def install(graph: Blueprint, account: MetaAccount, state: SandboxState, store: MetaStore) -> None:
    @graph.before_request
    def enter() -> None:
        path = _path_without_token()
        try:
            body, size = media.describe_upload() if media.is_upload() else _recordable_body()
        except RequestEntityTooLarge:
            g.call = state.calls.record(PROVIDER, request.method, path, None, 0)
            raise
        g.call = state.calls.record(PROVIDER, request.method, path, body, size, _note(body))
        _check_token(account)
        if not store.token_valid:
            raise MetaError(
                190,
                message="Error validating access token: The session has been invalidated because the user "
                "changed their password or Facebook has changed the session for security reasons.",
                subcode=460,
            )
        if not re.match(r"/(v\d{2}\.\d|attachments)(/|\Z)", path):
            raise MetaError(2500, message=f"Unknown path components: {path[:80]}", status=400)
        g.fault = state.faults.take(PROVIDER, _operation(body, account))
        if g.fault:
            g.call.fault = str(g.fault)
            if not g.fault.after and not g.fault.damage:
                _fail(g.fault, state)

    @graph.after_request
    def leave(answer: Response) -> Response:
        if answer.status_code == 401:
            answer.headers["WWW-Authenticate"] = 'OAuth "Facebook Platform" "invalid_token"'
        fault: Fault | None = g.get("fault")
        if fault and fault.damage and answer.status_code == 200:
            answer.set_data(media.damaged(answer.get_data()))
        if fault and fault.after and answer.status_code < 400:
            # The message is on its way; only the caller will never know.
            answer = _spoiled(fault, state)
        if "call" in g:
            kept = (answer.calculate_content_length() or 0) if answer.is_json else 0
            state.calls.answered(
                g.call, answer.status_code, answer.get_json() if 0 < kept <= _MAX_ANSWER_KEPT else None
            )
        return answer

    @graph.errorhandler(MetaError)
    def refused(error: MetaError) -> tuple[Response, int]:
        return jsonify(error.body()), error.status

    @graph.errorhandler(HTTPException)
    def not_http(error: HTTPException) -> tuple[Response, int]:
        refusal = MetaError(100, message=f"(#100) {error.name}", status=error.code)
        return jsonify(refusal.body()), refusal.status

    @graph.errorhandler(Exception)
    def failed(error: Exception) -> tuple[Response, int]:
        log.error("A call failed: path=%s", request.path, exc_info=error)
        return jsonify(MetaError(131000).body()), 500


def _fail(fault: Fault, state: SandboxState) -> None:
    if fault.timeout is not None:
        state.faults.hang(fault.timeout)
        raise errors.for_status(504)
    raise errors.for_status(fault.status) if fault.status else errors.for_code(fault.code or 1)


def _spoiled(fault: Fault, state: SandboxState) -> Response:
    try:
        _fail(fault, state)
    except MetaError as error:
        return current_app.make_response((jsonify(error.body()), error.status))
    raise AssertionError("a fault always fails")


def _check_token(account: MetaAccount) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given = token.strip().encode("utf-8", "replace")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given, account.access_token.encode()):
        raise MetaError(190, message="Invalid OAuth access token - Cannot parse access token")


def _recordable_body() -> tuple[Any, int]:
    raw = request.get_data()
    if not raw:
        return None, 0
    try:
        return parse_object(raw), len(raw)
    except ValueError:
        return raw[:2000].decode("utf-8", "replace"), min(len(raw), 2000)


def _path_without_token() -> str:
    path = request.path.removeprefix(PREFIX)
    query = [(k, v) for k, v in request.args.items(multi=True) if k != "access_token"]
    return path + ("?" + "&".join(f"{k}={v}" for k, v in query) if query else "")


def _note(body: Any) -> str:
    if not isinstance(body, dict) or request.method != "POST":
        return ""
    if body.get("status") == "read":
        return "typing" if "typing_indicator" in body else "mark as read"
    to = body.get("to") or body.get("recipient")
    return f"{str(body.get('type', 'text'))[:20]} to {str(to)[:20]}" if to else ""


def _operation(body: Any, account: MetaAccount) -> str:
    """What the call does, in the words that a fault may choose it by."""
    parts = request.path.removeprefix(PREFIX).strip("/").split("/")
    last = parts[-1]
    if parts[0] == "attachments":
        return "media_download"
    if last == "message_templates":
        return "templates"
    if request.method == "POST" and last == "messages":
        return "send" if isinstance(body, dict) and "status" not in body else "other"
    if request.method == "POST" and last == "media":
        return "media_upload"
    if request.method == "GET" and len(parts) == 2 and last not in (account.phone_number_id, account.waba_id):
        return "media_lookup"
    return "other"
