"""Where providers call: the check of the address (GET) and webhooks (POST), one path per kind of channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from flask import Flask, Response, request

from services.webhook_gateway.ports import ForgedRequest, Inauthentic, Unreadable
from services.webhook_gateway.receive import Receiver
from shared.messaging.message import BrokerUnavailable
from shared.web.problems import Problem

_log = structlog.get_logger(__name__)

MAX_BODY: Final = 3_500_000
"""Meta's webhooks have up to 3 MB; the rest is margin."""

RETRY_SECONDS: Final = 5


def add_routes(app: Flask, receiver: Receiver) -> None:
    """Serve one kind of channel at its path."""
    channel = receiver.channel
    app.add_url_rule(
        channel.path,
        f"{channel.kind}.check",
        _check(receiver),
        methods=["GET"],
        provide_automatic_options=False,
    )
    app.add_url_rule(
        channel.path,
        f"{channel.kind}.webhook",
        _webhook(receiver),
        methods=["POST"],
        provide_automatic_options=False,
    )


def _check(receiver: Receiver) -> Callable[[], Response]:
    def check() -> Response:
        text = receiver.channel.challenge(request.args)
        if text is None:
            raise Problem(403, "forbidden", "Forbidden")
        return Response(text, mimetype="text/plain", headers={"X-Content-Type-Options": "nosniff"})

    return check


def _webhook(receiver: Receiver) -> Callable[[], Response]:
    def webhook() -> Response:
        try:
            environ = request.environ
            receiver.receive(_read_body(environ), environ)
        except _TooLarge:
            raise _refuse(receiver, "too-large", 413, "payload-too-large", "Too large") from None
        except Inauthentic as error:
            # 403 for a wrong signature, 401 for none: all a stranger learns is which of the two he sent.
            forged = isinstance(error, ForgedRequest)
            status, slug, title = (
                (403, "forbidden", "Forbidden") if forged else (401, "unauthorized", "Unauthorized")
            )
            raise _refuse(receiver, error.result, status, slug, title) from None
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
        return ACCEPTED

    return webhook


class _Accepted(Response):
    """A bare 200, made once: building one costs more than reading a message, and nothing in it varies."""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Answer as WSGI asks; headers added to this response by hooks would not be sent."""
        start_response("200 OK", [("Content-Length", "0")])
        return ()


ACCEPTED: Final = _Accepted()


class _TooLarge(Exception):
    """The body is larger than any provider's."""


def _read_body(environ: Mapping[str, Any]) -> bytes:
    """The raw body, whether its length was announced or it comes in chunks; never more than the limit."""
    length = environ.get("CONTENT_LENGTH")
    if length and (not (length.isascii() and length.isdigit()) or int(length) > MAX_BODY):
        raise _TooLarge
    body: bytes = environ["wsgi.input"].read(int(length) if length else MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise _TooLarge
    return body


def _refuse(receiver: Receiver, result: str, status: int, slug: str, title: str, detail: str = "") -> Problem:
    """Count and log a refusal; neither body nor signature goes into the log."""
    receiver.refused(result)
    _log.info("webhook refused", channel_kind=receiver.channel.kind, result=result, status=status)
    return Problem(status, slug, title, detail)
