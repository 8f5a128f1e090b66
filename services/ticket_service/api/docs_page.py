"""The page at /api/docs: Swagger UI, from its Python package, under a policy without inline scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import flask_swagger_ui
from flask import Blueprint, Response, abort, send_from_directory

_DIST: Final = Path(flask_swagger_ui.__file__).parent / "dist"
_OWN: Final = Path(__file__).parent / "static"
_ASSETS: Final = {
    "swagger-ui-bundle.js": _DIST,
    "swagger-ui.css": _DIST,
    "favicon-32x32.png": _DIST,
    "docs.js": _OWN,
}
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # Swagger UI draws its icons from data: addresses.
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sportello: REST API</title>
<link rel="stylesheet" href="/api/docs/assets/swagger-ui.css">
<link rel="icon" type="image/png" href="/api/docs/assets/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript. The document itself:
<a href="/api/v1/openapi.json">openapi.json</a>.
</noscript>
<script src="/api/docs/assets/swagger-ui-bundle.js"></script>
<script src="/api/docs/assets/docs.js"></script>
</body>
</html>
"""

docs_page = Blueprint("docs_page", __name__, url_prefix="/api/docs")


@docs_page.get("")
def page() -> Response:
    """The page itself: public, it holds no data of the desk."""
    return Response(
        _PAGE, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY}
    )


@docs_page.get("/assets/<name>")
def asset(name: str) -> Response:
    """One of the few files the page needs."""
    folder = _ASSETS.get(name)
    if folder is None:
        abort(404)
    return send_from_directory(folder, name, max_age=3600)
