"""What browsers load beside pages: our own files, and those that installed packages carry."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, current_app, request

OWN: Final = Path(__file__).parent / "static"
_BOOTSTRAP: Final = ("flask_bootstrap", "static/bootstrap5")
_CHARTS: Final = ("chartkick", "django/static/chartkick")
VENDOR: Final = {
    "vendor/bootstrap.css": (*_BOOTSTRAP, "css/bootstrap.min.css"),
    "vendor/bootstrap.js": (*_BOOTSTRAP, "js/bootstrap.min.js"),
    "vendor/popper.js": (*_BOOTSTRAP, "umd/popper.min.js"),
    "vendor/htmx.js": ("django_htmx", "static/django_htmx", "htmx-2.min.js"),
    "vendor/chart.js": (*_CHARTS, "Chart.bundle.js"),
}
"""Address below the version → package, folder, file."""
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
_KEY: Final = "console_assets"
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    content: bytes
    compressed: bytes
    content_type: str


class Assets:
    """All files, read once; `version` changes whenever one of them does, so that addresses never lie."""

    def __init__(self) -> None:
        self.files = {name: _asset(name, content) for name, content in sorted(_read())}
        digest = hashlib.sha256()
        for name, asset in self.files.items():
            digest.update(name.encode() + b"\0" + asset.content)
        self.version = digest.hexdigest()[:12]


def _read() -> Iterator[tuple[str, bytes]]:
    for path in OWN.rglob("*"):
        if path.suffix in TYPES:
            yield path.relative_to(OWN).as_posix(), path.read_bytes()
    for name, (package, folder, file) in VENDOR.items():
        yield name, (files(package) / folder / file).read_bytes()


def _asset(name: str, content: bytes) -> Asset:
    return Asset(content, gzip.compress(content, 6, mtime=0), TYPES[Path(name).suffix])


blueprint = Blueprint("assets", __name__, url_prefix="/assets")


def assets() -> Assets:
    """The files of this application."""
    found: Assets = current_app.extensions[_KEY]
    return found


def install(app: object) -> None:
    """Read the files and serve them."""
    app.extensions[_KEY] = Assets()  # type: ignore[attr-defined]
    app.register_blueprint(blueprint)  # type: ignore[attr-defined]


def address(name: str) -> str:
    """Where the browser finds a file. KeyError for one that does not exist: a page must not ask in vain."""
    assets().files[name]
    return f"/assets/{assets().version}/{name}"


def exists(name: str) -> bool:
    """Whether there is such a file."""
    return name in assets().files


@blueprint.get("/<version>/<path:name>")
def serve(version: str, name: str) -> Response:
    """A file; of an older version the one of now, which is not to be kept."""
    asset = assets().files.get(name)
    if asset is None:
        abort(404)
    kept = _FOR_EVER if version == assets().version else "no-cache"
    headers = {"Cache-Control": kept, "Vary": "Accept-Encoding"}
    if request.accept_encodings["gzip"]:
        headers["Content-Encoding"] = "gzip"
        return Response(asset.compressed, headers=headers, content_type=asset.content_type)
    return Response(asset.content, headers=headers, content_type=asset.content_type)
