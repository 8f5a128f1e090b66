"""The form behind a confidential link: public, without scripts, seen by nobody but who has the link."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, g, render_template, request, send_from_directory

from services.ticket_service.act.confidential import Incomplete, NotWaiting, behind_link, submit
from services.ticket_service.acting import NotFound
from services.ticket_service.api import context
from services.ticket_service.api.confidential_texts import LANGUAGES, TEXTS
from services.ticket_service.domain.confidential import (
    ANSWERED,
    DELETED,
    MOST_CHARACTERS,
    ConfidentialRequest,
)

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_STATIC: Final = Path(__file__).parent / "static"
_STYLE: Final = "confidential.css"

confidential_page = Blueprint(
    "confidential_page", __name__, url_prefix="/confidential", template_folder=str(_STATIC)
)


@confidential_page.get("/assets/confidential.css")
def style() -> Response:
    """The page's look."""
    return send_from_directory(_STATIC, _STYLE, max_age=3600)


@confidential_page.get("/<token>")
def form(token: str) -> Response:
    """The form. Looking at it uses nothing up: messengers fetch links to show a preview of them."""
    if context.services().vault is None:
        return _message("unknown", 404)
    try:
        return _form(behind_link(context.services().desk, token), {}, {}, 200)
    except NotFound:
        return _message("unknown", 404)
    except NotWaiting as error:
        return _over(error)


@confidential_page.post("/<token>")
def send(token: str) -> Response:
    """Take the answer; the link works no longer."""
    services, given = context.services(), dict(request.form.items())
    if services.vault is None:
        return _message("unknown", 404)
    try:
        submit(services.desk, services.vault, token, given, g.traceparent)
    except NotFound:
        return _message("unknown", 404)
    except NotWaiting as error:
        return _over(error)
    except Incomplete as error:
        return _form(error.request, given, error.mistakes, 422)
    return _message("thanks", 200)


def _form(
    asked: ConfidentialRequest, given: dict[str, str], mistakes: dict[str, str], status: int
) -> Response:
    language = _language()
    page = render_template(
        "confidential.html",
        language=language,
        texts=TEXTS[language],
        asked=asked,
        given=given,
        mistakes=mistakes,
        most=MOST_CHARACTERS,
    )
    return _page(page, status)


def _over(error: NotWaiting) -> Response:
    return _message("used" if error.state in (ANSWERED, DELETED) else "over", 410)


def _message(text: str, status: int) -> Response:
    language = _language()
    page = render_template(
        "confidential.html", language=language, texts=TEXTS[language], message=TEXTS[language][text]
    )
    return _page(page, status)


def _page(page: str, status: int) -> Response:
    headers = {"Content-Security-Policy": POLICY, "X-Robots-Tag": "noindex, nofollow"}
    return Response(page, status, headers, content_type="text/html; charset=utf-8")


def _language() -> str:
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
