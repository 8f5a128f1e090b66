"""The doors of the chat in memory: the protocol of the gateway's two processes, taken strictly."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import werkzeug.serving
from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

from tests.support.webchat_desk import CHANNEL, CUT, SITE, ChatDesk, Visitor
from tests.support.webchat_wire import (
    CLIENT_ID,
    DETAILS,
    MESSAGE,
    answer,
    body,
    check_message,
    event,
    hang_up,
    keys_of,
    problem,
    sniffed,
    whole,
)

_ALLOWED_HEADERS: Final = "Authorization, Content-Type, Last-Event-ID, X-Sportello-Cursor"
_LANGUAGES: Final = ("en", "it", "de", "fr", "es", "pt")
_ALIVE_EVERY: Final = 20.0
_BUFFERED_FOR: Final = 60.0


@contextmanager
def served(app: Flask, host: str = "127.0.0.1") -> Iterator[str]:
    """The application on a port of its own, each request in a thread; its address."""
    server = werkzeug.serving.make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


class _Quiet(werkzeug.serving.WSGIRequestHandler):
    """Says nothing on the terminal."""

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


def gateway(desk: ChatDesk, widget: Callable[[], Response]) -> Flask:
    """The doors of both processes on one address; `widget` answers for the script."""
    app = Flask("webchat_doors")
    doors = _Doors(desk)
    app.before_request(doors.before)
    app.after_request(doors.after)
    app.register_error_handler(HTTPException, doors.refusal)
    app.add_url_rule("/webchat/widget.js", "widget", widget)
    app.add_url_rule("/files/<blob>", "file", doors.file)
    app.add_url_rule("/icon", "icon", lambda: Response(status=204))
    app.add_url_rule("/webchat/<site>/stream", "stream", doors.stream)
    for name in ("offer", "events", "lines"):
        app.add_url_rule(f"/webchat/<site>/{name}", name, getattr(doors, name))
    for name in ("visitors", "messages", "files", "signs", "details", "ratings", "transcripts"):
        app.add_url_rule(f"/webchat/<site>/{name}", f"post_{name}", getattr(doors, name), methods=["POST"])
    return app


class _Doors:
    """One view for each door of the protocol."""

    def __init__(self, desk: ChatDesk) -> None:
        self.desk = desk

    # -- around every request

    def before(self) -> Response | None:
        door = request.path.rpartition("/")[2]
        if self.desk.down:
            hang_up()
            return Response(status=500)
        self.desk.requests.append(f"{request.method} {request.path}")
        if not request.view_args or "site" not in request.view_args:
            return None
        if request.view_args["site"] not in (SITE, CHANNEL):
            abort(404, "There is no such chat.")
        origin = request.headers.get("Origin")
        if origin and origin not in self.desk.allowed_origins:
            abort(403, "origin-not-allowed")
        if request.method == "OPTIONS":
            return Response(status=204)
        if self.desk.planned[door]:
            return problem(self.desk.planned[door].pop(0), "planned", {"Retry-After": "1"})
        return None

    def after(self, response: Response) -> Response:
        response.headers["Vary"] = "Origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        origin = request.headers.get("Origin")
        if origin in self.desk.allowed_origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
            if request.method == "OPTIONS":
                response.headers["Access-Control-Max-Age"] = "600"
                response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
                response.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
        return response

    def refusal(self, error: HTTPException) -> Response:
        self.desk.refused.append(f"{error.code} {request.method} {request.path}: {error.description}")
        return problem(error.code or 500, str(error.description))

    def whose(self) -> Visitor:
        """The visitor whose token the request bears."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        visitor = self.desk.visitor_of(token) if scheme == "Bearer" else None
        if visitor is None:
            abort(401, "token-refused")
        return visitor

    # -- the web process

    def offer(self, site: str) -> Response:
        known, texts = self.desk.offer, self.desk.offer["texts"]
        asked = request.args.get("language", "")
        spoken = {*texts, *_LANGUAGES}
        wanted = (asked, asked.partition("-")[0], known["language"])
        language = next((each for each in wanted if each in spoken), "en")
        form = [
            {"key": each["key"], "kind": each.get("kind", "text"), "required": each.get("required", False),
             "label": each.get("labels", {}).get(language, ""), "choices": each.get("choices", [])}
            for each in known["form"]
        ]  # fmt: skip
        limits = {
            **self.desk.limits,
            "file_types": ["image/png", "image/jpeg", "application/pdf", "text/plain"],
        }
        own = {"channel": CHANNEL, "language": language, "texts": texts.get(language, {}), "form": form}
        return answer({**known, **own, "limits": limits, "streams": self.desk.streams_url})

    def visitors(self, site: str) -> Response:
        said = body({"token": str, "identity": object, "language": str, "time_zone": str})
        if not request.headers.get("Origin"):
            abort(403, "origin-not-allowed")
        visitor = self.desk.admit(said.get("token") or "", said.get("identity"))
        if visitor is None:
            abort(403, "identity-refused")
        self.desk.told[visitor.id] = said
        shown = {"id": visitor.id, "verified": visitor.verified, "name": visitor.name, "has_email": False}
        return answer({"token": self.desk.token(visitor), "visitor": shown})

    def messages(self, site: str) -> Response:
        visitor, said = self.whose(), body(MESSAGE, "id", "kind")
        check_message(said, self.desk.limits)
        files = [self.mine(each, visitor) for each in said.get("files", [])]
        line_id = f"{visitor.id}.{said['id']}"
        known = [each for each in self.desk.messages if each["line_id"] == line_id]
        self.desk.messages.append({**said, "visitor": visitor.id, "line_id": line_id, "again": bool(known)})
        text = said.get("text", "") or said.get("choice", {}).get("title", "")
        if said["kind"] == "form":
            text = "\n".join(f"{key}: {value}" for key, value in said.get("answers", {}).items())
        author = {"kind": "visitor", "name": visitor.name, "picture": ""}
        own = {"id": line_id, "client_id": said["id"], "author": author, "text": text}
        line = self.desk.add_line(
            visitor.id, {**own, "files": files, "reply_to": said.get("reply_to", "") or ""}
        )
        if self.desk.swallowed:
            self.desk.swallowed -= 1
            hang_up()
        return answer({"id": line_id, "at": line["at"]}, 202)

    def mine(self, given: Any, visitor: Visitor) -> dict[str, Any]:
        """A file that this visitor sent up."""
        blob = given.get("token", "") if isinstance(given, dict) else ""
        if blob not in self.desk.files or self.desk.files[blob].get("visitor") != visitor.id:
            abort(400, "files: not yours")
        return self.desk.file_of(blob)

    def files(self, site: str) -> Response:
        visitor, upload = self.whose(), request.files.get("file")
        if upload is None:
            abort(400, "file: missing")
        content = upload.read()
        self.desk.slow_uploads.wait(30)
        if len(content) > self.desk.limits["file_bytes"]:
            abort(413, "file-too-large")
        mime_type, kind = sniffed(content)
        blob = self.desk.keep_file(upload.filename or "file", content, mime_type, kind)
        self.desk.files[blob]["visitor"] = visitor.id
        shown = self.desk.file_of(blob)
        return answer(
            {"token": blob, **{each: shown[each] for each in ("name", "type", "size", "kind")}}, 201
        )

    def signs(self, site: str) -> Response:
        visitor = self.whose()
        said = body({"typing": bool, "delivered": list, "read": list, "page": dict})
        if len(said.get("delivered", [])) > 50 or len(said.get("read", [])) > 50:
            abort(400, "delivered: more than 50")
        self.desk.signs.append({**said, "visitor": visitor.id})
        return Response(status=204)

    def details(self, site: str) -> Response:
        visitor, said = self.whose(), body({"details": dict}, "details")
        keys_of(said["details"], DETAILS)
        self.desk.details.append({**said["details"], "visitor": visitor.id})
        return Response(status=204)

    def ratings(self, site: str) -> Response:
        visitor = self.whose()
        said = body({"id": str, "ticket": str, "score": int, "text": str}, "id", "ticket", "score")
        if not 1 <= said["score"] <= 5 or not CLIENT_ID.match(said["id"]):
            abort(400, "score: 1 to 5; id: 8 to 64")
        self.desk.ratings.append({**said, "visitor": visitor.id})
        author = {"kind": "visitor", "name": visitor.name, "picture": ""}
        own = {"id": f"{visitor.id}.{said['id']}", "client_id": said["id"], "kind": "rated", "author": author}
        about = {"ticket": said["ticket"], "score": said["score"], "text": said.get("text", "")}
        line = self.desk.add_line(visitor.id, {**own, **about})
        return answer({"id": line["id"], "at": line["at"]}, 202)

    def transcripts(self, site: str) -> Response:
        visitor = self.whose()
        said = body({"details": dict})
        keys_of(said.get("details", {}), DETAILS)
        if visitor.id in self.desk.transcripts:
            abort(429, "too-many-transcripts")
        self.desk.details += [{**each, "visitor": visitor.id} for each in [said.get("details")] if each]
        self.desk.transcripts.append(visitor.id)
        return answer({}, 202)

    def file(self, blob: str) -> Response:
        known = self.desk.files.get(blob) or abort(404)
        inline = known["type"].startswith("image/")
        disposition = {} if inline else {"Content-Disposition": f'attachment; filename="{blob}"'}
        same = {"Cross-Origin-Resource-Policy": "cross-origin"}
        return Response(known["content"], content_type=known["type"], headers={**disposition, **same})

    # -- the streams process

    def lines(self, site: str) -> Response:
        visitor = self.whose()
        before, limit = whole("before", 2**53), whole("limit", 50)
        with self.desk.changed:
            every = self.desk.chats[visitor.id].lines
            older = [each for each in every if each["seq"] < before]
            page = older[-limit:]
            return answer({"items": page, "more": len(older) > len(page), "seq": len(every)})

    def events(self, site: str) -> Response:
        visitor, after, wait = self.whose(), whole("after", 0), whole("wait", 25)
        chat = self.desk.chats[visitor.id]
        with self.desk.changed:
            self.desk.changed.wait_for(lambda: len(chat.lines) > after or self.desk.down, min(wait, 25))
            if self.desk.down:
                hang_up()
            news = {"seq": len(chat.lines), "seen": chat.seen, "lines": chat.lines[after:]}
            return answer({**news, "online": self.desk.offer["online"], "typing": None})

    def stream(self, site: str) -> Response:
        visitor = self.whose()
        resumed = request.headers.get("Last-Event-ID") or request.headers.get("X-Sportello-Cursor")
        after = int(resumed) if resumed else None
        connection = request.environ["werkzeug.socket"]
        if self.desk.buffering == "whole":
            threading.Event().wait(_BUFFERED_FOR)
        response = Response(self.pushed(visitor.id, after, connection), content_type="text/event-stream")
        response.headers["X-Accel-Buffering"] = "no"
        return response

    def pushed(self, visitor: str, after: int | None, connection: Any) -> Iterator[bytes]:
        """What goes down a stream, until it is cut."""
        with self.desk.open_stream(visitor) as stream:
            with self.desk.changed:
                chat = self.desk.chats[visitor]
                latest = len(chat.lines)
                missed = [] if after is None else list(chat.lines[after:])
                hello = {"seq": latest, "seen": chat.seen, **self.desk.availability()}
            if self.desk.buffering:
                threading.Event().wait(_BUFFERED_FOR)
            yield event("hello", hello)
            yield from (event("line", each) for each in missed)
            sent = latest
            while True:
                try:
                    told = stream.events.get(timeout=_ALIVE_EVERY)
                except queue.Empty:
                    yield b": alive\n\n"
                    continue
                if told == CUT:
                    hang_up(connection)
                    return
                if isinstance(told, str):
                    yield event(told, {})
                    return
                if told[0] != "line" or told[1]["seq"] > sent:
                    yield event(*told)
