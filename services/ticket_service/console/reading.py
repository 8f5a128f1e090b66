"""How pages read: through the REST interface itself, in the name of whoever asked for the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import structlog
from flask import current_app, g

from services.ticket_service.api import context
from services.ticket_service.api.guard import CALLER_INSIDE
from services.ticket_service.api.openapi import PREFIX
from shared.contracts.envelope import trace_id
from shared.web.problems import Problem

Json = dict[str, Any]
_MOST: Final = 500
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Tagged:
    """What was read, and its ETag for changing it (empty where there is none)."""

    body: Json
    etag: str


def read(path: str, **query: Any) -> Json:
    """What `GET /api/v1<path>` answers; None in the query is left out, a list repeats. Problem as refused."""
    return read_tagged(path, **query).body


def read_tagged(path: str, **query: Any) -> Tagged:
    """The same with the ETag."""
    wanted = [
        (name, _plain(each))
        for name, value in query.items()
        for each in (value if isinstance(value, list | tuple) else [value])
        if each is not None
    ]
    inside = {CALLER_INSIDE: context.caller()}
    headers = {"traceparent": g.traceparent, "Accept": "application/json"}
    # The request within names the same trace, and ends by taking it out of the log's context.
    with current_app.test_request_context(
        PREFIX + path, query_string=urlencode(wanted), headers=headers, environ_base=inside
    ):
        answer = current_app.full_dispatch_request()
        body = answer.get_json(silent=True)
    structlog.contextvars.bind_contextvars(trace_id=trace_id(g.traceparent))
    if answer.status_code >= 400 or not isinstance(body, dict):
        raise _refused(answer.status_code, body if isinstance(body, dict) else {})
    return Tagged(body, answer.headers.get("ETag", ""))


def read_all(path: str, most: int = _MOST, **query: Any) -> list[Json]:
    """The items of all pages, `most` at most."""
    items: list[Json] = []
    cursor: str | None = None
    while True:
        page = read(path, limit=min(_PAGE, most), cursor=cursor, **query)
        items += page["items"]
        cursor = page.get("next")
        if cursor is None or len(items) >= most:
            return items[:most]


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refused(status: int, body: Json) -> Problem:
    kind = str(body.get("type", "")).rpartition(":")[2] or "internal-error"
    known = ("type", "title", "status", "detail")
    extra = {name: value for name, value in body.items() if name not in known}
    title = str(body.get("title", "Something went wrong on our side."))
    return Problem(status if status >= 400 else 500, kind, title, str(body.get("detail", "")), **extra)
