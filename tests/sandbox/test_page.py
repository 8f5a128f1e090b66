"""The page, the probes, and the settings the process starts with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from environs import EnvValidationError

from sandbox.config import load_settings
from tests.sandbox.conftest import Client

ENVIRONMENT = {
    "GATEWAY_URL": "http://127.0.0.1:8001/",
    "WHATSAPP_APP_SECRET": "an app's secret",
    "WHATSAPP_VERIFY_TOKEN": "a verify token",
    "WHATSAPP_ACCESS_TOKEN": "an access token",
    "WHATSAPP_PHONE_NUMBER_ID": "109876543210987",
    "WHATSAPP_WABA_ID": "204123456789012",
    "WHATSAPP_DISPLAY_NUMBER": "+39 02 8088 1234",
}


def test_the_page_brings_everything_itself_and_nothing_inline(client: Client) -> None:
    page = client.get("/")
    assert page.status_code == 200
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=", page.text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.text)
    for path in re.findall(r"(?:src|href)=\"(/[^\"]+)\"", page.text):
        with client.get(path) as asset:
            assert asset.status_code == 200


def test_every_module_and_icon_that_the_page_names_exists(client: Client) -> None:
    page = client.get("/").text
    icons = set(re.findall(r"<symbol id=\"([\w-]+)\"", page))
    wanted = set(re.findall(r"<use href=\"#([\w-]+)\"", page))
    sandbox = Path(__file__).parents[2] / "sandbox"
    for module in (sandbox / "static").glob("*.js"):
        source = module.read_text(encoding="utf-8")
        wanted |= set(re.findall(r"icon\(\"([\w-]+)\"\)", source))
        for imported in re.findall(r"from \"\./([\w.]+)\"", source):
            with client.get(f"/static/{imported}") as answer:
                assert answer.mimetype.endswith("javascript")
        assert "innerHTML" not in source
        assert "eval(" not in source
    assert wanted <= icons


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/api/requests", "/api/nothing", "/static/main.js", "/graph/v26.0/1"]
)
def test_every_answer_has_the_security_headers(client: Client, path: str) -> None:
    with client.get(path) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_the_probes_answer(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    secret = tmp_path / "secret"
    secret.write_text("a secret from a file\n")
    monkeypatch.delenv("WHATSAPP_APP_SECRET")
    monkeypatch.setenv("WHATSAPP_APP_SECRET_FILE", str(secret))

    settings = load_settings()

    assert settings.gateway_url == "http://127.0.0.1:8001"
    assert settings.meta.app_secret == "a secret from a file"
    assert "a secret from a file" not in repr(settings)


def test_every_mistake_in_the_environment_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GATEWAY_URL", "gateway:8001")
    monkeypatch.setenv("WHATSAPP_PHONE_NUMBER_ID", "+39")
    monkeypatch.setenv("LOG_LEVEL", "LOUD")

    with pytest.raises(EnvValidationError) as caught:
        load_settings()

    assert set(ENVIRONMENT) | {"LOG_LEVEL"} <= set(caught.value.error_messages)
