"""Files a visitor sends: what they are is seen, not believed, and only who sent one can name it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import gevent
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import Buffer
from werkzeug.test import TestResponse

from services.webhook_gateway.channels.webchat import bodies, desk
from services.webhook_gateway.channels.webchat.file_names import safe_name
from services.webhook_gateway.channels.webchat.settings import FILE_TYPES
from services.webhook_gateway.channels.webchat.sniffing import TypeRefused, taken_type
from services.webhook_gateway.channels.webchat.verify import issue
from tests.webhook_gateway.webchat.doors.rig import (
    NOW,
    OTHER,
    PNG,
    SHOP,
    Chats,
    said,
    signed_jwt,
    somebody,
)

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!doctype html><script>alert(1)</script>"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\0" * 40
WEBM = (
    b"\x1aE\xdf\xa3\x01"
    + b"\0" * 6
    + b"\x1fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"
)


def zipped(*names: str) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return content.getvalue()


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.mark.parametrize(
    ("content", "declared", "kept"),
    [
        (PNG, "image/png", "image/png"),
        (PNG, "image/jpeg", "image/png"),
        (PNG, "text/html", "image/png"),
        (PNG, "application/octet-stream", "image/png"),
        (PNG, "", "image/png"),
        (JPEG, "image/jpeg", "image/jpeg"),
        (b"%PDF-1.7", "application/pdf", "application/pdf"),
        (b"a letter", "text/plain", "text/plain"),
        ("già".encode("latin-1"), "text/plain", "text/plain"),
        (b"\xff\xfea\x00b\x00", "text/plain", "text/plain"),
        (b"BMW, Fiat", "text/plain", "text/plain"),
        (b"a,b\n1,2", "text/csv", "text/csv"),
        (b"a;b\n1;2", "application/vnd.ms-excel", "text/csv"),
        (zipped("[Content_Types].xml", "word/document.xml"), DOCX, DOCX),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "application/msword", "application/msword"),
        (WEBM, "audio/webm;codecs=opus", "audio/webm"),
        (WEBM, "video/webm", "video/webm"),
    ],
)
def test_what_people_send_a_shop_is_taken_as_what_it_is(content: bytes, declared: str, kept: str) -> None:
    assert taken_type(declared, content, FILE_TYPES) == kept


REFUSED = [
    (HTML, "text/html"),
    (HTML, "text/plain"),
    (b"\xef\xbb\xbf \n" + HTML, "text/plain"),
    (b"  <SCRIPT>alert(1)</SCRIPT>", "text/csv"),
    (b"<?xml version='1.0'?>" + SVG, "text/plain"),
    (b"<?php system('x') ?>", "text/plain"),
    (SVG, "image/svg+xml"),
    (SVG, "image/png"),
    (SVG, "text/plain"),
    (b"alert(1)", "text/javascript"),
    (b"alert(1)", "application/javascript"),
    (b"<a/>", "application/xml"),
    (b"<html xmlns='x'/>", "application/xhtml+xml"),
    (b"MZ\x90\x00" + b"\0" * 60, "application/vnd.microsoft.portable-executable"),
    (b"MZ\x90\x00" + b"\0" * 60, "image/png"),
    (b"MZ\x90\x00", "text/plain"),
    (b"MZ\x90\x00", DOCX),
    (b"\x7fELF\x02\x01", "application/octet-stream"),
    (b"\xca\xfe\xba\xbe\x00\x00", "text/plain"),
    (b"#!/bin/sh\nrm -rf /", "text/plain"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "application/octet-stream"),
    (zipped("META-INF/MANIFEST.MF", "A.class"), "application/java-archive"),
    (zipped("a.exe"), "application/zip"),
    (zipped("a.exe"), ""),
    (b"not a zip", DOCX),
    (HTML, "application/vnd.ms-excel"),
    (zipped("a.exe"), "application/vnd.ms-excel"),
    (b"not an old document", "application/msword"),
    (b"not a picture", "image/png"),
    (b"not a film", "video/mp4"),
    (b"not a PDF", "application/pdf"),
    (b"\x00\x01\x02", "text/plain"),
    (b"\x00\x01\x02", ""),
    (b"x", "multipart/form-data"),
    (b"x", "TEXT/HTML; charset=utf-8"),
    (b"x", "no type"),
    (zipped("word/vbaProject.bin"), "application/vnd.ms-word.document.macroEnabled.12"),
]


@pytest.mark.parametrize(("content", "declared"), REFUSED)
def test_what_a_browser_or_a_system_would_run_is_refused(content: bytes, declared: str) -> None:
    chats = Chats()
    answer = chats.upload(somebody()[1], content, "holiday.png", declared)
    assert answer.status_code == 415
    assert answer.json["types"] == list(FILE_TYPES)  # type: ignore[index]


def test_even_a_desk_that_lists_pages_and_drawings_does_not_get_them() -> None:
    for content, declared in ((HTML, "text/html"), (SVG, "image/svg+xml"), (b"<a/>", "application/xml")):
        with pytest.raises(TypeRefused):
            taken_type(declared, content, (declared, "image/*", "text/*", "application/*"))


@given(st.binary(max_size=200), st.text(max_size=60))
def test_whatever_is_sent_gets_a_type_of_the_list_or_none(content: bytes, declared: str) -> None:
    try:
        found = taken_type(declared, content, FILE_TYPES)
    except TypeRefused:
        return
    assert found in FILE_TYPES or f"{found.partition('/')[0]}/*" in FILE_TYPES


@pytest.mark.parametrize(
    ("name", "mime_type", "kept"),
    [
        ("photo.JPG", "image/jpeg", "photo.JPG"),
        ("voice.webm", "audio/webm", "voice.webm"),
        ("letter.docx", DOCX, "letter.docx"),
        ("run.bat", "text/plain", "run.bat.txt"),
        ("page.html", "text/plain", "page.html.txt"),
        ("page.hta", "application/pdf", "page.hta.pdf"),
        ("tool.jar", DOCX, "tool.jar.docx"),
        ("photo.svg", "image/png", "photo.svg.png"),
        ("photo.png.exe", "image/png", "photo.png.exe.png"),
        ("", "image/png", "file.png"),
        ("png", "image/png", "png.png"),
        ("../../etc/passwd", "text/plain", "_.._etc_passwd.txt"),
        ("..\\..\\boot.txt", "text/plain", "_.._boot.txt"),
        ("a\u202egnp.exe", "image/png", "agnp.exe.png"),
        ("a\x00\r\nb.png", "image/png", "a b.png"),
        ("\x00.png", "image/png", "png.png"),
        ("è" * 300 + ".png", "image/png", "è" * 200 + ".png"),
        ("film.mov", "video/quicktime", "film.mov"),
        ("sound", "audio/x-unknown", "sound.mp3"),
    ],
)
def test_a_name_cannot_say_another_type_nor_another_place(name: str, mime_type: str, kept: str) -> None:
    assert safe_name(name, mime_type) == kept


def test_the_answer_says_what_was_kept() -> None:
    answer = Chats().upload(somebody()[1], PNG, "<b>cat</b>.png", "text/html")
    assert answer.status_code == 201
    body = answer.json or {}
    assert (body["name"], body["type"], body["kind"]) == ("<b>cat<_b>.png", "image/png", "image")
    assert body["size"] == len(PNG)


def form(content: bytes, end: bytes = b"\r\n--x--\r\n") -> bytes:
    """A form with one file."""
    head = (
        b"--x\r\nContent-Disposition: form-data; name=file; filename=a.png\r\nContent-Type: image/png\r\n\r\n"
    )
    return head + content + end


def post_form(chats: Chats, token: str, body: bytes) -> TestResponse:
    return chats.post("files", token=token, data=body, content_type="multipart/form-data; boundary=x")


@pytest.mark.parametrize("content", [PNG + bytes(range(256)) * 12_000, PNG + b"\r\n--xx\n--\r-" * 20_000])
def test_a_large_file_is_kept_whole(content: bytes) -> None:
    chats = Chats()
    token = somebody()[1]
    file = post_form(chats, token, form(content)).json or {}
    assert file["size"] == len(content)
    chats.say(token, "", kind="files", files=[file])
    (stored,) = chats.events("media.stored")
    with chats.blobs.open(stored.data.file.blob_id) as (_, pieces):
        assert b"".join(pieces) == content


@pytest.mark.parametrize(
    "body",
    [
        form(PNG * 5_000, end=b""),
        form(PNG * 5_000, end=b"\r\n--x"),
        form(PNG)[:60],
        b"no form",
        b"--x\r\n\r\nno disposition\r\n--x--\r\n",
        b"--x--\r\n",
        form(PNG).replace(b"name=file;", b"name=other;"),
    ],
)
def test_a_form_that_is_not_whole_leaves_nothing_behind(body: bytes) -> None:
    chats = Chats()
    assert post_form(chats, somebody()[1], body).status_code in (400, 422)
    assert chats.blobs.kept() == []


DOORS = (("files", "multipart/form-data; boundary=x"), ("messages", "application/json"))


class SlowStream(BytesIO):
    """A client that sends a byte now and then."""

    def read(self, size: int | None = -1, /) -> bytes:
        gevent.sleep(5)
        return b""

    def readinto(self, buffer: Buffer, /) -> int:
        return len(self.read())


def test_nobody_holds_a_door_open_by_sending_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "UPLOAD_SECONDS", 0.05)
    monkeypatch.setattr(bodies, "READ_SECONDS", 0.05)
    chats = Chats()
    for door, content_type in DOORS:
        answer = chats.client.post(
            f"/webchat/{SHOP.site_key}/{door}",
            content_type=content_type,
            headers={"Authorization": f"Bearer {somebody()[1]}"},
            environ_overrides={"wsgi.input": SlowStream(), "CONTENT_LENGTH": "1000"},
        )
        assert answer.status_code == 408


def test_a_file_is_kept_under_a_name_nobody_can_guess() -> None:
    chats = Chats()
    token = somebody()[1]
    for _ in range(2):
        chats.say(token, "", kind="files", files=[chats.upload(token).json])
    ids = {event.data.file.blob_id for event in chats.events("media.stored")}
    assert len(ids) == 2
    assert all(len(each) == 45 for each in ids)


def test_only_who_sent_a_file_can_name_it(clock: time_machine.Traveller) -> None:
    chats = Chats()
    visitor, token = somebody()
    file = chats.upload(token).json
    message = said(kind="files", files=[file])
    for other in (somebody()[1], issue(SHOP, visitor.__class__(SHOP.id, visitor.id[:-1] + "z"))):
        assert chats.post("messages", message, other).status_code == 422
    stranger, stranger_token = somebody(OTHER)
    assert chats.post("messages", message, stranger_token, site=OTHER.id, origin=None).status_code == 422
    as_file = said(kind="files", files=[{"token": token}])
    assert chats.post("messages", as_file, token).status_code == 422
    assert chats.events() == []
    clock.shift(timedelta(hours=25))
    assert chats.post("messages", message, token).status_code == 422
    clock.shift(timedelta(hours=-2))
    assert chats.post("messages", message, token).status_code == 202
    assert stranger.id not in str(chats.events())


def test_a_file_chosen_before_signing_in_is_not_lost() -> None:
    chats = Chats()
    token = somebody()[1]
    file = chats.upload(token).json
    entered = chats.post("visitors", {"token": token, "identity": signed_jwt()}).json or {}
    assert chats.say(entered["token"], "", kind="files", files=[file]).status_code == 202


def test_nothing_is_kept_where_files_are_not_offered_or_the_store_is_away() -> None:
    chats = Chats()
    token = somebody()[1]
    chats.blobs.fail()
    answer = chats.upload(token)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    chats.offer(files=False)
    chats.seconds += 10
    assert chats.upload(token).status_code == 403


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        ({}, "application/json", 415),
        ({"other": (BytesIO(PNG), "a.png")}, "multipart/form-data", 422),
        ({"file": "text"}, "multipart/form-data", 422),
        ({"file": (BytesIO(b""), "a.png")}, "multipart/form-data", 422),
    ],
)
def test_what_is_no_file_is_refused(data: dict[str, object], content_type: str, status: int) -> None:
    answer = Chats().client.post(
        f"/webchat/{SHOP.site_key}/files",
        data=data if content_type != "application/json" else "{}",
        content_type=content_type,
        headers={"Authorization": f"Bearer {somebody()[1]}"},
    )
    assert answer.status_code == status
