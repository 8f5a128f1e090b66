"""Which pages may use a chat: those of the allowed origins, exactly, at every door."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.webhook_gateway.channels.webchat.origins import is_origin
from tests.webhook_gateway.webchat.doors.rig import ORIGIN, OTHER_ORIGIN, SHOP, Chats, somebody

DOORS = (
    ("GET", "offer"),
    ("POST", "visitors"),
    ("POST", "messages"),
    ("POST", "files"),
    ("POST", "signs"),
    ("POST", "details"),
    ("POST", "ratings"),
    ("POST", "transcripts"),
)
FOREIGN = (
    "null",
    "https://shop.example.evil.example",
    "https://evil-shop.example",
    "https://evilshop.example",
    "https://sub.shop.example",
    "https://shop.example.",
    "https://shop.example:443",
    "https://shop.example:8443",
    "http://shop.example",
    "HTTPS://SHOP.EXAMPLE",
    "https://shop.example/",
    "https://shop.example@evil.example",
    "https://shop.example#.evil.example",
    "https://shop.example, https://evil.example",
    "https://shop.example https://evil.example",
    "https://shop\u00e9.example",
    "shop.example",
    "https://",
    "*",
    OTHER_ORIGIN,
)
EVERY_SITE = replace(SHOP, allowed_origins=("*",))


def ask(chats: Chats, method: str, door: str, token: str = "", **headers: str) -> Any:
    if token:
        headers["Authorization"] = f"Bearer {token}"
    path = f"/webchat/{SHOP.site_key}/{door}"
    return chats.client.open(path, method=method, headers=headers, json={} if method == "POST" else None)


@pytest.mark.parametrize(("method", "door"), DOORS)
def test_no_door_opens_for_a_page_of_another_origin_even_with_a_token(method: str, door: str) -> None:
    chats = Chats()
    token = somebody()[1]
    for origin in FOREIGN:
        answer = ask(chats, method, door, token, Origin=origin)
        assert answer.status_code == 403, origin
        assert answer.json["type"] == "urn:sportello:problem:origin-not-allowed"
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control")], origin
        assert "Origin" in answer.headers["Vary"]
    assert chats.events() == []


@pytest.mark.parametrize(("method", "door"), DOORS)
def test_exactly_the_asking_page_may_read_the_answer_and_never_with_cookies(method: str, door: str) -> None:
    chats = Chats()
    for origin in SHOP.allowed_origins:
        for token in ("", somebody()[1]):
            answer = ask(chats, method, door, token, Origin=origin)
            assert answer.headers.getlist("Access-Control-Allow-Origin") == [origin]
            assert "Access-Control-Allow-Credentials" not in answer.headers
            assert "Origin" in answer.headers["Vary"]
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("method", "door"), DOORS)
def test_browsers_are_told_before_what_they_may_send(method: str, door: str) -> None:
    chats = Chats()
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"}
    answer = ask(chats, "OPTIONS", door, **asked, Origin=ORIGIN)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Methods"] == method
    assert answer.headers["Access-Control-Allow-Headers"] == (
        "Authorization, Content-Type, Last-Event-ID, X-Sportello-Cursor"
    )
    assert answer.headers["Access-Control-Max-Age"] == "600"
    for origin in FOREIGN:
        refused = ask(chats, "OPTIONS", door, **asked, Origin=origin)
        assert refused.status_code == 403
        assert "Access-Control-Allow-Origin" not in refused.headers


def test_a_chat_for_every_site_still_names_the_page_and_lets_no_frame_without_origin_in() -> None:
    chats = Chats(EVERY_SITE)
    answer = ask(chats, "GET", "offer", Origin="https://any.example:8080")
    assert answer.headers["Access-Control-Allow-Origin"] == "https://any.example:8080"
    for origin in ("null", "*", "https://a b", "https://a.example/path", "https://a.example\u00e9"):
        assert ask(chats, "GET", "offer", Origin=origin).status_code == 403


def test_without_a_page_nobody_becomes_a_visitor_but_a_token_speaks_for_itself() -> None:
    chats = Chats()
    refused = chats.post("visitors", origin=None)
    assert (refused.status_code, (refused.json or {})["type"]) == (
        403,
        "urn:sportello:problem:origin-not-allowed",
    )
    assert Chats(EVERY_SITE).post("visitors", origin=None).status_code == 200
    answer = chats.post(
        "messages", {"id": "message-1", "kind": "text", "text": "x"}, somebody()[1], origin=None
    )
    assert answer.status_code == 202
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_unknown_sites_are_all_the_same_and_tell_no_page_anything() -> None:
    chats = Chats()
    token = somebody()[1]
    answers = {
        (answer.status_code, answer.data, tuple(answer.headers.keys()))
        for site in ("no-such-site", "shop-site-ke", "SHOP-SITE-KEY", "%00", "%ed%a0%80", "a" * 500)
        for answer in [chats.post("messages", {}, token, site=site)]
    }
    assert len(answers) == 1
    ((status, _, headers),) = answers
    assert status == 404
    assert not [name for name in headers if name.startswith("Access-Control")]


def test_a_site_is_found_by_its_key_and_by_its_channel() -> None:
    chats = Chats()
    for name in (SHOP.site_key, SHOP.id):
        assert chats.client.get(f"/webchat/{name}/offer").json["channel"] == SHOP.id  # type: ignore[index]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE"])
def test_no_door_knows_another_method(method: str) -> None:
    assert ask(Chats(), method, "messages", Origin=ORIGIN).status_code == 405


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://shop.example", True),
        ("http://localhost:5000", True),
        ("http://127.0.0.1:5000", True),
        ("https://[::1]:8443", True),
        ("capacitor://localhost", True),
        ("https://xn--shop-8ta.example", True),
        ("https://shop.example:443", False),
        ("http://shop.example:80", False),
        ("https://Shop.example", False),
        ("https://shop.example\n", False),
        ("", False),
    ],
)
def test_origins_are_written_as_browsers_write_them(text: str, good: bool) -> None:
    assert is_origin(text) is good
