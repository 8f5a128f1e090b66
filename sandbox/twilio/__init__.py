"""The stand-in for Twilio: a fake Messages and Content API, a customer's phone, and the signed forms."""

import httpx
from flask import Blueprint, Flask

from sandbox.config import Settings
from sandbox.events import ProviderEvents
from sandbox.state import SandboxState
from sandbox.twilio import api, content_api, frame, messages
from sandbox.twilio.callbacks import Callbacks
from sandbox.twilio.contents import ContentList
from sandbox.twilio.frame import PROVIDER
from sandbox.twilio.gateway import TwilioGateway
from sandbox.twilio.phone import Phone
from sandbox.twilio.store import TwilioStore


def install(
    app: Flask, settings: Settings, state: SandboxState, transport: httpx.BaseTransport | None = None
) -> None:
    """Add the stand-in to `app`, if there is a Twilio account: /twilio for the desk, /api/twilio for the page
    and tests."""
    account = settings.twilio
    if account is None:
        return
    store = TwilioStore(ProviderEvents(state.events, PROVIDER))
    contents = ContentList()
    gateway = TwilioGateway(settings.gateway_url, account, transport)
    callbacks = Callbacks(account, store, gateway)
    twilio = Blueprint("twilio", __name__, url_prefix=frame.PREFIX)
    frame.install(twilio, account, state, store)
    messages.add_routes(twilio, account, store, contents, gateway, callbacks)
    content_api.add_routes(twilio, account, contents)
    twilio.add_url_rule("/<path:rest>", "nothing_here", frame.nothing_here, methods=frame.METHODS)
    state.providers.add(PROVIDER)
    app.register_blueprint(twilio)
    phone = Phone(account, store, gateway)
    app.register_blueprint(api.blueprint(account, state, store, contents, phone, callbacks))
