"""Pictures of those who work at the desk over REST: made anew from whatever image, gone when taken away."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from services.ticket_service.api import user_pictures
from shared.blobs.store import BlobMissing
from shared.contracts import reply_requested
from shared.contracts.catalogue import decode
from tests.ticket_service.api.rig import ANNA, BRUNO, OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration


def image(
    kind: str = "PNG", size: tuple[int, int] = (400, 300), colour: str = "#336699", **how: Any
) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", size, colour).save(out, kind, **how)
    return out.getvalue()


def put(rig: Rig, path: str, content: bytes, name: str = "me.png", **options: Any) -> TestResponse:
    return rig.call("PUT", path, data={"file": (io.BytesIO(content), name)}, **options)


def blob_of(answer: TestResponse) -> str:
    return str(answer.get_json()["picture"]).partition("?v=")[2]


def kept(rig: Rig, blob_id: str) -> bool:
    try:
        with rig.blobs.open(blob_id):
            return True
    except BlobMissing:
        return False


def test_a_picture_is_made_small_and_square_and_nothing_else_of_the_file_is_kept(rig: Rig) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    answer = put(rig, "/me/picture", image("JPEG", exif=exif))
    assert answer.status_code == 200, answer.text
    url = answer.get_json()["picture"]
    assert rig.get("/me").get_json()["user"]["picture"] == url
    shown = rig.get(url.removeprefix("/api/v1"))
    assert (shown.status_code, shown.content_type) == (200, "image/jpeg")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(io.BytesIO(shown.data)) as drawn:
        assert (drawn.format, drawn.size, dict(drawn.getexif())) == ("JPEG", (256, 256), {})
    again = rig.get(url.removeprefix("/api/v1"), headers={"If-None-Match": shown.headers["ETag"]})
    assert again.status_code == 304


def test_another_picture_takes_the_place_of_the_first_and_none_leaves_nothing(rig: Rig) -> None:
    first = blob_of(put(rig, "/me/picture", image()))
    second = blob_of(put(rig, "/me/picture", image(colour="#ff0000")))
    assert [kept(rig, each) for each in (first, second)] == [False, True]
    gone = rig.call("DELETE", "/me/picture")
    assert (gone.status_code, gone.get_json()["picture"]) == (200, None)
    assert not kept(rig, second)
    assert rig.get(f"/users/{ANNA}/picture").status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\x89PNG\r\n\x1a\n" + b"x" * 100,
        b"%PDF-1.4 nothing",
        image()[:60],
    ],
)
def test_what_is_no_picture_is_refused_and_the_one_there_stays(rig: Rig, content: bytes) -> None:
    before = put(rig, "/me/picture", image()).get_json()["picture"]
    refused = put(rig, "/me/picture", content)
    assert refused.status_code == 422, refused.text
    assert [each["field"] for each in refused.get_json()["errors"]] == ["file"]
    assert rig.get("/me").get_json()["user"]["picture"] == before


@pytest.mark.parametrize("size", [1_001, 70_000])
def test_pictures_have_a_largest_size(rig: Rig, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(user_pictures, "MAX_BYTES", 1_000)
    assert put(rig, "/me/picture", b"\xff" * size).status_code == 413


def test_only_who_may_change_users_sets_the_pictures_of_others(rig: Rig) -> None:
    assert put(rig, f"/users/{ANNA}/picture", image(), token=OTHER_TOKEN).status_code == 403
    assert put(rig, "/me/picture", image(), token=OTHER_TOKEN).status_code == 200
    set_ = put(rig, f"/users/{BRUNO}/picture", image())
    assert (set_.status_code, set_.get_json()["id"]) == (200, BRUNO)
    assert rig.get(f"/users/{BRUNO}/picture", token=OTHER_TOKEN).status_code == 200
    assert rig.call("DELETE", f"/users/{BRUNO}/picture").get_json()["picture"] is None
    assert put(rig, "/users/nobody/picture", image()).status_code == 404


def test_answers_carry_their_authors_picture(rig: Rig) -> None:
    number = rig.hear()
    picture = blob_of(put(rig, "/me/picture", image()))
    assert rig.post(f"/tickets/{number}/replies", {"text": "Ciao"}).status_code in (201, 202)
    sent = [decode(each["body"]) for each in rig.outbox()]
    assert [each.data.author_picture for each in sent if each.type == reply_requested.TYPE] == [picture]
