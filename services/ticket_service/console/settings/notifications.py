"""Notices by mail: who is told of what, from whom, and in which words."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request

from services.ticket_service.console.languages import LANGUAGES as NAMES
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read_tagged
from services.ticket_service.console.settings import choices
from services.ticket_service.console.settings.outward_words import AUDIENCES, NOTICES, RECIPIENTS
from services.ticket_service.domain import permissions
from services.ticket_service.domain.notice_texts import INSIDE_LINES, REQUESTER_LINES, default_text
from services.ticket_service.domain.notices import (
    CLOSED,
    INSIDE,
    LANGUAGES,
    NEVER_OUTSIDE,
    REQUESTER,
    STATUS_CHANGED,
)

blueprint = ConsoleBlueprint("settings-notifications", __name__)
PATH = "/settings/notifications"
BY_STATUS = (STATUS_CHANGED, CLOSED)
"""Of these there may be words for one status alone."""
LINES = {"inside": INSIDE_LINES["en"], REQUESTER: REQUESTER_LINES["en"]}


@blueprint.page(PATH, needs=permissions.SETTINGS_READ)
def index() -> Response:
    """Who is told of what, and the words of each notice."""
    found = read_tagged(PATH)
    own = {(each["event"], each["audience"], each["language"]) for each in found.body["texts"]}
    return show(
        "settings/notifications.html",
        notices=found.body,
        etag=found.etag,
        events=NOTICES,
        recipients=RECIPIENTS,
        never_outside=NEVER_OUTSIDE,
        inside=INSIDE,
        statuses=choices.statuses(),
        own=own,
        audiences=AUDIENCES,
        lines=LINES,
        languages=_languages(),
    )


@blueprint.page(f"{PATH}/words", needs=permissions.SETTINGS_READ)
def words() -> Response:
    """The words of one notice, in one language, for people inside or for customers."""
    event, audience = request.args.get("event", ""), request.args.get("audience", "")
    language, status = request.args.get("language", LANGUAGES[0]), request.args.get("status", "")
    if audience not in LINES or event not in LINES[audience] or language not in LANGUAGES:
        abort(404)
    found = read_tagged(PATH)
    place = (event, audience, language, status)
    own = next((each for each in found.body["texts"] if _place(each) == place), None)
    default = default_text(event, audience, language)
    return show(
        "settings/notice_words.html",
        etag=found.etag,
        own=own,
        words=own or {"subject": default.subject, "body": default.body},
        **{"event": event, "audience": audience, "language": language, "status": status},
        events=NOTICES,
        audiences=AUDIENCES,
        languages=_languages(),
        statuses=choices.statuses() if event in BY_STATUS else [],
    )


def _place(text: dict[str, Any]) -> tuple[str, str, str, str]:
    return text["event"], text["audience"], text["language"], text["status"]


def _languages() -> dict[str, str]:
    return {tag: NAMES[tag] for tag in LANGUAGES}
