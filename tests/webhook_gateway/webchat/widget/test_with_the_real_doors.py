"""The widget and the gateway's own doors: what the other tests show with an imitation is so in reality."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from shared.contracts.chat_posted import DESK, TICKET_CLOSED, TICKET_OPENED, ChatAuthor
from shared.contracts.reply_parts import Choice, FormField, Interactive
from tests.support.waiting import wait_until
from tests.support.watched import Watched
from tests.support.webchat_desk import picture_bytes, signed_identity
from tests.support.webchat_doors import served
from tests.support.webchat_pages import Site
from tests.webhook_gateway.webchat.protocol.real import Real, real_doors
from tests.webhook_gateway.webchat.widget.rig import SHOP, Shop
from tests.webhook_gateway.webchat.widget.screen import Widget
from tests.webhook_gateway.webchat.widget.test_page_interface import call


class Embedded(Watched):
    """A browser on a site that embeds the real thing."""

    def __init__(self, real: Real, base: str, browser: Browser) -> None:
        super().__init__(base, browser)
        self.real = real
        self.known = [base, real.front]

    _asked = Shop._asked

    def open(self, path: str = "/plain", **options: Any) -> Widget:
        """A page of the site, its chat opened."""
        page = self.context(**options).new_page()
        self.goto(page, path)
        return Widget(page).open()

    def received(self) -> list[Any]:
        """The messages that the desk was told of."""
        return self.real.events("message.received")

    def visitor(self) -> str:
        """Who wrote first."""
        wait_until(self.received)
        return str(self.received()[0].sender.identities[0].value)


@pytest.fixture
def embedded(_browser: Browser) -> Iterator[Embedded]:
    """The site and both applications."""
    with ExitStack() as stack:
        addresses: list[str] = []
        base = stack.enter_context(served(Site(lambda: addresses[0]).app(), SHOP))
        real = stack.enter_context(real_doors(base))
        addresses.append(real.front)
        embedded = Embedded(real, base, _browser)
        yield embedded
        embedded.close()


def test_a_whole_talk(embedded: Embedded) -> None:
    real = embedded.real
    widget = embedded.open("/csp")
    widget.attach("cat.png", "image/png", picture_bytes())
    expect(widget.send).to_be_enabled()
    widget.write("Buongiorno")
    widget.is_in_state("delivered")
    visitor = embedded.visitor()
    assert embedded.received()[0].text == "Buongiorno"
    expect(widget.own.first.locator("img.picture")).to_have_js_property("complete", True)
    real.see(visitor)
    widget.is_in_state("seen")
    real.type(visitor, "Anna Rossi")
    expect(widget.log.locator(".typing")).to_have_text(widget.say("typing", name="Anna Rossi"))
    real.say(visitor, "Which?", interactive=Interactive("buttons", buttons=[Choice("a", "This one")]))
    widget.lines.last.get_by_role("button", name="This one").click()
    wait_until(lambda: len(embedded.received()) == 2)
    assert embedded.received()[1].kind == "button_reply"
    asked = [FormField("order", "Order number", required=True)]
    real.say(visitor, "Your order", interactive=Interactive("form", form_fields=asked))
    widget.lines.last.get_by_label("Order number").fill("4711")
    widget.button("answer").click()
    wait_until(lambda: len(embedded.received()) == 3)
    assert embedded.received()[2].content["answers"] == {"order": "4711"}
    real.say(visitor, "", kind=TICKET_OPENED, ticket_number="TT24", author=ChatAuthor(DESK))
    real.say(visitor, "", kind=TICKET_CLOSED, ticket_number="TT24", author=ChatAuthor(DESK))
    expect(widget.facts).to_have_count(2)
    widget.facts.get_by_role("radio").nth(4).check(force=True)
    widget.button("rate_send").click()
    expect(widget.facts).to_have_count(3)
    acted = real.events("visitor.acted")
    assert [(each.ticket_number, each.score) for each in acted if each.action == "rated"] == [("TT24", 5)]
    real.say(visitor, "Good-bye")
    expect(widget.lines.last).to_contain_text("Good-bye")
    wait_until(lambda: any(each.state == "read" for each in real.events("delivery.reported")))


def test_a_talk_goes_on_after_a_reload_on_another_tab_and_when_the_streams_end(embedded: Embedded) -> None:
    real = embedded.real
    embedded.allowed.extend(("net::ERR_", "Failed to load resource"))
    first = embedded.open()
    first.write("One")
    first.is_in_state("delivered")
    visitor = embedded.visitor()
    page = first.page.context.new_page()
    embedded.goto(page, "/second")
    second = Widget(page)
    if not second.sheet.is_visible():
        second.open()
    real.say(visitor, "Two")
    second.write("Three")
    real.go_offline()
    first.page.reload()
    expect(first.log).to_contain_text("Three")
    for widget in (first, second):
        expect(widget.lines).to_have_count(3)
        expect(widget.sheet.locator(".status")).to_have_text(widget.say("away"))
    assert len({each.contact_key for each in embedded.received()}) == 1


def test_a_customer_the_site_vouches_for_finds_the_talk_on_another_device(embedded: Embedded) -> None:
    telephone, laptop = embedded.open(), embedded.open()
    telephone.write("Before the log-in")
    telephone.is_in_state("delivered")
    for widget in (telephone, laptop):
        call(widget.page, f"identify({signed_identity('7', name='Giulia')})")
    laptop.sees("Before the log-in")
    laptop.write("From my laptop")
    telephone.sees("Before the log-in", "From my laptop")
    identities = [each.value for each in embedded.received()[-1].sender.identities]
    assert identities[0].startswith("u-")
