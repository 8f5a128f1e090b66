"""What the settings show as a chat's usual words is what the widget says, in every language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from services.ticket_service.console.settings.chat import TEXTS
from services.ticket_service.translation_catalogues import path_of

ROOT = Path(__file__).parents[4]
WIDGET = ROOT / "services/webhook_gateway/channels/webchat/widget/texts"
USUAL = {
    "title": "title",
    "welcome": "welcome",
    "away": "away_text",
    "next": "next_leave",
    "form_intro": "form_intro",
    "rating": "rate_ask",
}
"""By a name of the desk's own words: what the widget calls its own."""


def said(language: str) -> dict[str, str]:
    """What the widget says in that language."""
    words: dict[str, str] = json.loads((WIDGET / f"{language}.json").read_text())
    return words


def test_each_of_the_desks_own_words_has_usual_ones_but_the_notice() -> None:
    english = said("en")
    shown = {name: str(usual) for name, (_label, usual, _lines) in TEXTS.items() if usual}
    assert shown == {name: english[key] for name, key in USUAL.items()}


@pytest.mark.parametrize("language", ["it", "fr", "de", "es", "pt"])
def test_they_are_the_same_in_every_language(language: str) -> None:
    english, words = said("en"), said(language)
    with path_of(language).open("rb") as file:
        catalogue = read_po(file, locale=language)
    for key in (*USUAL.values(), "online", "away"):
        message = catalogue.get(english[key])
        assert message is not None, key
        assert message.string == words[key], key
