"""A mail's HTML as the body of a frame that runs nothing and loads nothing, unless the reader asks for it."""

from __future__ import annotations

from typing import Final

from flask import Response
from markupsafe import Markup

from services.ticket_service.api import context
from services.ticket_service.api.problems import not_found
from services.ticket_service.console.mails.cleaner import Cleaner
from services.ticket_service.console.mails.inline import InlinePictures, inline_ids
from services.ticket_service.console.pages import show
from services.ticket_service.domain.message import Message

_POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; {images};"
    " style-src 'unsafe-inline'; frame-ancestors 'self'"
)


def framed(message: Message, *, pictures: bool) -> Response:
    """The mail's HTML; `pictures`: with those from outside. Problem 404 where it has none."""
    html = message.content.get("html")
    if not isinstance(html, str) or not html:
        raise not_found("mail with HTML")
    images = "img-src data: https: http:" if pictures else "img-src data:"
    # Made harmless by the cleaner, and shown in a frame that runs and loads nothing.
    harmless = Markup(Cleaner(pictures=pictures, inline=_inline(message)).clean(html))  # noqa: S704
    response = show("mails/frame.html", html=harmless)
    response.headers["Content-Security-Policy"] = _POLICY.format(images=images)
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _inline(message: Message) -> InlinePictures:
    services, named = context.services(), inline_ids(message.content)
    files = services.desk.store.load_attachments(set(named.values())) if named else {}
    # A mail names its own files; what belongs to another message is nothing of its.
    own = {each.id: each for each in files.values() if each.id in message.attachments}
    return InlinePictures(named, own, services.blobs)
