"""The frame of all pages: what templates have at hand, which areas there are, how errors look."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, g, request
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException, NotFound

from services.ticket_service.act.preferences import preferences_of
from services.ticket_service.api import context
from services.ticket_service.api.openapi import PREFIX
from services.ticket_service.api.people_schemas import user_wire
from services.ticket_service.api.session_cookie import caller_of_cookie
from services.ticket_service.console import assets, languages, problem_texts, reading
from services.ticket_service.console.chats import visitor
from services.ticket_service.console.composer import pages as composer
from services.ticket_service.console.doors.areas import DOORS
from services.ticket_service.console.formats import FILTERS
from services.ticket_service.console.home import index as home
from services.ticket_service.console.icons import icon
from services.ticket_service.console.lists import pages as tickets
from services.ticket_service.console.live import pages as live
from services.ticket_service.console.live import stream
from services.ticket_service.console.mails import triage
from services.ticket_service.console.pages import POLICY, ConsoleBlueprint, error_page
from services.ticket_service.console.people import contacts, conversations, organizations
from services.ticket_service.console.rail import RAIL
from services.ticket_service.console.records import calendar, records
from services.ticket_service.console.settings import canned_replies
from services.ticket_service.console.settings.outward import OUTWARD
from services.ticket_service.console.settings.shape import SHAPE
from services.ticket_service.console.ticket import routes as ticket
from shared.web.problems import Problem

CONSOLE_AREAS: Final[tuple[ConsoleBlueprint, ...]] = (
    *(home.blueprint, tickets.blueprint, ticket.blueprint, composer.blueprint, canned_replies.blueprint),
    *(
        triage.blueprint,
        visitor.blueprint,
        conversations.blueprint,
        contacts.blueprint,
        organizations.blueprint,
    ),
    *(calendar.blueprint, records.blueprint, live.blueprint),
    *DOORS,
    *OUTWARD,
    *SHAPE,
)
"""Every area of the console."""

blueprint = Blueprint("console", __name__, template_folder="templates")


def install(app: Flask) -> None:
    """Serve the console from this application; its log-ins are signed with the application's secret key."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.globals.update(
        icon=icon,
        asset=assets.address,
        asset_exists=assets.exists,
        module=_module,
        url_with=url_with,
        read=reading.read,
        may=may,
        RAIL=RAIL,
    )
    app.jinja_env.filters.update(FILTERS)
    languages.install(app)
    problem_texts.install(app)
    assets.install(app)
    app.context_processor(_at_hand)
    stream.install(app)
    app.register_blueprint(blueprint)
    for area in CONSOLE_AREAS:
        app.register_blueprint(area)
    app.register_error_handler(NotFound, _nothing_here)


@blueprint.get("/texts/<language>/<digest>.json")
def texts(language: str, digest: str) -> Response:
    """The texts of modules in a language."""
    if language not in languages.LANGUAGES:
        raise NotFound
    text, current = languages.script_texts(language)
    kept = "public, max-age=31536000, immutable" if digest == current else "no-cache"
    return Response(text, headers={"Cache-Control": kept}, content_type="application/json")


def may(permission: str) -> bool:
    """Whether the reader has this permission."""
    who = g.get("caller")
    return who is not None and who.may(permission)


def url_with(**changes: Any) -> str:
    """The address of this page with some of its query changed; None takes something away."""
    query = {name: values for name, values in request.args.lists() if name not in changes}
    query |= {name: value for name, value in changes.items() if value is not None}
    return f"{request.path}?{urlencode(query, doseq=True)}" if query else request.path


def _module(name: str) -> str:
    return assets.address(f"js/{name}")


def _at_hand() -> dict[str, Any]:
    """What every template knows: who reads it, in which language, and what proves that a request is ours."""
    who = g.get("caller")
    language = languages.language()
    return {
        "me": user_wire(who.user) if who is not None else None,
        "preferences": _preferences(),
        "language": str(get_locale() or language).replace("_", "-"),
        "time_zone": languages.time_zone(),
        "texts_address": f"/texts/{language}/{languages.script_texts(language)[1]}.json",
        "csrf_token": generate_csrf,
    }


def _preferences() -> dict[str, Any]:
    """What the reader likes, read once for a page; nothing for nobody."""
    who = g.get("caller")
    if who is None:
        return {}
    if "preferences" not in g:
        g.preferences = asdict(preferences_of(context.services().desk, who.user.id))
    found: dict[str, Any] = g.preferences
    return found


def _nothing_here(error: HTTPException) -> Response:
    """An address that leads nowhere: a page for people, a problem for programs."""
    problem = Problem(404, "not-found", "There is nothing here.", "The address may be old or mistyped.")
    for_people = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    if request.path.startswith(PREFIX) or not for_people:
        return Problem(404, "not-found", "Not Found", error.description or "").response()
    who = caller_of_cookie()
    if who is not None:
        g.caller = who
    response = error_page(problem)
    response.headers["Content-Security-Policy"] = POLICY
    return response
