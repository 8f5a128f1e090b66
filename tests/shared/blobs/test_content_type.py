"""A file is kept under the type its bytes agree with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.blobs.content_type import UNKNOWN, true_type

REST = bytes(300)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01" + REST
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + REST
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + REST
GIF = b"GIF89a" + REST
PDF = b"%PDF-1.7\n" + REST
MP4 = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + REST
THREE_GP = b"\x00\x00\x00\x18ftyp3gp4\x00\x00\x00\x00isom3gp4" + REST
OGG = b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + REST
MP3 = b"\xff\xf3\x40\xc4" + REST
AAC = b"\xff\xf1\x50\x80\x2e\x7f\xfc" + REST
AMR = b"#!AMR\n" + REST
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
EXE = b"MZ\x90\x00" + REST
ZIP = b"PK\x03\x04\x14\x00" + REST


@pytest.mark.parametrize(
    ("declared", "content", "kept"),
    [
        ("image/jpeg", JPEG, "image/jpeg"),
        ("IMAGE/JPEG", JPEG, "image/jpeg"),
        ("image/jpeg", PNG, "image/png"),
        ("image/webp", WEBP, "image/webp"),
        ("image/gif", GIF, "image/gif"),
        ("image/jpeg", HTML, UNKNOWN),
        ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", UNKNOWN),
        ("image/png", MP4, UNKNOWN),
        ("image/png", b"", UNKNOWN),
        ("audio/ogg; codecs=opus", OGG, "audio/ogg; codecs=opus"),
        ("audio/mp4", MP4, "audio/mp4"),
        ("audio/mpeg", MP3, "audio/mpeg"),
        ("audio/aac", AAC, "audio/aac"),
        ("audio/amr", AMR, "audio/amr"),
        ("video/mp4", MP4, "video/mp4"),
        ("video/3gpp", THREE_GP, "video/3gpp"),
        ("video/mp4", EXE, UNKNOWN),
        ("audio/ogg", HTML, UNKNOWN),
        ("application/pdf", PDF, "application/pdf"),
        ("application/pdf", HTML, UNKNOWN),
        ("application/zip", ZIP, "application/zip"),
        ("text/plain; charset=utf-8", b"hello", "text/plain; charset=utf-8"),
        ("text/html", HTML, "text/html"),
        ("", JPEG, "image/jpeg"),
        ("", HTML, UNKNOWN),
        ("nonsense", PDF, "application/pdf"),
        ("text/plain\r\nSet-Cookie: x", b"hello", UNKNOWN),
        ("text/plain; x=\r\nSet-Cookie: x", b"hello", "text/plain"),
        ("text/plain; " + "x" * 10_000, b"hello", "text/plain"),
    ],
)
def test_a_declared_type_is_kept_where_the_bytes_agree(declared: str, content: bytes, kept: str) -> None:
    assert true_type(declared, content) == kept


@given(st.text(max_size=400), st.binary(max_size=400))
def test_whatever_is_declared_the_type_fits_into_a_header(declared: str, content: bytes) -> None:
    kept = true_type(declared, content)
    assert "/" in kept
    assert kept.isascii()
    assert kept.isprintable()
    assert len(kept) < 600
