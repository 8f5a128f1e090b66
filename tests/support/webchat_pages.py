"""Pages of a foreign site that embed the widget: plain, locked down, right to left, clumsy."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, Final

from flask import Flask, Response, abort, request

from tests.support.webchat_desk import SITE

_SNIPPET: Final = '<script src="{gateway}/webchat/widget.js" data-channel="{site}"{more} async></script>'
_WORDS: Final = "<h1>A shop</h1><p>Things to buy.</p><p><a href='/plain'>Home</a> <button>Buy</button></p>"
_CSP: Final = (
    "default-src 'none'; script-src {gateway}; connect-src {gateway}; img-src {gateway}; "
    "base-uri 'none'; form-action 'none'; report-uri /reports"
)
_TRUSTED: Final = "require-trusted-types-for 'script'; trusted-types 'none'; report-uri /reports"
_HOSTILE_STYLES: Final = (
    "<style>* { all: revert; color: red !important; display: block; font-size: 40px !important; "
    "position: static !important } div, button, p { visibility: hidden !important }</style>"
)


class Site:
    """The foreign site; `reports` is what browsers complained about to its policy's address."""

    def __init__(self, gateway: Callable[[], str]) -> None:
        self.gateway = gateway
        self.reports: list[Any] = []

    def app(self) -> Flask:
        """`/plain`, `/csp`, `/trusted`, `/rtl`, `/early`, `/twice`, `/queued`, `/ugly`.

        Every `data-…` of the query becomes an attribute of the script.
        """
        app = Flask("webchat_pages")
        app.add_url_rule("/<name>", view_func=self.page)
        app.add_url_rule("/reports", view_func=self.reported, methods=["POST"])
        app.add_url_rule("/before.js", "before", lambda: Response(_QUEUED, content_type="text/javascript"))
        return app

    def page(self, name: str) -> Response:
        """One of the pages."""
        if name not in _PAGES:
            abort(404)
        more = "".join(
            f' {key}="{escape(value)}"' for key, value in request.args.items() if key.startswith("data-")
        )
        snippet = _SNIPPET.format(gateway=self.gateway(), site=SITE, more=more)
        head, tail, policy, root = _PAGES[name]
        if name in _AT_ONCE:
            snippet = snippet.replace(" async", "")
        html = (
            f"<!doctype html><html lang='en'{root}><head><meta charset='utf-8'><title>A shop</title>"
            "<meta name='viewport' content='width=device-width, initial-scale=1, viewport-fit=cover'>"
            f"<link rel='icon' href='{self.gateway()}/icon'>{head.replace('{snippet}', snippet)}</head>"
            f"<body><header>Free delivery</header><main>{_WORDS}</main>{tail.format(snippet=snippet)}"
            "</body></html>"
        )
        headers = {"Content-Security-Policy": policy.format(gateway=self.gateway())} if policy else {}
        return Response(html, headers=headers, content_type="text/html; charset=utf-8")

    def reported(self) -> Response:
        """Where a policy's violations go."""
        self.reports.append(request.get_json(force=True, silent=True))
        return Response(status=204)


_QUEUED: Final = """
window.Sportello = window.Sportello || { q: [] };
window.heard = [];
(function () {
  var ask = window.Sportello;
  if (ask.q) {
    ask.q.push(["on", "ready", function () { window.heard.push("ready"); }]);
    ask.q.push(["open"]);
  }
})();
"""
_BEFORE: Final = "<script src='/before.js'></script>"
_PAGES: Final[dict[str, tuple[str, str, str, str]]] = {
    "plain": ("", "{snippet}", "", ""),
    "second": ("", "{snippet}", "", ""),
    "csp": ("", "{snippet}", _CSP, ""),
    "trusted": ("", "{snippet}", _TRUSTED, ""),
    "rtl": ("", "{snippet}", "", " dir='rtl'"),
    "early": ("{snippet}", "", "", ""),
    "twice": ("", "{snippet}{snippet}", "", ""),
    "queued": (_BEFORE, "{snippet}", "", ""),
    "ugly": (_HOSTILE_STYLES, "{snippet}", "", ""),
}
"""Head, end of the body, policy, attributes of the root."""
_AT_ONCE: Final = ("early",)
"""Their scripts run as soon as they are read: in the head that is before there is a body."""
