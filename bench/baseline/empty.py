"""The least a Flask application can do with a webhook: nothing. What the framework itself costs."""

from __future__ import annotations

from flask import Flask, Response


def create_app() -> Flask:
    """An application with one empty POST route."""
    app = Flask("empty")

    @app.post("/webhooks/whatsapp")
    def webhook() -> Response:
        return Response(status=200)

    return app
