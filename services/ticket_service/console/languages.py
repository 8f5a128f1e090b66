"""Languages: which one a person reads, and the texts in it, as translators keep them."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final, cast

from babel.localedata import exists
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale

from services.ticket_service.api import context

LANGUAGES: Final = {
    "en": "English",
    "it": "Italiano",
    "fr": "Français",
    "pt": "Português",
    "es": "Español",
    "de": "Deutsch",
}
FOLDER: Final = Path(__file__).parent / "translations"
_SCRIPT: Final = ".js"
_TAG: Final = re.compile(r"(?P<language>[A-Za-z]{2})[-_](?P<country>[A-Za-z]{2})\Z", re.ASCII)


@cache
def catalogue(language: str) -> Catalog | None:
    """The catalogue of a language; None for English, which the texts are written in."""
    path = FOLDER / f"{language}.po"
    if not path.exists():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=language)


@cache
def translations(language: str) -> NullTranslations:
    """The texts of a language, ready for use."""
    found = catalogue(language)
    if found is None:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, found)
    compiled.seek(0)
    return Translations(compiled)


@cache
def script_texts(language: str) -> tuple[str, str]:
    """The texts that modules in the browser need, as JSON, and a digest that changes with them."""
    found = catalogue(language)
    texts: dict[str, Any] = {
        str(message.id): message.string
        for message in (found or [])
        if isinstance(message.id, str) and message.string and any(_SCRIPT in p for p, _ in message.locations)
    }
    text = json.dumps(texts, ensure_ascii=False, sort_keys=True)
    return text, hashlib.sha256(text.encode()).hexdigest()[:12]


class _Babel(Babel):
    """Flask-Babel with our catalogues."""

    @property
    def domain_instance(self) -> Domain:
        """Where texts come from."""
        return Catalogues()


class Catalogues(Domain):
    """Flask-Babel's texts, without compiled files beside the catalogues."""

    def get_translations(self) -> NullTranslations:
        """Those of the request's language."""
        locale = get_locale()
        return translations(locale.language if locale else "en")


def install(app: Flask) -> None:
    """Let pages speak the language and show the times of who reads them."""
    _Babel(app, locale_selector=locale, timezone_selector=time_zone)
    # A page asks for hundreds of texts: which language it is, is found out once for each.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _texts().gettext(text),
        ngettext=lambda one, many, count: _texts().ngettext(one, many, count),
        newstyle=True,
    )


def _texts() -> NullTranslations:
    found = g.get("texts")
    if found is None:
        locale = get_locale()
        found = g.texts = translations(locale.language if locale else "en")
    return cast(NullTranslations, found)


def language() -> str:
    """The reader's own, else the desk's, else what the browser asks for."""
    if not has_request_context():
        return "en"
    for wanted in (_own("language"), getattr(_desk(), "language", "")):
        if wanted and wanted.split("-")[0] in LANGUAGES:
            return str(wanted.split("-")[0])
    return request.accept_languages.best_match(list(LANGUAGES)) or "en"


def locale() -> str:
    """The reader's language, with the country that the browser names with it.

    In one country 11/12 is a day of December, in another one of November.
    """
    spoken = language()
    asked = request.accept_languages.values() if has_request_context() else ()
    for found in filter(None, map(_TAG.match, asked)):
        known = f"{spoken}_{found['country'].upper()}"
        if found["language"].lower() == spoken and exists(known):
            return known
    return spoken


def time_zone() -> str:
    """The reader's own, else the desk's."""
    return _own("time_zone") or str(getattr(_desk(), "time_zone", "UTC"))


def _own(name: str) -> str:
    who = g.get("caller") if has_request_context() else None
    return str(getattr(who.user, name, "")) if who is not None else ""


def _desk() -> Any:
    return context.services().desk.store.desk()
