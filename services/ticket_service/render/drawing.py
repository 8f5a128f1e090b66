"""The program that draws a file's small picture: type and size on the first line, then the file's bytes."""

from __future__ import annotations

import io
import sys
from typing import Final

import pypdfium2
from PIL import Image, ImageOps

from services.ticket_service.render.confined import NOT_POSSIBLE, confine, give_up

MEGABYTES: Final = 1_000
SECONDS: Final = 10
MOST_PIXELS: Final = 25_000_000
"""To be decoded; of a JPEG only as many as are needed are."""
_FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP")
_SHARPEST: Final = 4.0
"""Of a PDF's page that is tiny: pixels per point."""
_PDF: Final = "application/pdf"


class TooManyPixels(Exception):
    """The picture would fill the memory."""


def draw(content: bytes, mime_type: str, longest: int) -> bytes:
    """A WebP picture that is at most `longest` pixels wide and high.

    TooManyPixels; whatever Pillow and PDFium raise for damaged files.
    """
    picture = _first_page(content, longest) if mime_type == _PDF else _picture(content, longest)
    picture.thumbnail((longest, longest))
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=80)
    return out.getvalue()


def _picture(content: bytes, longest: int) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
        opened.draft("RGB", (longest, longest))
        if opened.width * opened.height > MOST_PIXELS:
            raise TooManyPixels(f"{opened.width} × {opened.height}")
        upright = ImageOps.exif_transpose(opened)
        return upright.convert("RGBA" if _see_through(upright) else "RGB")


def _see_through(picture: Image.Image) -> bool:
    return picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info


def _first_page(content: bytes, longest: int) -> Image.Image:
    document = pypdfium2.PdfDocument(content)
    try:
        page = document[0]
        width, height = page.get_size()
        scale = min(longest / max(width, height, 1.0), _SHARPEST)
        drawn: Image.Image = page.render(scale=scale).to_pil()
        return drawn.convert("RGB")
    finally:
        document.close()


def main() -> None:
    """Read the file from standard input, write its picture to standard output."""
    confine(megabytes=MEGABYTES, seconds=SECONDS)
    head, _, content = sys.stdin.buffer.read().partition(b"\n")
    mime_type, longest = head.decode().rsplit(" ", 1)
    try:
        drawn = draw(content, mime_type, int(longest))
    except Exception as error:
        # Whatever a decoder raises, of whatever kind, says the same: there is no picture of this file.
        give_up(NOT_POSSIBLE, f"{type(error).__name__}: {error}")
    sys.stdout.buffer.write(drawn)


if __name__ == "__main__":
    main()
