"""Texts in six languages: every one is there, values stand where they belong, and pages are shown in them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Final

import pytest
from babel.messages.catalog import Catalog

from services.ticket_service.console.formats import moment
from services.ticket_service.console.languages import LANGUAGES, catalogue, translations
from services.ticket_service.console.problem_texts import translated
from services.ticket_service.translation_catalogues import LANGUAGES as TRANSLATED
from services.ticket_service.translation_catalogues import missing, updated
from tests.ticket_service.api.rig import ANNA, Rig
from tests.ticket_service.console.rig import attribute, page, sign_in

_VALUES: Final = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@cache
def _updated(language: str) -> Catalog:
    """Made once for all tests: that takes a second."""
    return updated(language)


def test_the_console_speaks_the_six_languages() -> None:
    assert {*TRANSLATED, "en"} == set(LANGUAGES)


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_text_is_without_words(language: str) -> None:
    assert missing(_updated(language)) == [], (
        "run python -m services.ticket_service.translation_catalogues, and translate"
    )


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_catalogue_has_texts_that_nothing_says_any_more(language: str) -> None:
    kept = catalogue(language)
    assert kept is not None
    assert {message.id for message in kept} == {message.id for message in _updated(language)}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_translation_has_the_values_of_the_text(language: str) -> None:
    wrong = []
    for message in _updated(language):
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        words = message.string if isinstance(message.string, tuple | list) else (message.string,)
        wanted = set(_VALUES.findall(ids[-1]))
        # A form for one may leave the number out.
        wrong += [each for each in words[-1:] if each and set(_VALUES.findall(each)) != wanted]
    assert wrong == []


def test_a_refusal_is_translated_with_its_values() -> None:
    assert translated("There is no such ticket.", "en") == "There is no such ticket."
    assert translated("This page is too old.", "it") == translations("it").gettext("This page is too old.")
    assert translated("Not in any catalogue: 7", "it") == "Not in any catalogue: 7"


@pytest.mark.integration
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_page_is_shown_in_the_language_of_its_reader(rig: Rig, language: str) -> None:
    rig.db["users"].update_one({"_id": ANNA}, {"$set": {"language": language}})
    found = page(rig, "/profile")
    assert found.html is not None
    assert found.html["lang"] == language
    assert attribute(found, "a[href='/settings']", "title") == translations(language).gettext("Settings")


@pytest.mark.integration
@pytest.mark.parametrize(
    ("browser", "language", "shown"),
    [
        ("en-GB,en;q=0.9", "en", "en-GB"),
        ("en-US", "en", "en-US"),
        ("de-AT,de;q=0.9,en-GB;q=0.5", "en", "en-GB"),
        ("de-AT", "en", "en"),
        ("de_ch", "de", "de-CH"),
        ("en-XX", "en", "en"),
        ('en-"><script>', "en", "en"),
        ("", "it", "it"),
    ],
)
def test_times_and_numbers_are_written_as_in_the_country_of_the_reader(
    rig: Rig, browser: str, language: str, shown: str
) -> None:
    rig.db["users"].update_one({"_id": ANNA}, {"$set": {"language": language}})
    answer = sign_in(rig).get("/profile", headers={"Accept-Language": browser})
    assert f'<html lang="{shown}"' in answer.text


@pytest.mark.integration
@pytest.mark.parametrize(("browser", "shown"), [("en-GB", "11 Dec 2026"), ("en-US", "Dec 11, 2026")])
def test_the_same_moment_is_written_for_each_country(rig: Rig, browser: str, shown: str) -> None:
    with rig.app.test_request_context(headers={"Accept-Language": browser}):
        assert moment(datetime(2026, 12, 11, 13, 5, tzinfo=UTC)).startswith(shown)


@pytest.mark.integration
def test_programs_read_refusals_in_english_and_people_in_their_language(rig: Rig) -> None:
    rig.db["users"].update_one({"_id": ANNA}, {"$set": {"language": "it"}})
    assert rig.get("/tickets/none").get_json()["title"] == "There is no such ticket."
    seen = sign_in(rig).get("/api/v1/tickets/none").get_json()["title"]
    assert seen == translated("There is no such ticket.", "it") != "There is no such ticket."
