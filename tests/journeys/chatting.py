"""Visitors of the sandbox's shop, a site of a foreign origin: they chat with a running desk in browsers."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

from tests.journeys.shaping import settings
from tests.support.desk import Desk
from tests.support.letters import new_address
from tests.support.waiting import wait_until
from tests.support.watched import Watched
from tests.webhook_gateway.webchat.widget.screen import Widget

SLOW: Final = 40_000
FORM: Final[list[dict[str, Any]]] = [
    {"key": "name", "required": True},
    {"key": "email", "kind": "email", "required": True},
    {"key": "topic", "kind": "choice", "labels": {"en": "Topic"}, "choices": ["Orders", "Bills"]},
    {"key": "privacy", "kind": "consent", "required": True, "labels": {"en": "I have read the notice"}},
]
OFFER: Final[dict[str, Any]] = {
    "form": FORM,
    "form_when": "always",
    "online": "always",
    "texts": {"en": {"rating": "Were we nice?", "form_intro": "Who are you?"}},
}

_LOG_IN: Final = """
async (who) => {
  const headers = {"Content-Type": "application/json"};
  const answer = await fetch("/shop/identity", {method: "POST", headers, body: JSON.stringify(who)});
  await window.Sportello().identify((await answer.json()).identity);
}
"""


def fresh(words: str) -> str:
    """These words as nobody has said them before."""
    return f"{words} {uuid.uuid4().hex[:8]}"


class Shop(Watched):
    """Browsers on the shop's pages; the chat may ask the gateway, and nobody else."""

    def __init__(self, desk: Desk, browser: Browser) -> None:
        super().__init__(desk.endpoints["sandbox"], browser)
        self.desk = desk
        # Where the streams are, the chat says itself.
        addresses = (
            *(desk.endpoints[name] for name in ("sandbox", "webhook_gateway")),
            offer(desk)["streams"],
        )
        self._known = tuple(f"{each}/" for each in addresses if each)

    def enter(self, page: Page) -> Widget:
        """The shop's front page."""
        page.goto("/shop")
        widget = Widget(page)
        expect(widget.launcher).to_be_visible(timeout=SLOW)
        return widget

    def guest(self, name: str = "Giulia Bianchi", **options: Any) -> Guest:
        """Somebody in a browser of their own, who has not opened the chat yet."""
        return Guest(self, self.enter(self.context(**options).new_page()), name)

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and not request.url.startswith(self._known):
            self.complaints.append(f"left the shop and the desk: {request.url}")


@dataclass
class Guest:
    """Somebody who chats."""

    shop: Shop
    widget: Widget
    name: str
    address: str = field(default_factory=lambda: new_address("visitors.example"))

    @property
    def context(self) -> BrowserContext:
        """Their browser."""
        return self.widget.page.context

    def fill(self) -> None:
        """Open the chat, say who it is, and go on to where one writes; what is not asked is not said."""
        self.widget.open()
        form = self.widget.starting
        expect(form).to_be_visible(timeout=SLOW)
        for key, value in (("name", self.name), ("email", self.address)):
            if (asked := form.locator(f"[name={key}]")).count():
                asked.fill(value)
        form.get_by_label("Topic").select_option("Orders")
        form.get_by_label("I have read the notice").check()
        form.get_by_role("button", name=self.widget.say("start")).click()

    def begin(self, words: str) -> None:
        """Open the chat, say who it is, and write."""
        self.fill()
        self.writes(words)

    def writes(self, words: str) -> None:
        """Write, and wait until the desk has it."""
        self.widget.write(words)
        expect(self.said(words)).to_have_count(1)
        expect(self.said(words).locator(".state")).to_have_text(_arrived(self.widget), timeout=SLOW)

    def said(self, words: str) -> Locator:
        """The messages of either side with these words."""
        return self.widget.lines.filter(has_text=words)

    def hears(self, words: str) -> None:
        """Wait for this message; it is there once."""
        expect(self.said(words)).to_have_count(1, timeout=SLOW)
        expect(self.said(words)).to_be_visible()

    def comes_back(self) -> Guest:
        """The same browser on the shop's page again, in a new tab, with the chat open."""
        widget = self.shop.enter(self.context.new_page())
        if not widget.sheet.is_visible():
            widget.open()
        return Guest(self.shop, widget, self.name, self.address)

    def logs_in(self, user: str) -> None:
        """The shop knows them: its server signs who they are, its page hands that to the chat."""
        who = {"user_id": user, "name": self.name, "email": f"{user.replace(' ', '.')}@customers.example"}
        self.widget.page.evaluate(_LOG_IN, who)
        wait_until(self.is_verified, 40)

    def is_verified(self) -> bool:
        """Whether the gateway took the shop's word for who it is."""
        there: bool = self.widget.page.evaluate(
            "Object.entries(localStorage).some(([name, kept]) =>"
            " name.endsWith(':visitor') && JSON.parse(kept).verified)"
        )
        return there

    def claims_to_be(self, identity: Any) -> dict[str, Any]:
        """Give the chat an identity that is refused; what it says of it to the page."""
        complaint: dict[str, Any] = self.widget.page.evaluate(
            "(identity) => new Promise((done) => window.Sportello().on('error', done).identify(identity))",
            identity,
        )
        return complaint

    def texts(self, lines: Locator | None = None) -> list[str]:
        """What the messages say, from above."""
        return (lines or self.widget.lines).locator("p.text").all_inner_texts()


def _arrived(widget: Widget) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(widget.say(key)) for key in ("delivered", "seen")))


def ticket_with(desk: Desk, words: str, seconds: float = 60) -> dict[str, Any]:
    """The one ticket that was opened with these words, as soon as there is one."""

    def found() -> list[dict[str, Any]]:
        return [each for each in desk.items("/tickets", limit=100) if words in each["description"]]

    tickets = wait_until(found, seconds, every=0.2)
    assert len(tickets) == 1, tickets
    return tickets[0]


@contextmanager
def offering(desk: Desk, **changes: Any) -> Iterator[None]:
    """The live chat set up like OFFER and these changes, until afterwards; visitors are told by now."""
    chat = desk.credentials["webchat"]
    wanted = {**OFFER, **changes}
    with settings(desk, "/settings/chat", {"channels": {chat["channel_id"]: wanted}}, method="PUT"):
        wait_until(lambda: _offers(desk, wanted), 40, every=0.2)
        yield


def offer(desk: Desk) -> dict[str, Any]:
    """What the chat offers to the shop's pages at this moment."""
    url = f"{desk.endpoints['webhook_gateway']}/webchat/{desk.credentials['webchat']['site_key']}/offer"
    answer = desk.http.get(url, headers={"Origin": desk.endpoints["sandbox"]}).raise_for_status()
    told: dict[str, Any] = answer.json()
    return told


def _offers(desk: Desk, wanted: dict[str, Any]) -> bool:
    told = offer(desk)
    return (told["online"], told["form_when"], len(told["form"])) == (
        *(wanted["online"] != "never", wanted["form_when"], len(wanted["form"])),
    )
