"""Nobody gets in without a log-in: every path of the interface is closed, known or not, but its document."""

from __future__ import annotations

from typing import Final, NoReturn

from flask import Flask, g, request
from werkzeug.datastructures import Authorization

from services.ticket_service.api.context import caller, services
from services.ticket_service.api.openapi import ANYBODY, DOCUMENT_PATH, NEEDS, PREFIX
from services.ticket_service.api.session_cookie import caller_of_cookie, require_own_page
from services.ticket_service.auth import Caller, SecondFactorNeeded, WrongCredentials
from services.ticket_service.domain.second_factor import AccessPolicy
from shared.web.problems import Problem

PASSWORD_ENDPOINT: Final = "api-tokens.create"  # noqa: S105 - the name of a view
CALLER_INSIDE: Final = "sportello.caller"
"""Where the console puts who asked for a page when it reads in their name; nothing outside can set it."""
_BEARER: Final = 'Bearer realm="Sportello"'
_BASIC: Final = 'Basic realm="Sportello", charset="UTF-8"'


def close(app: Flask) -> None:
    """Ask for a log-in before anything else is looked at."""

    @app.before_request
    def require_login() -> None:
        inside = request.path == PREFIX or request.path.startswith(f"{PREFIX}/")
        if inside and request.path != DOCUMENT_PATH:
            g.caller = request.environ.get(CALLER_INSIDE) or _authenticate()
            # A view that names no permission is a mistake, and answered as one: nobody gets in by it.
            _require(ANYBODY if request.endpoint is None else NEEDS[request.endpoint])


def _require(permission: str) -> None:
    """Problem 403 unless the caller has the permission."""
    if permission != ANYBODY and not caller().may(permission):
        raise Problem(
            403,
            "permission-missing",
            "You may not do this.",
            f"It needs the permission `{permission}`; an administrator can give you a role that has it.",
            permission=permission,
        )


def _authenticate() -> Caller:
    given = request.authorization
    if given is None and "Authorization" not in request.headers:
        logged_in = caller_of_cookie()
        if logged_in is not None:
            require_own_page()
            return logged_in
    if given is None:
        _refuse("log-in-required", "Send an API token: `Authorization: Bearer <token>`.")
    try:
        if given.type == "bearer":
            return services().authenticator.by_token(given.token or "")
        if given.type == "basic" and request.endpoint == PASSWORD_ENDPOINT:
            return _by_password(given)
    except WrongCredentials:
        _refuse("log-in-refused", "This log-in is not valid.", 'error="invalid_token"')
    _refuse("log-in-required", "Send an API token: `Authorization: Bearer <token>`.")


def _by_password(given: Authorization) -> Caller:
    authenticator, policy = services().authenticator, services().desk.store.setting(AccessPolicy)
    found = authenticator.by_password(given.username or "", given.password or "", request.remote_addr or "")
    if policy.demands_second_factor(found.user) or authenticator.second_factor(found.user) is not None:
        raise SecondFactorNeeded
    return found


def _refuse(slug: str, detail: str, reason: str = "") -> NoReturn:
    challenges = [f"{_BEARER}, {reason}" if reason else _BEARER]
    if request.endpoint == PASSWORD_ENDPOINT:
        challenges.append(_BASIC)
    raise Problem(401, slug, "Please log in.", detail, headers={"WWW-Authenticate": ", ".join(challenges)})
