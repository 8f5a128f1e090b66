"""A POST that is repeated with its Idempotency-Key gets its first answer again, and nothing happens twice."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, Final

import orjson
from flask import Response, request

from services.ticket_service.acting import Frame
from services.ticket_service.api import context
from services.ticket_service.ports import IdempotencyRecord
from shared.web.problems import Problem

_KEY: Final = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?")


class _Answered(Exception):
    def __init__(self, record: IdempotencyRecord) -> None:
        super().__init__(record.id)
        self.record = record


class Once:
    """One request with what is known of its earlier tries; without the header each request stands alone."""

    def __init__(self, document: Any) -> None:
        """`document` is the parsed body. Problem 400 for a header that is no key."""
        key = request.headers.get("Idempotency-Key")
        if key is not None and not _KEY.fullmatch(key):
            raise Problem(
                400, "invalid-idempotency-key", "An Idempotency-Key has 1 to 200 printable ASCII characters."
            )
        place = f"{request.method} {request.path}"
        self._id = f"{context.caller().subject}:{place}:{key}" if key else None
        canonical = orjson.dumps([place, document], option=orjson.OPT_SORT_KEYS, default=str)
        self._fingerprint = hashlib.sha256(canonical).hexdigest()

    def frame(self) -> Frame:
        """The frame for a use case: it looks for an earlier answer before each of its tries."""
        return Frame(context.actor(), context.traceparent(), self.recall)

    def recall(self) -> None:
        """Leave the use case when this request was answered before; Problem 422 for another one's key."""
        if self._id is None:
            return
        record = context.services().queries.answered(self._id)
        if record is None:
            return
        if record.fingerprint != self._fingerprint:
            raise Problem(
                422,
                "idempotency-key-reused",
                "This Idempotency-Key was used for another request.",
                "Use a new key for each thing to be done.",
            )
        raise _Answered(record)

    def record(self, status: int, document: Any) -> IdempotencyRecord | None:
        """The answer (a status and what it shows) to be saved with its effect; None without a key."""
        if self._id is None:
            return None
        now = context.services().desk.clock()
        return IdempotencyRecord(
            self._id, self._fingerprint, status, orjson.dumps(document).decode(), {}, now
        )


def answer(status: int, document: Any) -> Response:
    """A JSON answer, byte for byte what Once.record keeps of it."""
    return Response(orjson.dumps(document), status, content_type="application/json")


def once(document: Any, work: Callable[[Once], Response]) -> Response:
    """Do the work, or give the answer that it gave before."""
    try:
        return work(Once(document))
    except _Answered as answered:
        record = answered.record
        response = Response(record.body, record.status, record.headers, content_type="application/json")
        response.headers["Idempotency-Replayed"] = "true"
        return response
