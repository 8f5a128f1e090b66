"""Where providers call: webhooks (POST) and the check of an address (GET), at the paths of each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, Final

import structlog
from flask import Flask, Response, request

from services.webhook_gateway.ports import Answer, ForgedRequest, Inauthentic, Unreadable
from services.webhook_gateway.receive import Receiver
from shared.messaging.message import BrokerUnavailable
from shared.runtime.metrics import HTTP_SECONDS
from shared.web.problems import Problem

_log = structlog.get_logger(__name__)

RETRY_SECONDS: Final = 5
_STATUSES: Final = (200, 400, 401, 403, 413, 500, 503)


def add_routes(app: Flask, receiver: Receiver) -> None:
    """Serve one kind of channel at its paths."""
    channel = receiver.channel
    webhook = _webhook(receiver)
    for path in channel.paths:
        _add(app, path, f"{channel.kind}.webhook", webhook, "POST")
        if channel.challenge is not None:
            _add(app, path, f"{channel.kind}.check", _check(channel.challenge), "GET")


def _add(app: Flask, path: str, endpoint: str, view: Callable[[], Response], method: str) -> None:
    app.add_url_rule(path, endpoint, view, methods=[method], provide_automatic_options=False)


def _check(challenge: Callable[[Mapping[str, str]], str | None]) -> Callable[[], Response]:
    def check() -> Response:
        text = challenge(request.args)
        if text is None:
            raise Problem(403, "forbidden", "Forbidden")
        return Response(text, mimetype="text/plain", headers={"X-Content-Type-Options": "nosniff"})

    return check


def _webhook(receiver: Receiver) -> Callable[[], Response]:
    endpoint = f"{receiver.channel.kind}.webhook"
    accepted = _Accepted(receiver.channel.accepted)
    seconds = {status: HTTP_SECONDS.labels(endpoint, str(status)) for status in _STATUSES}

    def webhook() -> Response:
        began = perf_counter()
        status = 500
        try:
            _take(receiver, request.environ)
            status = 200
            return accepted
        except Problem as problem:
            status = problem.status
            raise
        finally:
            seconds[status].observe(perf_counter() - began)

    return webhook


def _take(receiver: Receiver, environ: Mapping[str, Any]) -> None:
    """Receive one request; Problem says why it is not accepted."""
    try:
        receiver.receive(_read_body(environ, receiver.channel.max_body), environ)
    except _TooLarge:
        raise _refuse(receiver, "too-large", 413, "payload-too-large", "Too large") from None
    except Inauthentic as error:
        # 403 for a wrong signature, 401 for none: all a stranger learns is which of the two he sent.
        if isinstance(error, ForgedRequest):
            raise _refuse(receiver, error.result, 403, "forbidden", "Forbidden") from None
        raise _refuse(receiver, error.result, 401, "unauthorized", "Unauthorized") from None
    except Unreadable as error:
        raise _refuse(receiver, "unreadable", 400, "unreadable", "Unreadable", str(error)) from None
    except BrokerUnavailable as error:
        _log.warning("webhook not accepted", channel_kind=receiver.channel.kind, reason=str(error))
        receiver.refused("broker-unavailable")
        raise Problem(
            503,
            "unavailable",
            "Not available now",
            "Nothing was accepted; send it again.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        ) from None


class _Accepted(Response):
    """A 200, made once: building one costs more than reading a message, and nothing in it varies."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._headers = [("Content-Length", str(len(answer.body)))]
        if answer.content_type:
            self._headers.append(("Content-Type", answer.content_type))
        self._body = (answer.body,) if answer.body else ()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer as WSGI asks; headers added to this response by hooks would not be sent."""
        start_response("200 OK", self._headers.copy())
        return self._body


class _TooLarge(Exception):
    """The body is larger than any provider's."""


def _read_body(environ: Mapping[str, Any], limit: int) -> bytes:
    """The raw body, whether its length was announced or it comes in chunks; never more than the limit.

    _TooLarge, or Unreadable when the chunks are not what HTTP allows or the client goes away.
    """
    length = environ.get("CONTENT_LENGTH")
    if length and (not (length.isascii() and length.isdigit()) or int(length) > limit):
        raise _TooLarge
    try:
        body: bytes = environ["wsgi.input"].read(int(length) if length else limit + 1)
    except Exception as error:
        # The server reads the chunks only now, and has exceptions of its own for what is wrong with them.
        raise Unreadable("The body could not be read.") from error
    if len(body) > limit:
        raise _TooLarge
    return body


def _refuse(receiver: Receiver, result: str, status: int, slug: str, title: str, detail: str = "") -> Problem:
    """Count and log a refusal; neither body nor signature goes into the log."""
    receiver.refused(result)
    _log.info("webhook refused", channel_kind=receiver.channel.kind, result=result, status=status)
    return Problem(status, slug, title, detail)
