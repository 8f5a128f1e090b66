"""What goes over the wire between a chat's widget and the gateway: forms of answers, checks of what comes."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, Final

from flask import Response, abort, request

CLIENT_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}\Z")
MESSAGE: Final[dict[str, type]] = {
    "id": str, "kind": str, "text": str, "files": list, "reply_to": str, "choice": dict, "answers": dict,
    "details": dict, "visit": dict, "language": str, "time_zone": str,
}  # fmt: skip
DETAILS: Final[dict[str, type]] = {
    "name": str, "email": str, "phone": str, "answers": dict, "consents": list,
}  # fmt: skip
_VISIT: Final[dict[str, type]] = {"referrer": str, "pages": list, "campaign": dict}
_KINDS: Final = ("text", "files", "button_reply", "list_reply", "form")
_MAGIC: Final = (
    (b"\x89PNG", "image/png", "image"), (b"\xff\xd8\xff", "image/jpeg", "image"),
    (b"GIF8", "image/gif", "image"),
    (b"%PDF", "application/pdf", "document"),
)  # fmt: skip


def event(name: str, data: dict[str, Any]) -> bytes:
    """A server-sent event; lines carry their number as its id."""
    number = f"id: {data['seq']}\n" if name == "line" else ""
    return f"event: {name}\n{number}data: {json.dumps(data)}\n\n".encode()


def hang_up(connection: Any = None) -> None:
    """Drop the connection without another word."""
    (connection or request.environ["werkzeug.socket"]).shutdown(2)


def answer(value: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(json.dumps(value), status, content_type="application/json")


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """A refusal as RFC 9457 wants it."""
    told = {"type": f"https://sportello.example/problems/{detail}", "status": status, "detail": detail}
    return Response(json.dumps(told), status, headers, content_type="application/problem+json")


def body(known: dict[str, type], *required: str) -> dict[str, Any]:
    """The request's JSON, with nothing in it that the protocol does not know."""
    plain = request.path.endswith("/signs") and request.mimetype == "text/plain"
    if request.mimetype != "application/json" and not plain:
        abort(415, "Content-Type: application/json")
    said = json.loads(request.get_data(as_text=True))
    keys_of(said, known, *required)
    return dict(said)


def keys_of(said: Any, known: dict[str, type], *required: str) -> None:
    """Refuses what is not an object with these keys."""
    if not isinstance(said, dict) or said.keys() - known.keys() or set(required) - said.keys():
        abort(400, f"keys: {sorted(said)} are not {sorted(known)}")
    wrong = [key for key, value in said.items() if not isinstance(value, known[key])]
    if wrong:
        abort(400, f"types: {wrong}")


def check_message(said: dict[str, Any], limits: dict[str, Any]) -> None:
    """Refuses what no widget may send."""
    keys_of(said.get("details", {}), DETAILS)
    keys_of(said.get("visit", {}), _VISIT)
    for page in said.get("visit", {}).get("pages", []):
        keys_of(page, {"url": str, "title": str, "at": str}, "url", "at")
        datetime.fromisoformat(page["at"].replace("Z", "+00:00"))
    too_much = len(said.get("text", "")) > limits["text"] or len(said.get("files", [])) > limits["files"]
    if not CLIENT_ID.match(said["id"]) or said["kind"] not in _KINDS or too_much:
        abort(400, "id, kind, text or files")
    holds = {
        "text": "text",
        "files": "files",
        "button_reply": "choice",
        "list_reply": "choice",
        "form": "answers",
    }
    if not said.get(holds[said["kind"]]):
        abort(400, f"{holds[said['kind']]}: missing")


def whole(name: str, default: int) -> int:
    """A whole number of the query."""
    given = request.args.get(name, str(default))
    return int(given) if given.isdigit() else abort(400, f"{name}: a number")


def sniffed(content: bytes) -> tuple[str, str]:
    """Type and kind of what was really sent; 415 for what a browser would run."""
    for start, mime_type, kind in _MAGIC:
        if content.startswith(start):
            return mime_type, kind
    head = content[:400].lstrip().lower()
    if not content or b"\x00" in content or head.startswith((b"<", b"mz", b"#!")):
        abort(415, "file-type-refused")
    return "text/plain", "document"
