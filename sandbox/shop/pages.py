"""The shop's pages. Their policy is as strict as a careful site's, and lets in the chat and nothing else."""

from flask import Blueprint, Response, abort, make_response, render_template

from sandbox.config import Webchat
from sandbox.shop.goods import GOODS
from sandbox.shop.identity import CUSTOMERS


def policy(webchat: Webchat) -> str:
    """The Content-Security-Policy of a site with the chat: the desk's script, its answers, its pictures."""
    desk = " ".join(dict.fromkeys((webchat.gateway_url, webchat.streams_url)))
    return (
        f"default-src 'none'; script-src 'self' {webchat.gateway_url}; connect-src 'self' {desk}; "
        f"img-src 'self' {webchat.gateway_url}; style-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def blueprint(webchat: Webchat) -> Blueprint:
    """The front page, a page for each thing, and one about sending things back."""
    pages = Blueprint("shop", __name__, url_prefix="/shop")
    strict = policy(webchat)

    def shown(template: str, **more: object) -> Response:
        page = make_response(
            render_template(
                f"shop/{template}",
                gateway_url=webchat.gateway_url,
                site_key=webchat.site_key,
                customers=CUSTOMERS,
                **more,
            )
        )
        page.headers["Content-Security-Policy"] = strict
        # A site as sites are: its own pages may know from which of them somebody comes.
        page.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
        return page

    @pages.get("")
    def front() -> Response:
        return shown("front.html", goods=GOODS.values())

    @pages.get("/things/<slug>")
    def thing(slug: str) -> Response:
        if slug not in GOODS:
            abort(404)
        return shown("thing.html", good=GOODS[slug])

    @pages.get("/returns")
    def returns() -> Response:
        return shown("returns.html")

    return pages
