"""Logging in by the provider that the operator named."""

from __future__ import annotations

import hmac
from typing import Any, Final

import structlog
from flask import abort, g, redirect, request, session
from werkzeug.wrappers import Response as BaseResponse

from services.ticket_service.act.openid import Unknown, let_in
from services.ticket_service.acting import Frame
from services.ticket_service.api import context
from services.ticket_service.console.doors.login import login_page, past_first
from services.ticket_service.console.doors.places import own_place
from services.ticket_service.console.pages import ConsoleBlueprint
from services.ticket_service.domain.history import DESK
from services.ticket_service.openid import NotBelieved, OpenIdProvider, ProviderAway, Start

blueprint = ConsoleBlueprint("openid", __name__)
_KEY: Final = "openid"
_LONGEST: Final = 4_000
_log = structlog.get_logger(__name__)


@blueprint.get("/login/openid")
def begin() -> BaseResponse:
    """Off to the provider."""
    try:
        start = _provider().start(_back())
    except ProviderAway as error:
        _log.warning("the provider of log-ins is away", reason=str(error))
        return login_page("provider-away", 503)
    session[_KEY] = {
        "state": start.state,
        "nonce": start.nonce,
        "verifier": start.verifier,
        "place": own_place(request.args.get("next")),
    }
    return redirect(start.address)


@blueprint.get("/login/openid/callback")
def come_back() -> BaseResponse:
    """Back from the provider: only in the browser that was sent there, and once."""
    provider, begun = _provider(), session.pop(_KEY, None)
    code, state = request.args.get("code", ""), request.args.get("state", "")
    if not isinstance(begun, dict) or not _fits(begun, state) or not 0 < len(code) <= _LONGEST:
        return login_page("provider-refused", 403)
    start = Start("", begun["state"], begun["nonce"], begun["verifier"])
    try:
        who = provider.finish(code, start, _back())
        frame = Frame(DESK, g.traceparent, before_try=lambda: None)
        user = let_in(context.services().desk, provider.openid, who, frame)
    except ProviderAway as error:
        _log.warning("the provider of log-ins is away", reason=str(error))
        return login_page("provider-away", 503)
    except NotBelieved as error:
        _log.warning("a log-in by the provider is not believed", reason=str(error))
        return login_page("provider-refused", 403)
    except Unknown:
        return login_page("unknown-here", 403)
    return past_first(user, begun["place"], other_proof=True)


def _fits(begun: dict[str, Any], state: str) -> bool:
    return hmac.compare_digest(str(begun["state"]).encode(), state.encode())


def _provider() -> OpenIdProvider:
    provider = context.services().openid
    if provider is None:
        abort(404)
    return provider


def _back() -> str:
    return request.url_root.rstrip("/") + "/login/openid/callback"
