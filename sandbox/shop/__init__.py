"""A shop that is somebody else's site: its pages carry the desk's chat as any site would."""

from flask import Flask

from sandbox.config import Settings
from sandbox.shop import identity, pages


def install(app: Flask, settings: Settings) -> None:
    """Add the shop to `app`, if there is a chat: /shop for people, /shop/identity for its own script."""
    if settings.webchat is None:
        return
    app.register_blueprint(pages.blueprint(settings.webchat))
    app.register_blueprint(identity.blueprint(settings.webchat))
