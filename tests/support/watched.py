"""Pages that are watched: what the browser complains about and what leaves the origin is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
)

PATIENCE: Final = 30_000
"""Milliseconds that a locator waits on a busy machine."""
_RULES: Final = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_HANDLED: Final = "the server responded with a status of 412"
OTHER_WIDTH_AND_COLOURS: Final = {"runOnly": {"type": "rule", "values": ["color-contrast", "target-size"]}}
"""What remains to be asked of a page that was looked at already."""
_RUN_AXE: Final = (
    "([where, options]) => axe.run(where || document, "
    "{...options, iframes: false, resultTypes: ['violations']})"
    ".then(({violations}) => violations)"
)
"""What passed is neither described nor sent: that is most of the work on a long page. Frames hold mails that
nobody here wrote, in an origin of their own; calling into them makes the browser complain."""


@dataclass
class Watched:
    """A browser on the application at `base`; each context is somebody of their own."""

    base: str
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Everything that is expected of its pages is waited for as long."""
        expect.set_options(timeout=PATIENCE)

    def context(self, *, width: int = 1440, dark: bool = False, **options: Any) -> BrowserContext:
        """Somebody's browser, without a log-in."""
        context = self.browser.new_context(
            viewport={"width": width, "height": options.pop("height", 900 if width > 500 else 760)},
            color_scheme="dark" if dark else "light",
            base_url=self.base,
            locale=options.pop("locale", "en-GB"),
            **options,
        )
        context.set_default_timeout(PATIENCE)
        context.on("page", self._watch)
        self._contexts.append(context)
        return context

    def goto(self, page: Page, path: str) -> None:
        """Go there, and wait until the page's modules are at work."""
        page.goto(path)
        if page.locator("script[src$='/js/app.js']").count():
            expect(page.locator("html")).to_have_attribute("data-ready", "yes", timeout=PATIENCE)

    def axe(self, page: Page, *, within: str | None = None, rules: Mapping[str, Any] | None = None) -> None:
        """Assert that axe-core finds nothing wrong with the page (or one element of it, once it shows)."""
        if within:
            expect(page.locator(within)).to_be_visible()
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        found = page.evaluate(_RUN_AXE, [within, rules or _RULES])
        lines = [
            f"{violation['id']}: {violation['help']}\n    "
            + "\n    ".join(f"{node['target']} {node['html'][:160]}" for node in violation["nodes"][:5])
            for violation in found
        ]
        assert not lines, f"{page.url}\n" + "\n".join(lines)

    def close(self) -> None:
        """Close what was opened; AssertionError when a page complained."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()
        unexpected = [each for each in self.complaints if not any(part in each for part in self.allowed)]
        self.complaints.clear()
        self.allowed.clear()
        assert not unexpected, "\n".join(unexpected)

    def _watch(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        # A change that others were faster with is answered 412 and sent again; only the first is told of.
        if message.type in ("error", "warning") and _HANDLED not in message.text:
            self.complaints.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and not request.url.startswith(self.base):
            self.complaints.append(f"left the origin: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status}: {response.url}")
