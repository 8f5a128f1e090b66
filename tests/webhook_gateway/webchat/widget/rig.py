"""A foreign site with the widget on its pages, a chat in memory behind it, and a browser in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request

from services.webhook_gateway.channels.webchat.widget.bundle import widget_answer
from tests.support.watched import Watched
from tests.support.webchat_desk import ChatDesk
from tests.support.webchat_doors import gateway, served
from tests.support.webchat_pages import Site

SHOP: Final = "shop.test"
"""A name of another site, so that its pages are no secure context; the browser finds it at 127.0.0.1."""


class Shop(Watched):
    """A browser on the site's pages; `desk` is who answers there. Complaints of its pages fail the test."""

    def __init__(self, site: Site, base: str, desk: ChatDesk, gateway_url: str, browser: Browser) -> None:
        super().__init__(base, browser)
        self.site = site
        self.desk = desk
        self.gateway = gateway_url
        self.known = [base, gateway_url]

    def open(self, path: str = "/plain", **options: Any) -> Page:
        """A page of the site in a browser of its own, once the widget is there."""
        page = self.context(**options).new_page()
        self.goto(page, path)
        return page

    @contextmanager
    def another_gateway(self) -> Iterator[str]:
        """A second process with the same doors, on an address of its own, for a while."""
        with served(gateway(self.desk, widget_answer)) as address:
            self.known.append(address)
            yield address

    def close(self) -> None:
        """As for all watched pages; nothing that the widget asked for was refused either."""
        super().close()
        assert self.desk.refused == []
        assert self.site.reports == []

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and not request.url.startswith(tuple(self.known)):
            self.complaints.append(f"left the origin: {request.url}")


@contextmanager
def shop_of(desk: ChatDesk, browser: Browser) -> Iterator[Shop]:
    """The site and the chat's doors, each on an origin of its own."""
    addresses: dict[str, str] = {}
    site = Site(lambda: addresses["gateway"])
    with ExitStack() as stack:
        addresses["gateway"] = stack.enter_context(served(gateway(desk, widget_answer)))
        base = stack.enter_context(served(site.app(), SHOP))
        desk.allowed_origins.add(base)
        yield Shop(site, base, desk, addresses["gateway"], browser)
