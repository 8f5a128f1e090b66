"""The protocol of the doors that take what visitors send."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest

from tests.support.webchat_desk import IDENTITY_SECRET, picture_bytes, signed_identity
from tests.webhook_gateway.webchat.protocol.worlds import Tab, World

MESSAGE: dict[str, Any] = {"id": "client-id-1", "kind": "text", "text": "Buongiorno"}
OFFERED = {
    "channel", "online", "opens_at", "people", "language", "texts", "colour", "position", "theme", "form",
    "form_when", "files", "rating", "transcript", "page_context", "mails", "streams", "limits",
}  # fmt: skip


def test_the_offer_says_all_that_the_widget_shows(world: World) -> None:
    answer = Tab(world).ask("offer?language=it")
    assert answer.status_code == 200
    assert set(answer.json()) == OFFERED
    assert set(answer.json()["limits"]) == {"text", "file_bytes", "files", "file_types"}
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert "Origin" in answer.headers["vary"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-credentials" not in answer.headers


def test_an_unknown_site_is_not_found(world: World) -> None:
    answer = Tab(world).ask("offer", site="no-such-site-key")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("door", ["offer", "lines", "stream"])
def test_another_origin_is_refused(world: World, door: str) -> None:
    answer = Tab(world, origin="https://shop.example.evil.test").ask(door)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("door", ["messages", "stream", "lines", "visitors"])
def test_a_preflight_is_answered_for_an_allowed_origin(world: World, door: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    answer = Tab(world).ask(door, method="OPTIONS", headers=asked)
    assert answer.status_code in (200, 204)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert answer.headers["access-control-max-age"] == "600"
    allowed = {each.strip().lower() for each in answer.headers["access-control-allow-headers"].split(",")}
    assert allowed == {"authorization", "content-type", "last-event-id", "x-sportello-cursor"}


@pytest.mark.parametrize(
    ("door", "method"),
    [("messages", "POST"), ("signs", "POST"), ("details", "POST"), ("ratings", "POST"), ("files", "POST"),
     ("transcripts", "POST"), ("lines", "GET"), ("events", "GET"), ("stream", "GET")],
)  # fmt: skip
@pytest.mark.parametrize("token", ["", "no-token-at-all"])
def test_all_else_needs_a_token(world: World, door: str, method: str, token: str) -> None:
    answer = Tab(world, token=token).ask(door, method=method)
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


def test_a_visitor_comes_back_with_the_old_token(world: World) -> None:
    tab = Tab(world)
    visitor = tab.enter(language="it", time_zone="Europe/Rome")
    assert visitor.startswith("v-")
    assert Tab(world).enter(token=tab.token) == visitor
    assert Tab(world).enter() != visitor


def test_an_identity_of_the_site_is_the_same_visitor_everywhere(world: World) -> None:
    signed = Tab(world).enter(identity=signed_identity("user 7", name="Giulia Bianchi"))
    claims = {"sub": "user 7", "name": "Giulia Bianchi", "exp": int(time.time()) + 600}
    token = jwt.encode(claims, IDENTITY_SECRET, "HS256")
    assert signed.startswith("u-")
    assert Tab(world).enter(identity=token) == signed
    assert Tab(world).enter(identity=signed_identity("user 8")) != signed


@pytest.mark.parametrize(
    "identity",
    [
        {"user_id": "user 7", "hash": "0" * 64},
        {"user_id": "user 7"},
        {"user_id": "", "hash": ""},
        "no.jwt.atall",
    ],
)
def test_an_identity_that_the_site_did_not_sign_is_refused(world: World, identity: Any) -> None:
    answer = Tab(world).post("visitors", {"identity": identity})
    assert answer.status_code == 403


def test_a_message_becomes_one_line_however_often_it_is_posted(tab: Tab) -> None:
    first, second = tab.post("messages", MESSAGE), tab.post("messages", MESSAGE)
    assert first.status_code == second.status_code == 202
    assert first.json()["id"] == second.json()["id"]
    page = tab.lines()
    assert [(each["seq"], each["text"], each["client_id"]) for each in page["items"]] == [
        (1, "Buongiorno", "client-id-1")
    ]
    assert page["items"][0]["id"] == first.json()["id"]
    assert page["items"][0]["author"]["kind"] == "visitor"
    assert set(page["items"][0]) == {
        "seq", "id", "client_id", "at", "kind", "author", "text", "files", "interactive", "reply_to",
        "ticket", "score", "by_mail",
    }  # fmt: skip


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "button_reply", "choice": {"id": "yes", "title": "Yes"}, "reply_to": "a-line"},
        {"kind": "list_reply", "choice": {"id": "yes", "title": "Yes"}, "reply_to": "a-line"},
        {"kind": "form", "answers": {"order": "4711"}, "reply_to": "a-line"},
        {"kind": "text", "text": "With all", "language": "it", "time_zone": "Europe/Rome",
         "details": {"name": "Giulia", "email": "giulia@bianchi.example", "phone": "+39 335 1",
                     "answers": {"order": "4711"}, "consents": ["privacy"]},
         "visit": {"referrer": "https://search.example/", "campaign": {"source": "mail"},
                   "pages": [{"url": "https://shop.example/", "title": "A", "at": "2025-02-27T21:20:00Z"}]}},
    ],
    ids=["button", "list", "form", "everything"],
)  # fmt: skip
def test_every_kind_of_message_is_taken(tab: Tab, message: dict[str, Any]) -> None:
    answer = tab.post("messages", {"id": "client-id-2", **message})
    assert answer.status_code == 202, answer.text
    assert len(tab.lines()["items"]) == 1


@pytest.mark.parametrize(
    "message",
    [
        {"id": "short", "kind": "text", "text": "x"},
        {"id": "client-id-3", "kind": "shout", "text": "x"},
        {"id": "client-id-3", "kind": "text", "text": ""},
        {"id": "client-id-3", "kind": "text", "text": "x" * 5_001},
        {"id": "client-id-3", "kind": "button_reply"},
        {"id": "client-id-3", "kind": "files", "files": [{"token": "not mine"}]},
        {"kind": "text", "text": "x"},
    ],
)
def test_a_wrong_message_is_refused_in_words(tab: Tab, message: dict[str, Any]) -> None:
    answer = tab.post("messages", message)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    assert tab.lines()["items"] == []


def test_a_file_goes_up_and_comes_back_with_the_line(tab: Tab) -> None:
    upload = tab.ask("files", method="POST", files={"file": ("cat.png", picture_bytes(), "text/html")})
    assert upload.status_code == 201, upload.text
    stored = upload.json()
    assert (stored["name"], stored["type"], stored["kind"]) == ("cat.png", "image/png", "image")
    assert stored["size"] == len(picture_bytes())
    posted = tab.post(
        "messages", {"id": "client-id-4", "kind": "files", "files": [{"token": stored["token"]}]}
    )
    assert posted.status_code == 202, posted.text
    file = tab.lines()["items"][0]["files"][0]
    assert (file["name"], file["type"], file["kind"]) == ("cat.png", "image/png", "image")
    url = file["url"] if "://" in file["url"] else tab.world.web + file["url"]
    assert tab.http.get(url).content == picture_bytes()


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"<html><script>alert(1)</script>", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 415),
        (b"MZ\x90\x00 a program", 415),
    ],
)
def test_a_file_that_a_browser_would_run_is_refused(tab: Tab, content: bytes, status: int) -> None:
    answer = tab.ask("files", method="POST", files={"file": ("cat.png", content, "image/png")})
    assert answer.status_code == status


def test_somebody_elses_file_is_nobodys(world: World, tab: Tab) -> None:
    upload = tab.ask("files", method="POST", files={"file": ("cat.png", picture_bytes(), "image/png")})
    other = Tab(world)
    other.enter()
    stolen = {"id": "client-id-5", "kind": "files", "files": [{"token": upload.json()["token"]}]}
    assert 400 <= other.post("messages", stolen).status_code < 500


@pytest.mark.parametrize(
    "signs", [{"typing": True}, {"delivered": ["a"], "read": ["a"]}, {"page": {"url": "https://shop.example/"}}]
)  # fmt: skip
def test_signs_are_taken(tab: Tab, signs: dict[str, Any]) -> None:
    assert tab.post("signs", signs).status_code == 204


def test_details_are_taken(tab: Tab) -> None:
    assert tab.post("details", {"details": {"email": "giulia@bianchi.example"}}).status_code == 204


def test_a_rating_is_a_line_once(tab: Tab) -> None:
    rating = {"id": "rating-id-1", "ticket": "TT24", "score": 5, "text": "Gentilissimi"}
    assert tab.post("ratings", rating).status_code == 202
    assert tab.post("ratings", rating).status_code == 202
    lines = tab.lines()["items"]
    assert [(each["kind"], each["ticket"], each["score"]) for each in lines] == [("rated", "TT24", 5)]


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_rating_is_between_one_and_five(tab: Tab, score: int) -> None:
    answer = tab.post("ratings", {"id": "rating-id-1", "ticket": "TT24", "score": score})
    assert 400 <= answer.status_code < 500


def test_a_transcript_is_sent_once_in_a_while(tab: Tab) -> None:
    assert tab.post("transcripts").status_code == 202
    assert tab.post("transcripts").status_code == 429


def test_a_page_of_another_origin_may_read_when_to_come_again(tab: Tab) -> None:
    tab.post("transcripts")
    refused = tab.post("transcripts")
    assert refused.status_code == 429
    for answer in (refused, tab.ask("lines"), tab.ask("events?wait=0"), Tab(tab.world).ask("stream")):
        shown = answer.headers["access-control-expose-headers"].split(",")
        assert "Retry-After" in [each.strip() for each in shown]
    stranger = Tab(tab.world, origin="https://evil.example").ask("lines")
    assert "access-control-expose-headers" not in stranger.headers
