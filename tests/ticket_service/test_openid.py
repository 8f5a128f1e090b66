"""Which providers of log-ins are named, and where secrets may go."""

from __future__ import annotations

import pytest

from services.ticket_service.domain.openid import OpenId, vouched
from services.ticket_service.openid import safe_address
from services.ticket_service.openid_settings import openid_settings
from shared.runtime.settings import SettingsError, seal, settings_reader

NAMED = {"SPORTELLO_OIDC_ISSUER": "https://id.example.org", "SPORTELLO_OIDC_CLIENT_ID": "desk"}


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://id.example.org/realm", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost:8080", True),
        ("http://id.example.org", False),
        ("http://127.0.0.1.evil.example", False),
        ("https://user@id.example.org", False),
        ("ftp://id.example.org", False),
        ("https://", False),
        ("//id.example.org", False),
        ("https://[", False),
    ],
)
def test_secrets_go_over_https_or_stay_on_this_machine(url: str, safe: bool) -> None:
    assert safe_address(url) is safe


def test_a_provider_is_named_with_what_its_groups_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    assert openid_settings(settings_reader()) is None
    given = {
        **NAMED,
        "SPORTELLO_OIDC_ROLES": "support=agent, a=b=admin",
        "SPORTELLO_OIDC_ROLES_CLAIM": "groups",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    found = openid_settings(settings_reader())
    assert found is not None
    assert (found.issuer, found.roles) == ("https://id.example.org", {"support": "agent", "a=b": "admin"})
    who = vouched({"email": "A@x.org", "email_verified": True, "groups": ["a=b", 7]}, found)
    assert who is not None
    assert (who.email, who.name, who.roles) == ("a@x.org", "A", ("admin",))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPORTELLO_OIDC_ISSUER", "http://id.example.org"),
        ("SPORTELLO_OIDC_ISSUER", ""),
        ("SPORTELLO_OIDC_CLIENT_ID", ""),
        ("SPORTELLO_OIDC_CREATE_ROLE", "king"),
        ("SPORTELLO_OIDC_ROLES", "support"),
        ("SPORTELLO_OIDC_ROLES", "support=king"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    for each, given in {**NAMED, name: value}.items():
        monkeypatch.setenv(each, given)
    env = settings_reader()
    openid_settings(env)
    with pytest.raises(SettingsError) as raised:
        seal(env)
    assert "SPORTELLO_OIDC" in str(raised.value.mistakes)


def test_an_address_that_nobody_verified_is_nobodys() -> None:
    provider = OpenId("https://id.example.org", "desk")
    for claims in ({}, {"email": "a@x.org"}, {"email": 7, "email_verified": True}):
        assert vouched(claims, provider) is None
