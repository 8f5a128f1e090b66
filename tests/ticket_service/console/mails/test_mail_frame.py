"""What of a mail's HTML reaches a browser: its own pictures, and nobody else's."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from services.ticket_service.console.mails.cleaner import Cleaner
from services.ticket_service.console.mails.inline import LARGEST, MOST_TOGETHER, InlinePictures, inline_ids
from services.ticket_service.console.mails.words import names_pictures
from services.ticket_service.domain.attachment import FORGOTTEN, Attachment
from tests.support.memory_blobs import MemoryBlobStore

NOW = datetime(2026, 2, 27, tzinfo=UTC)
PIXEL = b"\x89PNG\r\n\x1a\n picture"


class Mail:
    """A mail with files in the blob store."""

    def __init__(self) -> None:
        self.blobs = MemoryBlobStore()
        self.files: dict[str, Attachment] = {}
        self.named: dict[str, str] = {}

    def bring(self, content_id: str, content: bytes = PIXEL, mime_type: str = "image/png") -> Attachment:
        file_id = f"file-{len(self.files)}"
        blob = self.blobs.put(file_id, [content], mime_type=mime_type, max_bytes=10**8)
        file = Attachment(file_id, "image", "mail-main", "email", NOW, mime_type=mime_type, size=len(content))
        file.blob_id, file.stored_at = blob.id, NOW
        self.files[file_id] = file
        self.named[content_id] = file_id
        return file

    def shown(self, html: str) -> str:
        pictures = InlinePictures(self.named, self.files, self.blobs)
        return Cleaner(pictures=False, inline=pictures).clean(html)


@pytest.fixture
def mail() -> Mail:
    return Mail()


@pytest.mark.parametrize(
    "address", ["cid:logo@x", "CID:logo@x", "cid:LOGO@x", "cid:logo%40x", " cid:logo@x "]
)
def test_a_picture_that_the_mail_names_is_put_into_it(mail: Mail, address: str) -> None:
    mail.bring("logo@x")

    assert base64.b64encode(PIXEL).decode() in mail.shown(f'<img src="{address}">')


def test_one_picture_named_twice_is_read_once(mail: Mail) -> None:
    mail.bring("logo@x", b"x" * (MOST_TOGETHER // 4))

    shown = mail.shown('<img src="cid:logo@x"><p>Hi</p>' * 8)

    assert shown.count("data:image/png") == 8


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "application/pdf", ""])
def test_only_pictures_that_run_nothing_are_put_in(mail: Mail, kind: str) -> None:
    mail.bring("logo@x", b"<svg onload=alert(1)>", kind)

    assert "data:" not in mail.shown('<p>Hi<img src="cid:logo@x"></p>')


def test_what_is_too_large_not_stored_blocked_or_unknown_is_left_out(mail: Mail) -> None:
    mail.bring("large@x", b"x" * (LARGEST + 1))
    mail.bring("gone@x").blob_id = "nowhere"
    mail.bring("blocked@x").blocked = FORGOTTEN
    for number in range(5):
        mail.bring(f"part{number}@x", b"x" * (MOST_TOGETHER // 4 - 1_000))
    names = ("large@x", "gone@x", "blocked@x", "unknown@x", "", *(f"part{number}@x" for number in range(5)))

    shown = mail.shown("".join(f'<img alt="{name}" src="cid:{name}">' for name in names))

    assert shown.count("data:image/png") == 4, "all pictures together have a limit"
    assert "cid:" not in shown


def test_a_picture_of_no_mail_is_left_out() -> None:
    assert "src" not in Cleaner(pictures=True).clean('<img src="cid:logo@x">')


@pytest.mark.parametrize("named", [None, [], "x", {"a@x": 1}])
def test_names_of_any_shape_break_nothing(named: object) -> None:
    assert isinstance(inline_ids({"inline": named}), dict)


@pytest.mark.parametrize(
    ("html", "wants"),
    [
        ('<img width=1 src="https://tracker.example/p.gif">', True),
        ("<IMG SRC=http://tracker.example/p.gif>", True),
        ('<img src="cid:logo@x">', False),
        ('<a href="https://example.com">Hi</a>', False),
        ("<img " * 60_000, False),
        ("<img src=" + " " * 200_000, False),
        ("<img " + "src " * 60_000, False),
    ],
)
def test_pictures_from_outside_are_offered_only_where_a_mail_has_some(html: str, wants: bool) -> None:
    assert names_pictures(html) is wants
