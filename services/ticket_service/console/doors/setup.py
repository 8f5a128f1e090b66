"""The first page of a new desk: its administrator, its language and time zone, its way of working."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import available_timezones

from flask import g, redirect, request
from flask_babel import LazyString, force_locale, gettext, lazy_gettext
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from werkzeug.wrappers import Response as BaseResponse

from services.ticket_service.act import first_run as acts
from services.ticket_service.acting import Frame
from services.ticket_service.api import context, session_cookie
from services.ticket_service.api.desk_settings import TimeZone
from services.ticket_service.api.people_schemas import EmailAddress, password
from services.ticket_service.api.values import Label
from services.ticket_service.auth import TooManyAttempts
from services.ticket_service.console.doors.asking import asked
from services.ticket_service.console.doors.preset_texts import first_words, in_language
from services.ticket_service.console.languages import LANGUAGES
from services.ticket_service.console.languages import language as shown_language
from services.ticket_service.console.pages import LOGIN, ConsoleBlueprint
from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.presets import DEFAULT_PRESET, PRESETS
from shared.web.problems import Problem

blueprint = ConsoleBlueprint("setup", __name__)
_ATTEMPTS: Final = "first run"


@dataclass(frozen=True, slots=True)
class Way:
    """A way of working, for people who choose one."""

    title: LazyString
    text: LazyString


WAYS: Final[Mapping[str, Way]] = {
    "S000": Way(
        lazy_gettext("Whose turn is it?"), lazy_gettext("The status always says who has to write next.")
    ),
    "S001": Way(lazy_gettext("As short as possible"), lazy_gettext("Open, at work, closed. Nothing more.")),
    "S002": Way(
        lazy_gettext("Step by step"), lazy_gettext("From unread over assigned to the customer's feedback.")
    ),
    "S003": Way(
        lazy_gettext("An inbox"), lazy_gettext("What needs attention is open; spam has a place of its own.")
    ),
    "S004": Way(
        lazy_gettext("A service desk"), lazy_gettext("With solutions, and a reason for each pause and end.")
    ),
}


class OpeningSchema(Schema):
    """What the page asks for."""

    class Meta:
        """The form has a CSRF token as well."""

        unknown = EXCLUDE

    code = fields.String(required=True, validate=validate.Length(1, 100))
    name = Label(required=True)
    email = EmailAddress(required=True)
    password = password(required=True)
    language = fields.String(required=True, validate=validate.OneOf(list(LANGUAGES)))
    time_zone = TimeZone(required=True)
    preset = fields.String(required=True, validate=validate.OneOf(list(PRESETS)))


@blueprint.get("/setup")
def form() -> BaseResponse:
    """The form; a desk that has users has no such page."""
    if acts.is_open(context.services().desk):
        return redirect(LOGIN)
    return _form(request.args, {}, 200)


@blueprint.post("/setup")
def open_desk() -> BaseResponse:
    """Open the desk and let its administrator in."""
    services = context.services()
    try:
        session_cookie.require_token(request.form.get("csrf_token"))
        services.authenticator.attempt(_ATTEMPTS, request.remote_addr or "")
        acts.check_code(services.desk, request.form.get("code", ""))
        user = acts.open_desk(
            services.desk,
            request.form["code"],
            _chosen(OpeningSchema().load(request.form)),
            Frame(DESK, g.traceparent, before_try=lambda: None),
        )
    except acts.AlreadyOpened:
        return redirect(LOGIN)
    except (Problem, TooManyAttempts, acts.WrongFirstCode, ValidationError) as error:
        return _refused(error)
    session_cookie.sign_in(user)
    return redirect("/")


def _chosen(given: Mapping[str, Any]) -> acts.Opening:
    language = given["language"]
    return acts.Opening(
        email=given["email"],
        name=given["name"],
        password_hash=context.services().authenticator.hashed(given["password"]),
        language=language,
        time_zone=str(given["time_zone"]),
        statuses=in_language(PRESETS[given["preset"]], language),
        words=first_words(language),
    )


def _refused(error: Exception) -> BaseResponse:
    language = _language(request.form)
    with force_locale(language):
        if isinstance(error, ValidationError):
            return _form(request.form, {name: _wrong(name) for name in error.messages_dict}, 422)
        if isinstance(error, acts.WrongFirstCode):
            wrong = gettext("This is not the code. Preparing the desk again shows another one.")
            return _form(request.form, {"code": wrong}, 403)
        if isinstance(error, TooManyAttempts):
            return _form(request.form, {"code": gettext("Too many attempts. Wait a minute.")}, 429)
        return _form(request.form, {"": gettext("This page was too old. Please send it again.")}, 403)


def _wrong(name: str) -> str:
    texts = {
        "name": gettext("Say what you are called."),
        "email": gettext("This is not an e-mail address."),
        "password": gettext("A password has at least 10 characters."),
    }
    return texts.get(name, gettext("Choose one of those that are offered."))


def _language(given: Mapping[str, str]) -> str:
    chosen = given.get("language", "")
    spoken = request.accept_languages.best_match(list(LANGUAGES))
    return chosen if chosen in LANGUAGES else spoken or shown_language()


def _form(given: Mapping[str, str], wrong: Mapping[str, str], status: int) -> BaseResponse:
    language = _language(given)
    with force_locale(language):
        return asked(
            "doors/setup.html",
            status,
            given=given,
            wrong=wrong,
            chosen=language,
            languages=LANGUAGES,
            zones_offered=[(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())],
            presets={name: in_language(PRESETS[name], language) for name in WAYS},
            ways=WAYS,
            preset=given.get("preset", DEFAULT_PRESET),
        )
