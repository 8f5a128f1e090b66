"""Signed links: good as they were made until they expire, and not in any other form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.blobs.links import checked, file_link

NOW = datetime(2025, 2, 27, 21, 0, tzinfo=UTC)
SECRET = "a secret of this desk"


def parts(filename: str = "invoice.pdf", blob_id: str = "b1") -> list[str]:
    link = file_link("https://desk.example/gateway/", SECRET, blob_id, filename, NOW + timedelta(hours=1))
    assert link.startswith("https://desk.example/gateway/files/")
    return [unquote(part) for part in urlsplit(link).path.removeprefix("/gateway/files/").split("/")]


def test_a_link_is_good_until_it_expires() -> None:
    blob_id, expires, signature, filename = parts()
    assert (blob_id, filename) == ("b1", "invoice.pdf")
    assert checked(SECRET, blob_id, expires, signature, NOW)
    assert checked(SECRET, blob_id, expires, signature, NOW + timedelta(minutes=59, seconds=59))
    assert not checked(SECRET, blob_id, expires, signature, NOW + timedelta(hours=1))


def test_any_other_blob_time_secret_or_signature_is_refused() -> None:
    blob_id, expires, signature, _ = parts()
    later = str(int(expires) + 1)
    for attempt in [
        (SECRET, "b2", expires, signature),
        (SECRET, blob_id, later, signature),
        (SECRET, blob_id, "0" + expires, signature),
        (SECRET, blob_id, f"{expires} ", signature),
        (SECRET, blob_id, "", signature),
        ("another secret", blob_id, expires, signature),
        (SECRET, blob_id, expires, signature[:-1]),
        (SECRET, blob_id, expires, signature.upper()),
        (SECRET, blob_id, expires, ""),
        (SECRET, blob_id, expires, "è" * 64),
    ]:
        assert not checked(*attempt, NOW)


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("fattura è 1.pdf", "fattura è 1.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "file"),
        ("", "file"),
        ("a\r\nSet-Cookie: x", "a__Set-Cookie: x"),
        ("\ud800.png", "?.png"),
    ],
)
def test_any_name_makes_one_last_part_of_the_path(filename: str, expected: str) -> None:
    assert parts(filename)[3:] == [expected]


@given(st.text(max_size=300), st.text(max_size=20), st.text(max_size=80))
def test_nothing_strange_is_ever_good_or_an_error(blob_id: str, expires: str, signature: str) -> None:
    assert not checked(SECRET, blob_id, expires, signature, NOW)
