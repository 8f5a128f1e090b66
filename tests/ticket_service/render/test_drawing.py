"""Small pictures: of which files there are any, how large they are, and what does not harm the desk."""

from __future__ import annotations

import io
import zlib
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.thumbnail import LARGEST_SOURCE, PIXELS, SMALL, has_picture, picture_id
from services.ticket_service.render import confined
from services.ticket_service.render.drawing import TooManyPixels, draw
from services.ticket_service.render.pictures import picture
from shared.blobs.store import BLOB_ID
from tests.support.memory_blobs import MemoryBlobStore
from tests.ticket_service.building import NOW

PROGRAM = "services.ticket_service.render.drawing"


def _image(width: int, height: int, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(options.pop("mode", "RGB"), (width, height), options.pop("color", "#cc2222")).save(
        out, kind, **options
    )
    return out.getvalue()


def _pdf(width: float, height: float) -> bytes:
    document = pypdfium2.PdfDocument.new()
    document.new_page(width, height)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def _drawn(content: bytes, mime_type: str, longest: int = 320) -> Image.Image:
    picture = Image.open(io.BytesIO(draw(content, mime_type, longest)))
    assert picture.format == "WEBP"
    return picture


def _file(blobs: MemoryBlobStore, content: bytes, mime_type: str) -> Attachment:
    blob = blobs.put("file-1", [content], mime_type=mime_type, max_bytes=10**9)
    file = Attachment("file-1", "image", "", "", NOW)
    file.stored(blob.id, mime_type, "a", blob.sha256, blob.size, NOW)
    return file


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_keeps_its_shape_and_is_never_made_larger(kind: str) -> None:
    mime_type = f"image/{kind.lower()}"
    assert _drawn(_image(800, 400, kind), mime_type).size == (320, 160)
    assert _drawn(_image(10, 300, kind), mime_type).size == (10, 300)


def test_what_is_see_through_stays_so_and_a_turned_photograph_is_upright() -> None:
    see_through = _image(50, 50, "PNG", mode="RGBA", color=(10, 20, 30, 0))
    assert _drawn(see_through, "image/png").convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    assert _drawn(_image(400, 200, "JPEG", exif=exif), "image/jpeg").size == (160, 320)


@pytest.mark.parametrize(
    ("width", "height", "size"), [(595, 842, (226, 320)), (14_400, 10, (320, 1)), (3, 3, (12, 12))]
)
def test_of_a_pdf_the_first_page_is_drawn(width: float, height: float, size: tuple[int, int]) -> None:
    drawn = _drawn(_pdf(width, height), "application/pdf")
    assert abs(drawn.width - size[0]) <= 1
    assert abs(drawn.height - size[1]) <= 1


def test_a_bomb_is_refused_by_its_size_and_a_large_photograph_is_not() -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    header = (6_000).to_bytes(4) + (6_000).to_bytes(4) + bytes([8, 2, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
    with pytest.raises(TooManyPixels):
        draw(bomb, "image/png", 320)
    assert _drawn(_image(6_000, 6_000, "JPEG"), "image/jpeg").size == (320, 320)


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (b"", "image/png"),
        (b"garbage", "image/png"),
        (_image(50, 50, "PNG")[:70], "image/png"),
        (b"%PDF-1.7 garbage", "application/pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"),
    ],
)
def test_what_is_damaged_has_no_picture_and_is_not_tried_twice(
    monkeypatch: pytest.MonkeyPatch, content: bytes, mime_type: str
) -> None:
    tried = []

    def fails(module: str, given: bytes, *, seconds: float) -> bytes:
        tried.append(given)
        with pytest.raises(Exception):  # noqa: B017 - decoders raise whatever they like
            draw(content, mime_type, 320)
        raise confined.NotPossible("damaged")

    monkeypatch.setattr(confined, "run", fails)
    blobs = MemoryBlobStore()
    file = _file(blobs, content, mime_type)
    assert [picture(file, SMALL, blobs) for _ in range(2)] == [None, None]
    assert len(tried) == 1


def test_the_program_ends_with_a_word_on_what_it_cannot_draw() -> None:
    drawn = confined.run(PROGRAM, b"image/png 320\n" + _image(9, 9, "PNG"), seconds=30)
    assert Image.open(io.BytesIO(drawn)).size == (9, 9)
    with pytest.raises(confined.NotPossible, match="UnidentifiedImageError"):
        confined.run(PROGRAM, b"image/png 320\ngarbage", seconds=30)


def test_a_program_that_takes_too_long_or_breaks_off_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(confined.NotPossible, match="longer"):
        confined.run(PROGRAM, b"", seconds=0.001)
    with pytest.raises(confined.NotPossible, match="broke off"):
        confined.run("services.ticket_service.render.no_such_program", b"", seconds=30)
    monkeypatch.setattr(confined, "WAIT_SECONDS", 0.01)
    turns = [confined._turns.acquire(timeout=1) for _ in range(confined.AT_ONCE)]
    try:
        with pytest.raises(confined.Busy):
            confined.run(PROGRAM, b"", seconds=30)
    finally:
        for _ in turns:
            confined._turns.release()


@pytest.mark.parametrize(
    ("mime_type", "size", "has"),
    [
        ("image/png", 10, True),
        ("application/pdf", LARGEST_SOURCE, True),
        ("image/jpeg; x=1", 10, True),
        ("image/png", LARGEST_SOURCE + 1, False),
        ("image/png", None, False),
        ("image/svg+xml", 10, False),
        ("text/html", 10, False),
    ],
)
def test_which_files_may_have_a_picture(mime_type: str, size: int | None, has: bool) -> None:
    assert has_picture(Attachment("a", "image", "", "", NOW, mime_type=mime_type, size=size)) is has
    assert all(BLOB_ID.match(picture_id("a" * 64, each)) for each in PIXELS)
