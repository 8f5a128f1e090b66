"""Refusals of the interface in the reader's language: what programs get in English, people read in theirs."""

from __future__ import annotations

import json
import re
from functools import cache, partial
from typing import Any, Final

from flask import Flask, Response, g

from services.ticket_service.console.languages import catalogue, language, translations
from shared.web.problems import CONTENT_TYPE

_VALUE: Final = re.compile(r"\\\{(\w+)\\\}")
_PLACE: Final = re.compile(r"\{(\w+)\}")
_LONGEST: Final = 2_000


def install(app: Flask) -> None:
    """Translate what is answered to a browser that is logged in."""

    @app.after_request
    def in_their_language(response: Response) -> Response:
        who = g.get("caller")
        if response.content_type == CONTENT_TYPE and who is not None and who.session is not None:
            _translate(response, language())
        return response


def translated(text: str, wanted: str) -> str:
    """The text in a language, the values that stand in it kept; as it is where nobody translated it."""
    exact = translations(wanted).gettext(text)
    if exact != text or len(text) > _LONGEST:
        return exact
    for pattern, template in _patterns(wanted):
        found = pattern.fullmatch(text)
        if found:
            return _PLACE.sub(partial(_value, found, wanted), template)
    return text


def _value(found: re.Match[str], wanted: str, place: re.Match[str]) -> str:
    """What stood there; where it is a word of ours (`ticket`), the language's."""
    try:
        return translations(wanted).gettext(found[f"v{place[1]}"])
    except IndexError:
        return place[0]


def _translate(response: Response, wanted: str) -> None:
    document: dict[str, Any] = json.loads(response.get_data())
    for name in ("title", "detail"):
        if isinstance(document.get(name), str):
            document[name] = translated(document[name], wanted)
    for error in document.get("errors", ()):
        if isinstance(error, dict) and isinstance(error.get("problem"), str):
            error["problem"] = translated(error["problem"], wanted)
    response.set_data(json.dumps(document))


@cache
def _patterns(wanted: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Texts with values in them, the longest first, so that the most particular one is taken."""
    ids = [
        (str(message.id), str(message.string))
        for message in (catalogue(wanted) or ())
        if isinstance(message.id, str) and _PLACE.search(message.id) and message.string
    ]
    return tuple(
        (re.compile(_VALUE.sub(r"(?P<v\1>.{0,300}?)", re.escape(text))), template)
        for text, template in sorted(ids, key=lambda each: len(each[0]), reverse=True)
    )
