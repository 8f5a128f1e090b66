"""Access tokens: asked for in time, refusals in words, newer refresh tokens kept and nobody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from shared.mail_login.kept import KeptToken, MongoTokenStore, TokenStore
from shared.mail_login.settings import MailAuth, is_safe
from shared.mail_login.tokens import EARLY, AccessTokens, TokenRefused, TokenUnavailable
from shared.mongo.connect import connect, database

AUTH = MailAuth("xoauth2", "https://login.example/token", "desk", "hush", "first", "mail.read")
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


class MemoryTokens:
    """The store's in-memory twin."""

    def __init__(self) -> None:
        self.kept: KeptToken | None = None

    def load(self, auth: MailAuth) -> KeptToken | None:
        """The newest one."""
        return self.kept

    def keep(self, auth: MailAuth, token: KeptToken) -> None:
        """This is the newest."""
        self.kept = token


class Provider:
    """Answers token requests; `answers` are used up first."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answers: list[httpx.Response | Exception] = []
        self.now = NOW
        self.store = MemoryTokens()

    def tokens(self, auth: MailAuth = AUTH, store: TokenStore | None = None) -> AccessTokens:
        """Over this provider and this clock."""
        http = httpx.Client(transport=httpx.MockTransport(self._answer))
        return AccessTokens(auth, store or self.store, http, lambda: self.now)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(dict(httpx.QueryParams(request.content.decode())))
        answer = self.answers.pop(0) if self.answers else granted(f"access-{len(self.asked)}")
        if isinstance(answer, Exception):
            raise answer
        return answer


def granted(token: str, **more: Any) -> httpx.Response:
    """A provider's yes."""
    return httpx.Response(200, json={"access_token": token, "expires_in": 3_600} | more)


def refused(code: str = "invalid_grant", status: int = 400) -> httpx.Response:
    """A provider's no."""
    return httpx.Response(status, json={"error": code, "error_description": "AADSTS700082: it has expired."})


@pytest.fixture
def provider() -> Provider:
    """A provider that grants."""
    return Provider()


def test_a_token_is_asked_for_once_and_again_before_it_ends(provider: Provider) -> None:
    tokens = provider.tokens()
    assert [tokens.token(), tokens.token()] == ["access-1", "access-1"]
    assert provider.asked == [
        {
            "grant_type": "refresh_token",
            "refresh_token": "first",
            "client_id": "desk",
            "client_secret": "hush",
            "scope": "mail.read",
        }
    ]
    provider.now += timedelta(hours=1) - EARLY
    assert tokens.token() == "access-2"
    tokens.forget()
    assert tokens.token() == "access-3", "one the mail server did not take is not offered again"


def test_a_newer_refresh_token_is_used_from_then_on_by_every_process(provider: Provider) -> None:
    provider.answers = [granted("a", refresh_token="second")]
    provider.tokens().token()
    provider.tokens().token()
    assert [asked["refresh_token"] for asked in provider.asked] == ["first", "second"]


def test_when_the_kept_one_is_withdrawn_the_one_in_the_settings_is_tried(provider: Provider) -> None:
    provider.store.kept = KeptToken("old", NOW)
    provider.answers = [refused(), granted("good")]
    assert provider.tokens().token() == "good"
    assert provider.store.kept.refresh_token == "first"


@pytest.mark.parametrize("code", ["invalid_grant", "invalid_client", "unauthorized_client"])
def test_a_refusal_says_what_to_do_and_no_secret(provider: Provider, code: str) -> None:
    provider.answers = [refused(code)]
    with pytest.raises(TokenRefused) as caught:
        provider.tokens().token()
    error = caught.value
    assert "AADSTS700082" in error.detail
    assert "refresh token" in error.remedy
    assert not any(secret in f"{error.detail}{error.remedy}" for secret in ("hush", "first"))


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("no route"),
        httpx.Response(503, text="busy"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, content=b"x" * 200_000),
        httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
    ],
    ids=["away", "busy", "no JSON", "no object", "endless", "redirect"],
)
def test_what_is_no_refusal_may_pass(provider: Provider, answer: httpx.Response | Exception) -> None:
    provider.answers = [answer]
    with pytest.raises(TokenUnavailable):
        provider.tokens().token()
    assert len(provider.asked) == 1, "redirects are not followed"


@pytest.mark.parametrize(
    ("answer", "later", "word"),
    [
        (granted("a"), timedelta(days=80), ""),
        (granted("a", refresh_token="second"), timedelta(days=59), ""),
        (granted("a", refresh_token="second"), timedelta(days=61), "2027-02-20"),
        (granted("a", refresh_token_expires_in=7 * 86_400), timedelta(0), "2026-11-29"),
        (granted("a", refresh_token_expires_in="31536000"), timedelta(0), ""),
    ],
    ids=["never renewed: unknown", "fresh", "not renewed for long", "ends in a week", "ends in a year"],
)
def test_an_end_that_comes_is_known_long_before(
    provider: Provider, answer: httpx.Response, later: timedelta, word: str
) -> None:
    provider.answers = [answer]
    tokens = provider.tokens()
    tokens.token()
    provider.now += later
    assert bool(tokens.expires_soon()) == bool(word)
    assert word in tokens.expires_soon()


def test_a_client_secret_that_ends_is_warned_of(provider: Provider) -> None:
    auth = replace(AUTH, secret_expires=date(2026, 12, 20))
    assert "2026-12-20" in provider.tokens(auth).expires_soon()
    assert provider.tokens(replace(auth, secret_expires=date(2027, 6, 1))).expires_soon() == ""


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://login.example/token", True),
        ("http://127.0.0.1:9/token", True),
        ("http://localhost/token", True),
        ("http://login.example/token", False),
        ("http://127.0.0.1.evil.example/token", False),
        ("ftp://login.example", False),
        ("https://", False),
        ("https://[::1", False),
        ("", False),
    ],
)
def test_secrets_are_sent_encrypted_only(url: str, safe: bool) -> None:
    assert is_safe(url) is safe


@pytest.fixture
def store(mongodb_uri: str, database_name: str) -> Iterator[MongoTokenStore]:
    """The real store."""
    with connect(mongodb_uri, "test") as client:
        yield MongoTokenStore(database(client, database_name))


CHANGES: list[Callable[[MailAuth], MailAuth]] = [
    lambda auth: replace(auth, refresh_token="pasted anew"),
    lambda auth: replace(auth, client_secret="another"),
    lambda auth: replace(auth, client_id="another"),
]


@pytest.mark.integration
@pytest.mark.parametrize("change", CHANGES, ids=["refresh token", "client secret", "client"])
def test_a_kept_token_is_sealed_and_only_for_the_settings_it_grew_from(
    store: MongoTokenStore, mongodb_uri: str, database_name: str, change: Callable[[MailAuth], MailAuth]
) -> None:
    kept = KeptToken("second", NOW, NOW + timedelta(days=90))
    store.keep(AUTH, kept)
    assert store.load(AUTH) == kept
    assert store.load(change(AUTH)) is None
    with MongoClient[dict[str, Any]](mongodb_uri) as client:
        [document] = client[database_name]["mail_logins"].find()
    assert b"second" not in repr(document).encode()
