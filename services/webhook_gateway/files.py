"""Files behind signed links, for providers that fetch what they are to send: nothing is listed or guessed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Final
from urllib.parse import quote

import structlog
from flask import Flask, Response

from shared.blobs.links import PATH, checked, fit_name
from shared.blobs.store import BlobMissing, BlobStore
from shared.messaging.message import Unavailable
from shared.web.problems import Problem

_log = structlog.get_logger(__name__)

RETRY_SECONDS: Final = 5


def add_file_route(
    app: Flask, secret: str, open_store: Callable[[], BlobStore], clock: Callable[[], datetime]
) -> None:
    """Serve GET and HEAD of the links that `shared.blobs.links.file_link` makes with the same secret.

    `open_store` is called at a good link only, so that webhooks are taken while the store is away. Whatever
    is wrong with a link, the answer is 404: it says nothing about what exists.
    """

    def show(blob_id: str, expires: str, signature: str, filename: str) -> Response:
        if not checked(secret, blob_id, expires, signature, clock()):
            raise _not_found()
        with ExitStack() as stack:
            try:
                blob, pieces = stack.enter_context(open_store().open(blob_id))
            except BlobMissing:
                _log.warning("signed link to a file that is not there", blob_id=blob_id)
                raise _not_found() from None
            except Unavailable as error:
                _log.warning("file not served", blob_id=blob_id, reason=str(error))
                headers = {"Retry-After": str(RETRY_SECONDS)}
                raise Problem(503, "unavailable", "Not available now", headers=headers) from None
            answer = Response(pieces, content_type=blob.mime_type)
            answer.call_on_close(stack.pop_all().close)
        answer.content_length = blob.size
        # Never shown by a browser, whatever it is: providers do not mind, and nobody else has the link.
        answer.headers["Content-Disposition"] = _attachment(fit_name(filename))
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        answer.headers["Cache-Control"] = "private, no-store"
        answer.headers["X-Robots-Tag"] = "noindex"
        return answer

    rule = f"{PATH}/<blob_id>/<expires>/<signature>/<path:filename>"
    app.add_url_rule(rule, "files", show, methods=["GET"], provide_automatic_options=False)


def _attachment(name: str) -> str:
    """The header's value with the name in both forms: headers are ASCII, names are not (RFC 6266)."""
    plain = "".join(letter if letter.isascii() and letter not in '"%' else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _not_found() -> Problem:
    return Problem(404, "not-found", "Not found")
