"""Pages of the console: shown to who is logged in and may see them, refused in words to everybody else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from services.ticket_service.api.openapi import ANYBODY
from services.ticket_service.api.session_cookie import caller_of_cookie
from shared.web.problems import Problem

View = Callable[..., Any]
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
LOGIN: Final = "/login"
PAGE_NEEDS: Final[dict[str, str]] = {}
"""The permission that each page needs, by its endpoint."""


class ConsoleBlueprint(Blueprint):
    """An area of the console."""

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        super().__init__(f"console-{name}", import_name, **options)
        self.register_error_handler(Problem, error_page)
        self.after_request(_protect)

    def page(self, rule: str, *, needs: str) -> Callable[[View], View]:
        """Register a view (GET) for people with this permission (ANYBODY: whoever is logged in)."""

        def decorate(view: View) -> View:
            @wraps(view)
            def guarded(*arguments: Any, **values: Any) -> Any:
                who = caller_of_cookie()
                if who is None:
                    return to_login()
                g.caller = who
                if needs != ANYBODY and not who.may(needs):
                    raise Problem(403, "permission-missing", "You may not see this.", needs, permission=needs)
                return view(*arguments, **values)

            PAGE_NEEDS[f"{self.name}.{view.__name__}"] = needs
            self.add_url_rule(rule, view.__name__, guarded, methods=["GET"])
            return view

        return decorate


def show(template: str, /, **values: Any) -> Response:
    """The page (or, where the template is one, the part of a page)."""
    response = make_response(render_template(template, **values))
    response.headers["Vary"] = "HX-Request, Cookie"
    return response


def wants_fragment(target: str) -> bool:
    """Whether the browser asked only for elements, the one of this id among them."""
    wanted = request.headers.get("HX-Target", "").split(",")
    return request.headers.get("HX-Request") == "true" and target in wanted


def is_partial() -> bool:
    """Whether the browser asked for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def to_login() -> BaseResponse:
    """Off to the log-in, and back to where the person wanted to go afterwards."""
    address = f"{LOGIN}?{urlencode({'next': request.full_path.rstrip('?')})}"
    if is_partial():
        # Inside a page the whole window has to go.
        return Response(status=401, headers={"HX-Redirect": LOGIN})
    return redirect(address)


def error_page(problem: Problem) -> Response:
    """A refusal in words, with the frame around it where somebody is logged in."""
    response = show("error.html", problem=problem, partial=is_partial())
    response.status_code = problem.status
    return response


def _protect(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    return response
