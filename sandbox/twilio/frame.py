"""What all calls to the fake Twilio have in common: recorded, checked for the password, made to fail."""

import hmac
import logging
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from sandbox.config import TwilioAccount
from sandbox.faults import Fault
from sandbox.meta.media import damaged
from sandbox.problems import parse_object
from sandbox.state import SandboxState
from sandbox.twilio import errors
from sandbox.twilio.errors import TwilioError
from sandbox.twilio.store import TwilioStore

PROVIDER = "twilio"
PREFIX = "/twilio"
CDN = "/cdn/"
METHODS = ("GET", "POST", "DELETE", "PUT", "PATCH")
_MAX_ANSWER_KEPT = 20_000
log = logging.getLogger("sandbox.twilio")


def install(twilio: Blueprint, account: TwilioAccount, state: SandboxState, store: TwilioStore) -> None:
    """Put the frame around every route of `twilio`."""

    @twilio.before_request
    def enter() -> None:
        path = request.full_path.removeprefix(PREFIX).rstrip("?")
        try:
            body, size = _recordable_body()
        except RequestEntityTooLarge:
            g.call = state.calls.record(PROVIDER, request.method, path, None, 0)
            raise
        g.call = state.calls.record(PROVIDER, request.method, path, body, size, _note(body))
        if not request.path.startswith(PREFIX + CDN):
            _check_password(account, store.phones.token_valid)
        g.fault = state.faults.take(PROVIDER, _operation())
        if g.fault:
            g.call.fault = str(g.fault)
            if not g.fault.after and not g.fault.damage:
                _fail(g.fault, state)

    @twilio.after_request
    def leave(answer: Response) -> Response:
        fault: Fault | None = g.get("fault")
        if fault and fault.damage and answer.status_code == 200:
            answer.set_data(damaged(answer.get_data()))
        if fault and fault.after and answer.status_code < 400:
            # The message is on its way; only the caller will never know.
            answer = _spoiled(fault, state)
        if answer.status_code == 401:
            answer.headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        if "call" in g:
            kept = (answer.calculate_content_length() or 0) if answer.is_json else 0
            state.calls.answered(
                g.call, answer.status_code, answer.get_json() if 0 < kept <= _MAX_ANSWER_KEPT else None
            )
        return answer

    @twilio.errorhandler(TwilioError)
    def refused(error: TwilioError) -> Response:
        return _refusal(error)

    @twilio.errorhandler(HTTPException)
    def not_http(error: HTTPException) -> Response:
        if error.code == 404:
            return _refusal(errors.unknown_resource(request.path.removeprefix(PREFIX)))
        return _refusal(TwilioError(20001, error.name, status=error.code))

    @twilio.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        log.error("A call failed: path=%s", request.path, exc_info=error)
        return _refusal(TwilioError(20500))


def nothing_here(rest: str) -> Response:
    """The answer for every address that is none of Twilio's."""
    raise errors.unknown_resource(f"/{rest}")


def _refusal(error: TwilioError) -> Response:
    answer = current_app.make_response((jsonify(error.body()), error.status))
    answer.headers.extend(error.headers())
    return answer


def _fail(fault: Fault, state: SandboxState) -> None:
    if fault.timeout is not None:
        state.faults.hang(fault.timeout)
        raise errors.for_status(504)
    raise errors.for_status(fault.status) if fault.status else errors.for_code(fault.code or 20500)


def _spoiled(fault: Fault, state: SandboxState) -> Response:
    try:
        _fail(fault, state)
    except TwilioError as error:
        return _refusal(error)
    raise AssertionError("a fault always fails")


def _check_password(account: TwilioAccount, valid: bool) -> None:
    given = request.authorization
    name, password = (given.username or "", given.password or "") if given else ("", "")
    # Both are compared, so that the time tells nothing about which one is wrong.
    right_name = hmac.compare_digest(name.encode("utf-8", "replace"), account.account_sid.encode())
    right_token = hmac.compare_digest(password.encode("utf-8", "replace"), account.auth_token.encode())
    if not (right_name and right_token and valid):
        raise TwilioError(20003, "Authentication Error - invalid username")


def _recordable_body() -> tuple[Any, int]:
    if request.mimetype == "application/x-www-form-urlencoded":
        lists = request.form.to_dict(flat=False)
        body = {key: values if len(values) > 1 else values[0] for key, values in lists.items()}
        return body or None, sum(len(key) + len(value) for key, value in request.form.items(multi=True))
    raw = request.get_data()
    if not raw:
        return None, 0
    try:
        return parse_object(raw), len(raw)
    except ValueError:
        return raw[:2000].decode("utf-8", "replace"), min(len(raw), 2000)


def _note(body: Any) -> str:
    if not isinstance(body, dict) or request.method != "POST" or "To" not in body:
        return ""
    kind = "content" if "ContentSid" in body else "media" if "MediaUrl" in body else "text"
    return f"{kind} to {str(body['To']).removeprefix('whatsapp:')[:20]}"


def _operation() -> str:
    """What the call does, in the words that a fault may choose it by."""
    path = request.path.removeprefix(PREFIX)
    if path.startswith(CDN):
        return "media_download"
    if path.startswith("/v1/"):
        return "templates"
    if "/Media" in path:
        return "media_lookup"
    return "send" if request.method == "POST" and path.endswith("/Messages.json") else "other"
