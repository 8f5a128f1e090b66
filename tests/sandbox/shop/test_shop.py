"""The shop carries the desk's chat as a careful site would, and signs who is logged in as a server would."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from environs import EnvValidationError

from sandbox.app import create_app
from sandbox.config import Settings, Webchat, load_settings
from sandbox.shop.goods import GOODS
from tests.sandbox.conftest import ACCOUNT, Client
from tests.sandbox.test_page import ENVIRONMENT

WEBCHAT = Webchat(
    "site_0123456789", "a secret of the site's server, long", "https://desk.example", "https://live.example"
)
SETTINGS = Settings(gateway_url="http://gateway.test", meta=ACCOUNT, webchat=WEBCHAT)
PAGES = ["/shop", "/shop/things/lume-table-lamp", "/shop/returns"]


@pytest.fixture
def shop() -> Client:
    return create_app(SETTINGS).test_client()


@pytest.mark.parametrize("path", PAGES)
def test_each_page_carries_the_snippet_and_lets_in_the_chat_and_nothing_else(shop: Client, path: str) -> None:
    page = shop.get(path)
    assert page.status_code == 200
    snippet = (
        '<script src="https://desk.example/webchat/widget.js" data-channel="site_0123456789" async></script>'
    )
    assert snippet in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src 'self' https://desk.example;" in policy
    assert "connect-src 'self' https://desk.example https://live.example;" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", page.text)
    for asset in re.findall(r"(?:src|href)=\"(/static/[^\"]+)\"", page.text):
        with shop.get(asset) as found:
            assert found.status_code == 200


def test_every_thing_has_a_page_and_what_is_not_sold_has_none(shop: Client) -> None:
    front = shop.get("/shop").text
    for slug, good in GOODS.items():
        assert f"/shop/things/{slug}" in front
        assert good.name in shop.get(f"/shop/things/{slug}").text
    assert shop.get("/shop/things/nothing").status_code == 404


def test_the_shop_keeps_the_secret_to_itself(shop: Client) -> None:
    static = Path(__file__).parents[3] / "sandbox/static/shop"
    told = [shop.get(path).text for path in PAGES]
    told += [file.read_text(encoding="utf-8") for file in static.iterdir()]
    assert WEBCHAT.identity_secret not in "".join(told) + repr(SETTINGS)
    assert "innerHTML" not in "".join(told)


def signed(shop: Client, **who: Any) -> Any:
    answer = shop.post("/shop/identity", json={"user_id": "customer-1"} | who)
    assert answer.status_code == 200
    return answer.json["identity"]


def test_a_token_names_the_user_for_a_few_minutes(shop: Client) -> None:
    token = signed(shop, name="Giulia Bianchi", email="giulia@bianchi.example")
    claims = jwt.decode(token, WEBCHAT.identity_secret, algorithms=["HS256"], options={"require": ["exp"]})
    assert (claims["sub"], claims["name"], claims["email"], claims["email_verified"]) == (
        "customer-1", "Giulia Bianchi", "giulia@bianchi.example", True,
    )  # fmt: skip
    assert 0 < claims["exp"] - claims["iat"] <= 3_600


def test_a_hash_signs_the_users_id(shop: Client) -> None:
    identity = signed(shop, name="Giulia", kind="hmac")
    expected = hmac.new(WEBCHAT.identity_secret.encode(), b"customer-1", hashlib.sha256).hexdigest()
    assert identity == {"user_id": "customer-1", "name": "Giulia", "email": "", "hash": expected}


@pytest.mark.parametrize("body", [{}, {"user_id": ""}, {"user_id": "x", "kind": "none"}, {"user": "x"}])
def test_what_is_no_user_is_refused_in_words(shop: Client, body: dict[str, Any]) -> None:
    answer = shop.post("/shop/identity", json=body)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_a_page_of_another_site_cannot_have_an_identity_signed(shop: Client) -> None:
    assert shop.post("/shop/identity", data='{"user_id": "x"}', content_type="text/plain").status_code == 415


def test_the_other_pages_lead_to_the_shop_only_where_there_is_one(shop: Client) -> None:
    without = create_app(replace(SETTINGS, webchat=None)).test_client()
    for path in ("/", "/mail"):
        assert 'href="/shop"' in shop.get(path).text
        assert 'href="/shop"' not in without.get(path).text
    assert without.get("/shop").status_code == 404


CHAT = {"WEBCHAT_SITE_KEY": "site_0123456789", "WEBCHAT_IDENTITY_SECRET": "x" * 32}


def given(monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    for name in ("WEBCHAT_SITE_KEY", "WEBCHAT_IDENTITY_SECRET", "WEBCHAT_GATEWAY_URL", "WEBCHAT_STREAMS_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (ENVIRONMENT | environment).items():
        monkeypatch.setenv(name, value)


def test_the_chats_addresses_are_the_gateways_unless_browsers_know_it_by_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given(monkeypatch)
    assert load_settings().webchat is None
    given(monkeypatch, **CHAT)
    found = load_settings().webchat
    assert found is not None
    assert found.gateway_url == found.streams_url == "http://127.0.0.1:8001"
    addresses = {
        "WEBCHAT_GATEWAY_URL": "https://desk.example/",
        "WEBCHAT_STREAMS_URL": "https://live.example",
    }
    given(monkeypatch, **CHAT, **addresses)
    found = load_settings().webchat
    assert found is not None
    assert (found.gateway_url, found.streams_url) == ("https://desk.example", "https://live.example")


def test_a_chat_without_a_good_secret_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, WEBCHAT_SITE_KEY="site_0123456789", WEBCHAT_IDENTITY_SECRET="short")
    with pytest.raises(EnvValidationError) as caught:
        load_settings()
    assert set(caught.value.error_messages) == {"WEBCHAT_IDENTITY_SECRET"}
