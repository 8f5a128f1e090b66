"""The program that makes a PDF of HTML: a JSON document on standard input, the PDF on standard output."""

from __future__ import annotations

import base64
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from services.ticket_service.render.confined import NOT_INSTALLED, NOT_POSSIBLE, confine, give_up

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcherResponse

MEGABYTES: Final = 1_000
SECONDS: Final = 40
IMAGE: Final = "attachment:"


def typeset(html: str, style: str, images: Mapping[str, bytes]) -> bytes:
    """The PDF. `images` are what `attachment:<id>` may name; nothing else but data: addresses is fetched.

    Whatever WeasyPrint raises; OSError when a library of the system is missing.
    """
    from weasyprint import CSS, HTML  # needs Pango, which not every machine has
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnImages(URLFetcher):
        """Fetches nothing from anywhere."""

        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            if url.startswith(IMAGE):
                content = images.get(url.removeprefix(IMAGE))
                if content is None:
                    raise ValueError("no such image")
                return URLFetcherResponse(url, content, {"Content-Type": "image/webp"})
            return super().fetch(url, headers)

    fetcher = OwnImages(allowed_protocols=("data",), allow_redirects=False)
    sheets = [CSS(string=style, url_fetcher=fetcher)] if style else []
    made = HTML(string=html, url_fetcher=fetcher, base_url=None).write_pdf(stylesheets=sheets)
    return bytes(made or b"")


def main() -> None:
    """Read what is to be set, write the PDF."""
    confine(megabytes=MEGABYTES, seconds=SECONDS)
    given = orjson.loads(sys.stdin.buffer.read())
    images = {name: base64.b64decode(content) for name, content in given["images"].items()}
    try:
        import weasyprint  # noqa: F401 - whether it can be loaded at all
    except OSError as error:
        give_up(NOT_INSTALLED, str(error))
    try:
        made = typeset(given["html"], given["style"], images)
    except Exception as error:
        # A model may hold anything: whatever it makes the layout raise, there is no document of it.
        give_up(NOT_POSSIBLE, f"{type(error).__name__}: {error}")
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
