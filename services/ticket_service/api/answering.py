"""How a POST that makes something answers: once, with what was made, repeated word for word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response
from marshmallow import Schema

from services.ticket_service.acting import Frame, Remember
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.wire import Wire
from services.ticket_service.ports import IdempotencyRecord

T = TypeVar("T")


def made(
    body: Any,
    schema: type[Schema],
    to_wire: Callable[[T], Wire],
    make: Callable[[Frame, Remember[T]], T],
    status: int = 201,
) -> Response:
    """The answer to a request with this body: what `make` made, in this schema, with this status."""

    def work(request: Once) -> Response:
        def rendered(thing: T) -> Wire:
            shown: Wire = schema().dump(to_wire(thing))
            return shown

        def remember(thing: T) -> IdempotencyRecord | None:
            return request.record(status, rendered(thing))

        return answer(status, rendered(make(request.frame(), remember)))

    return once(body, work)
