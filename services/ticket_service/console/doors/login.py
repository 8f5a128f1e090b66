"""Logging in with a password, and with a second factor where there is one; and logging out."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from services.ticket_service.act import second_factor as acts
from services.ticket_service.act.first_run import is_open
from services.ticket_service.act.preferences import preferences_of
from services.ticket_service.acting import Frame
from services.ticket_service.api import context, session_cookie
from services.ticket_service.api.second_factor import begun_wire, confirm_factor, new_codes
from services.ticket_service.auth import TooManyAttempts, WrongCredentials
from services.ticket_service.console.doors import half
from services.ticket_service.console.doors.asking import OLD, WRONG, asked, from_our_page, later
from services.ticket_service.console.doors.places import after_login, own_place
from services.ticket_service.console.pages import LOGIN, ConsoleBlueprint
from services.ticket_service.domain.history import AGENT, Actor
from services.ticket_service.domain.second_factor import AccessPolicy
from services.ticket_service.domain.user import User
from shared.web.problems import Problem

blueprint = ConsoleBlueprint("login", __name__)
SETUP: Final = "/setup"


@blueprint.get("/login")
def form() -> BaseResponse:
    """The form; who is in already goes on."""
    if not is_open(context.services().desk):
        return redirect(SETUP)
    if session_cookie.caller_of_cookie() is not None:
        return redirect(own_place(request.args.get("next")))
    return login_page()


@blueprint.post("/login")
def log_in() -> BaseResponse:
    """Check the password; then ask for the second factor, or let in."""
    if not from_our_page():
        return login_page(OLD, 403)
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        found = context.services().authenticator.by_password(email, password, request.remote_addr or "")
    except WrongCredentials:
        return login_page(WRONG, 401)
    except TooManyAttempts as error:
        return later("doors/login.html", error, **_typed())
    return past_first(found.user, request.form.get("next"), other_proof=False)


@blueprint.get("/login/code")
def code_form() -> BaseResponse:
    """The form for a code of the device."""
    return redirect(LOGIN) if half.current() is None else asked("doors/code.html")


@blueprint.post("/login/code")
def check_code() -> BaseResponse:
    """Check the code, and let in."""
    begun = half.current()
    if begun is None:
        return redirect(LOGIN)
    if not from_our_page():
        return asked("doors/code.html", 403, mistake=OLD)
    if begun.sealed:
        return redirect("/login/device")
    typed = request.form.get("code", "")
    try:
        context.services().authenticator.by_code(begun.user, typed, request.remote_addr or "")
    except WrongCredentials:
        return asked("doors/code.html", 401, mistake=WRONG)
    except TooManyAttempts as error:
        return later("doors/code.html", error)
    return _let_in(begun.user, begun.place)


@blueprint.get("/login/device")
def device_form() -> BaseResponse:
    """What a device needs to know, for somebody whom the desk asks for a second factor."""
    begun = half.current()
    if begun is None or not begun.sealed:
        return redirect(LOGIN)
    return _device(begun, 200)


@blueprint.post("/login/device")
def set_up_device() -> BaseResponse:
    """Confirm the device with its first code, let in, and show the recovery codes."""
    begun = half.current()
    if begun is None or not begun.sealed:
        return redirect(LOGIN)
    if not from_our_page():
        return _device(begun, 403, mistake=OLD)
    services, codes = context.services(), new_codes()
    frame = Frame(Actor(AGENT, begun.user.id, begun.user.name), g.traceparent, before_try=lambda: None)
    try:
        services.authenticator.attempt(f"second factor:{begun.user.id}", request.remote_addr or "")
        acts.begin(services.desk, begun.user.id, begun.sealed, frame, lambda factor: None)
        confirm_factor(begun.user, request.form.get("code", ""), codes, frame, lambda factor: None)
    except acts.SecondFactorThere:
        return redirect(LOGIN)
    except TooManyAttempts as error:
        return later("doors/device.html", error, **begun_wire(begun.sealed, begun.user.email))
    except Problem:
        return _device(begun, 401, mistake=WRONG)
    session_cookie.sign_in(begun.user)
    return asked("doors/recovery.html", codes=codes, place=begun.place)


@blueprint.post("/logout")
def log_out() -> BaseResponse:
    """End this browser's session, and nothing else."""
    if from_our_page():
        session_cookie.sign_out()
    return redirect(LOGIN)


def past_first(user: User, wanted: str | None, *, other_proof: bool) -> BaseResponse:
    """Go on with somebody who has shown the password, or (`other_proof`) was sent by the provider."""
    services = context.services()
    place = after_login(wanted, preferences_of(services.desk, user.id).home)
    if services.authenticator.second_factor(user) is not None:
        half.begin(user, place)
        return redirect("/login/code")
    if not other_proof and services.desk.store.setting(AccessPolicy).demands_second_factor(user):
        half.begin(user, place, services.doors.codes.new_secret())
        return redirect("/login/device")
    return _let_in(user, place)


def _let_in(user: User, place: str) -> BaseResponse:
    session_cookie.sign_in(user)
    return redirect(place)


def login_page(mistake: str = "", status: int = 200) -> Response:
    """The form, saying what went wrong (a word of templates/doors/mistakes.html)."""
    return asked("doors/login.html", status, mistake=mistake, **_typed())


def _typed() -> dict[str, Any]:
    place = own_place(request.values.get("next"))
    provider = context.services().openid
    return {
        "email": request.form.get("email", ""),
        "place": place,
        "openid": provider.openid.name if provider else None,
    }


def _device(begun: half.Half, status: int, **values: Any) -> Response:
    return asked("doors/device.html", status, **begun_wire(begun.sealed, begun.user.email), **values)
