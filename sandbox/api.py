"""The sandbox's own API: what the desk sent, which faults come next, and the live stream of both."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from sandbox.faults import ANY, MAX_TIMEOUT_SECONDS, MAX_TIMES, OPERATIONS, Fault
from sandbox.problems import Problem, read_body
from sandbox.state import SandboxState


class FaultRequest(Schema):
    """The body of POST /api/faults: exactly one of status, timeout (seconds), code and damage."""

    provider = fields.String(required=True)
    status = fields.Integer(strict=True, validate=validate.Range(400, 599))
    timeout = fields.Float(validate=validate.Range(0, MAX_TIMEOUT_SECONDS, min_inclusive=False))
    code = fields.Integer(strict=True, validate=validate.Range(1, 9_999_999))
    times = fields.Integer(strict=True, load_default=1, validate=validate.Range(1, MAX_TIMES))
    after = fields.Boolean(load_default=False)
    damage = fields.Boolean(validate=validate.Equal(True))
    on = fields.String(load_default=ANY, validate=validate.OneOf([*OPERATIONS, ANY]))
    to = fields.String(validate=validate.Length(3, 320))

    @validates_schema
    def one_kind(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a fault that does not say, or says twice, how to fail."""
        if len({"status", "timeout", "code", "damage"} & data.keys()) != 1:
            raise ValidationError("Give exactly one of status, timeout, code and damage.", "status")
        # A fault that can fit no call would wait for ever.
        if data["after"] and (data["on"] not in (ANY, "send") or "damage" in data):
            raise ValidationError("Only what sends can fail after accepting.", "after")
        if "damage" in data and data["on"] not in (ANY, "media_download"):
            raise ValidationError("Only a download can be damaged.", "on")
        if "to" in data:
            if data["provider"] != "smtp":
                raise ValidationError("Only mails are chosen by their recipient.", "to")
            data["to"] = data["to"].lower()


def blueprint(state: SandboxState) -> Blueprint:
    """The routes below /api that belong to no provider."""
    api = Blueprint("api", __name__, url_prefix="/api")

    @api.get("/requests")
    def list_requests() -> Response:
        since = _instant(request.args.get("since"))
        return jsonify(items=state.calls.select(request.args.get("provider"), since))

    @api.get("/requests/<int:call_id>")
    def show_request(call_id: int) -> Response:
        call = state.calls.get(call_id)
        if call is None:
            raise Problem(404, "Not found", "This call is unknown or already forgotten.")
        return jsonify(call)

    @api.delete("/requests")
    def forget_requests() -> tuple[str, int]:
        state.calls.clear()
        return "", 204

    @api.get("/faults")
    def list_faults() -> Response:
        return jsonify(items=state.faults.pending())

    @api.post("/faults")
    def plan_fault() -> tuple[Response, int]:
        body = read_body(FaultRequest())
        times = body.pop("times")
        if body["provider"] not in state.providers:
            known = ", ".join(sorted(state.providers))
            raise Problem(422, "Not valid", "No such provider.", errors={"provider": [f"One of: {known}."]})
        if not state.faults.add(Fault(**body), times):
            raise Problem(429, "Too many faults", "Wait until some are used up, or DELETE /api/faults.")
        return jsonify(items=state.faults.pending()), 201

    @api.delete("/faults")
    def forget_faults() -> tuple[str, int]:
        state.faults.clear()
        return "", 204

    @api.get("/stream")
    def stream() -> Response:
        if not state.events.claim_stream():
            raise Problem(503, "Too many streams", "Close another page of this sandbox first.")
        # A browser that reconnects names the last event itself; a new page knows it from its snapshot.
        last = request.headers.get("Last-Event-ID") or request.args.get("after")
        answer = Response(state.events.stream(last), mimetype="text/event-stream")
        answer.headers["Cache-Control"] = "no-store"
        answer.headers["X-Accel-Buffering"] = "no"
        answer.call_on_close(state.events.release_stream)
        return answer

    return api


def _instant(text: str | None) -> datetime | None:
    """A point in time from ISO 8601 (UTC when it names no zone) or Unix seconds."""
    if not text:
        return None
    try:
        if text.replace(".", "", 1).isdigit():
            return datetime.fromtimestamp(float(text), UTC)
        # An unescaped "+00:00" arrives as " 00:00".
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except (ValueError, OverflowError, OSError):
        raise Problem(400, "Not a time", "Give since as ISO 8601 or as Unix seconds.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
