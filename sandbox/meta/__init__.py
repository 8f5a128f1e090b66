"""The stand-in for Meta: a fake Graph API, a customer's phone, and the webhooks that go with both."""

import httpx
from flask import Flask

from sandbox.config import Settings
from sandbox.events import ProviderEvents
from sandbox.meta import api, customer_api, frame, graph
from sandbox.meta.conversation import Conversation
from sandbox.meta.gateway import Gateway
from sandbox.meta.receipts import Receipts
from sandbox.meta.store import MetaStore
from sandbox.meta.templates import TemplateList
from sandbox.state import SandboxState

PROVIDER = frame.PROVIDER


def install(
    app: Flask, settings: Settings, state: SandboxState, transport: httpx.BaseTransport | None = None
) -> None:
    """Add the stand-in to `app`: /graph for the desk, /api/meta and /api/receipts for the page and tests."""
    store = MetaStore(ProviderEvents(state.events, PROVIDER))
    gateway = Gateway(settings.gateway_url, settings.meta, transport)
    receipts = Receipts(settings.meta, store, gateway)
    templates = TemplateList()
    state.providers.add(PROVIDER)
    app.register_blueprint(graph.blueprint(settings.meta, state, store, templates, receipts))
    app.register_blueprint(api.blueprint(settings.meta, state, store, gateway, receipts))
    conversation = Conversation(settings.meta, store, gateway)
    app.register_blueprint(customer_api.blueprint(store, conversation, templates))
