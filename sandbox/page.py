"""The pages with the phone and the mailbox, the probes, and the headers that keep them strict."""

from flask import Blueprint, Flask, Response, jsonify, render_template

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def blueprint(*, shop: bool) -> Blueprint:
    """The routes that belong to people and to whoever watches the process; `shop`: there is one to show."""
    page = Blueprint("page", __name__)

    @page.get("/")
    def phone() -> str:
        return render_template("phone.html", shop=shop)

    @page.get("/mail")
    def mailbox() -> str:
        return render_template("mail.html", shop=shop)

    @page.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @page.get("/readyz")
    def readyz() -> Response:
        # Nothing but memory is needed: the gateway may come and go, as it may for Meta.
        return jsonify(status="ready")

    return page


def harden(app: Flask) -> None:
    """Send the security headers with every answer."""

    @app.after_request
    def headers(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", _CONTENT_SECURITY_POLICY)
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        answer.headers.setdefault("Referrer-Policy", "no-referrer")
        answer.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer
