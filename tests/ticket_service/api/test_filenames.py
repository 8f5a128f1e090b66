"""What of a file's name and type people and browsers get to see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from services.ticket_service.api.filenames import (
    MAX_NAME,
    disposition,
    fits_kind,
    kind_of,
    safe_inline,
    shown_name,
    type_of,
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\fattura 12.pdf", "fattura 12.pdf"),
        ("caffè ☕.png", "caffè ☕.png"),
        ("invoice\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe", "invoicefdp.exe"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie: x.txt"),
        ("nul\0byte", "nulbyte"),
        ("..", ""),
        ("", ""),
        ("/", ""),
        (" . ", ""),
        (".env", ".env"),
        ("x" * 300 + ".jpeg", "x" * 195 + ".jpeg"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_name_is_shown_without_what_could_deceive(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@given(st.text(max_size=400))
def test_any_name_fits_into_a_header_and_comes_back(name: str) -> None:
    shown = shown_name(name)
    assert len(shown) <= MAX_NAME
    assert shown_name(shown) == shown
    header = disposition(shown, inline=False)
    assert header.isascii()
    assert header.isprintable()
    how, options = parse_options_header(header)
    assert how == "attachment"
    assert options["filename"] == (shown or "file")


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + bytes(300)


@pytest.mark.parametrize(
    ("declared", "name", "content", "kept", "kind"),
    [
        ("image/jpeg", "a.jpg", JPEG, "image/jpeg", "image"),
        ("", "a.jpg", JPEG, "image/jpeg", "image"),
        ("application/octet-stream", "a.csv", b"a;b", "text/csv", "document"),
        ("application/octet-stream", "a", b"a;b", "application/octet-stream", "document"),
        ("image/jpeg", "a.jpg", b"<script>", "application/octet-stream", "document"),
        ("text/html", "a.html", b"<script>", "text/html", "document"),
    ],
)
def test_the_type_is_what_the_bytes_agree_with(
    declared: str, name: str, content: bytes, kept: str, kind: str
) -> None:
    mime_type = type_of(declared, name, content)
    assert (mime_type, kind_of(mime_type)) == (kept, kind)
    assert fits_kind("document", mime_type)
    assert fits_kind(kind, mime_type)


@pytest.mark.parametrize(
    ("mime_type", "inline"),
    [
        ("image/jpeg", True),
        ("image/webp", True),
        ("audio/ogg; codecs=opus", True),
        ("video/mp4", True),
        ("image/svg+xml", False),
        ("text/html", False),
        ("text/plain", False),
        ("application/pdf", False),
        ("application/octet-stream", False),
    ],
)
def test_only_what_cannot_hold_script_is_shown_in_place(mime_type: str, inline: bool) -> None:
    assert safe_inline(mime_type) is inline
