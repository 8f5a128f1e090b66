"""The program that makes somebody's picture of any image: square, small, with nothing else of the file."""

from __future__ import annotations

import io
import sys
from typing import Final

from PIL import Image, ImageOps

from services.ticket_service.render.confined import NOT_POSSIBLE, confine, give_up

PROGRAM: Final = "services.ticket_service.render.portrait"
SECONDS: Final = 10.0
JPEG: Final = "image/jpeg"
PIXELS: Final = 256
_MEGABYTES: Final = 1_000
_MOST_PIXELS: Final = 25_000_000
"""To be decoded; of a JPEG only as many as are needed are."""
_FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP")
_PAPER: Final = (255, 255, 255)


class TooManyPixels(Exception):
    """The picture would fill the memory."""


def portrait(content: bytes) -> bytes:
    """The middle of an image (of a moving one the first) as a JPEG, PIXELS wide and high.

    TooManyPixels; whatever Pillow raises for damaged files, and for what is no image.
    """
    with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
        opened.draft("RGB", (PIXELS, PIXELS))
        if opened.width * opened.height > _MOST_PIXELS:
            raise TooManyPixels(f"{opened.width} × {opened.height}")
        fitted = ImageOps.fit(ImageOps.exif_transpose(opened).convert("RGBA"), (PIXELS, PIXELS))
    drawn = Image.new("RGB", fitted.size, _PAPER)
    drawn.paste(fitted, mask=fitted.getchannel("A"))
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=85)
    return out.getvalue()


def main() -> None:
    """Read the image from standard input, write the picture to standard output."""
    confine(megabytes=_MEGABYTES, seconds=int(SECONDS))
    try:
        drawn = portrait(sys.stdin.buffer.read())
    except Exception as error:
        # Whatever a decoder raises, of whatever kind, says the same: there is no picture of this file.
        give_up(NOT_POSSIBLE, f"{type(error).__name__}: {error}")
    sys.stdout.buffer.write(drawn)


if __name__ == "__main__":
    main()
