"""Uploads piece by piece: one file, a few short fields, and clear words about everything else."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder

from services.ticket_service.api.multipart import OVERHEAD, Part, Received, Upload
from shared.web.problems import Problem

BOUNDARY = "----limit"
KIND = f"multipart/form-data; boundary={BOUNDARY}"
LIMIT = 200_000


def _file(
    content: bytes = b"content", name: str = "a.txt", field: str = "file", kind: str = "text/plain"
) -> bytes:
    head = f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: {kind}'
    return head.encode() + b"\r\n\r\n" + content


def _field(name: str, value: bytes) -> bytes:
    return f'Content-Disposition: form-data; name="{name}"'.encode() + b"\r\n\r\n" + value


def _body(*parts: bytes) -> bytes:
    mark = f"--{BOUNDARY}".encode()
    return b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def _receive(body: bytes, kind: str = KIND, **options: Any) -> Received[bytes]:
    def take(part: Part, pieces: Iterator[bytes]) -> bytes:
        return b"".join(pieces)

    builder = EnvironBuilder(method="POST", input_stream=io.BytesIO(body), content_type=kind)
    environ = builder.get_environ()
    environ["CONTENT_LENGTH"] = str(options.get("length", len(body)))
    return Upload(Request(environ), LIMIT, {"kind"}, take).receive()


@given(st.binary(min_size=1, max_size=100_000))
def test_whatever_the_file_holds_comes_through_unchanged(content: bytes) -> None:
    if f"--{BOUNDARY}".encode() in content:
        return
    received = _receive(_body(_field("kind", b"voice"), _file(content)))
    assert received.taken == content
    assert received.part.beginning == content[:8_192]
    assert received.fields == {"kind": "voice"}


def test_a_field_may_come_after_the_file() -> None:
    assert _receive(_body(_file(b"x"), _field("kind", b"voice"))).fields == {"kind": "voice"}


def test_a_name_arrives_as_it_was_sent() -> None:
    part = _receive(_body(_file(name="../../caffè.txt", kind="text/plain"))).part
    assert (part.filename, part.mime_type) == ("../../caffè.txt", "text/plain")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (_body(), "file"),
        (_body(_field("kind", b"voice")), "file"),
        (_body(_file(b"")), "file"),
        (_body(_file(b"", name="")), "file"),
        (_body(_file(), _file()), "file"),
        (_body(_field("file", b"text")), "file"),
        (_body(_file(field="attachment")), "attachment"),
        (_body(_file(), _field("colour", b"red")), "colour"),
        (_body(_field("kind", b"a"), _field("kind", b"b"), _file()), "kind"),
        (_body(_field("kind", b"x" * 1_001), _file()), "kind"),
        (_body(_field("kind", b"\xff"), _file()), "kind"),
        (_body(_field("kind", b"a\0b"), _file()), "kind"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, field: str) -> None:
    with pytest.raises(Problem) as refused:
        _receive(body)
    assert refused.value.status == 422
    assert [error["field"] for error in refused.value.extra["errors"]] == [field]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", KIND, 400),
        (b"{}", KIND, 400),
        (_body(_file())[:-30], KIND, 400),
        (b"--" + BOUNDARY.encode() + b"\r\nX: y\r\n\r\nz\r\n--" + BOUNDARY.encode() + b"--", KIND, 400),
        (b"--" + BOUNDARY.encode() + b"\r\nX: " + b"y" * 400_000, KIND, 413),
        (b"--" + BOUNDARY.encode() + b"\r\nX: " + b"y" * 250_000, KIND, 400),
        (b"--" + BOUNDARY.encode() + b"\r\n\xff: \xff\r\n\r\n", KIND, 400),
        (_body(_file()), "multipart/form-data", 400),
        (_body(_file()), "multipart/form-data; boundary=" + "x" * 300, 400),
        (_body(_file()), "multipart/mixed; boundary=x", 415),
        (_body(_file()), "application/json", 415),
        (_body(_file()), "", 415),
    ],
)
def test_what_is_no_upload_is_refused(body: bytes, kind: str, status: int) -> None:
    assert _refusal(body, kind) == status


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    with pytest.raises(Problem) as refused:
        _receive(_body(_file()), length=LIMIT + OVERHEAD + 1)
    assert (refused.value.status, refused.value.extra["max_bytes"]) == (413, LIMIT)


@given(st.binary(max_size=400))
def test_no_damage_is_more_than_a_refusal(damage: bytes) -> None:
    whole = _body(_field("kind", b"voice"), _file(b"abc"))
    for place in (0, 20, len(whole) // 2, len(whole) - 4):
        assert _refusal(whole[:place] + damage + whole[place + 1 :]) in (None, 400, 413, 422)


def _refusal(body: bytes, kind: str = KIND) -> int | None:
    """The status of the refusal, ours or Werkzeug's own for what is too large; None when it was taken."""
    try:
        _receive(body, kind)
    except Problem as problem:
        return problem.status
    except HTTPException as error:
        return error.code
    return None
