"""A PDF of a filled document model, made in a process of its own."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

import orjson

from services.ticket_service.render import confined

PROGRAM: Final = "services.ticket_service.render.typesetting"
SECONDS: Final = 45.0
"""Less than a web worker may take for a request (deploy/gunicorn.conf.py)."""


def pdf(html: str, style: str, images: Mapping[str, bytes]) -> bytes:
    """The document; `images` (WebP) are what `attachment:<id>` names in it.

    NotPossible, NotInstalled (Pango), Busy.
    """
    encoded = {name: base64.b64encode(content).decode() for name, content in images.items()}
    given = orjson.dumps({"html": html, "style": style, "images": encoded})
    return confined.run(PROGRAM, given, seconds=SECONDS)
