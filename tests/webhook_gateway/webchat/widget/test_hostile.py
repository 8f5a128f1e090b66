"""Whatever anybody writes stays text, under the strictest policies a site can have and the ugliest styles."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.hostile_texts import HOSTILE
from tests.support.waiting import wait_until
from tests.support.webchat_desk import ChatDesk, picture_bytes
from tests.webhook_gateway.webchat.widget.rig import Shop
from tests.webhook_gateway.webchat.widget.screen import Widget
from tests.webhook_gateway.webchat.widget.test_talking import grown

KNOWN_TAGS = {
    "a", "article", "aside", "b", "bdi", "button", "div", "fieldset", "footer", "form", "h2", "i",
    "img", "input", "label", "legend", "li", "ol", "option", "p", "path", "progress", "section", "select",
    "span", "svg", "textarea", "time", "ul",
}  # fmt: skip
"""What the widget itself is made of."""
_INSIDE = """
() => {
  const root = document.querySelector('sportello-chat').shadowRoot;
  const all = [...root.querySelectorAll('*')];
  const listens = (each) => [...each.attributes].some(({name}) => name.startsWith('on'));
  return {
    tags: [...new Set(all.map((each) => each.localName))],
    listeners: all.filter(listens).map((each) => each.outerHTML),
    links: [...root.querySelectorAll('a')].map((each) => each.protocol),
    pictures: [...root.querySelectorAll('img')].map((each) => each.src),
  };
}
"""


def harmless(page: Page, shop: Shop) -> None:
    """Nothing ran, nothing is in the widget but what it is made of."""
    inside = page.evaluate(_INSIDE)
    assert page.evaluate("window.hit") is None
    assert set(inside["tags"]) <= KNOWN_TAGS
    assert inside["listeners"] == []
    assert set(inside["links"]) <= {"http:", "https:", "mailto:", "tel:"}
    assert all(each.startswith(shop.gateway) for each in inside["pictures"])


def told(desk: ChatDesk, text: str) -> None:
    """Every line there can be, with this text in each of its fields."""
    short = text[:60]
    person = {"kind": "agent", "name": text, "picture": ""}
    picture = desk.keep_file(text, picture_bytes(), "image/png", "image")
    letter = desk.keep_file(text, b"%PDF", text, text)
    choice = {"id": short, "title": text, "description": text}
    field = {"key": short, "label": text, "kind": "choice", "required": True, "choices": [text]}
    parts: list[dict[str, Any]] = [
        {"kind": "buttons", "buttons": [choice]},
        {"kind": "list", "button": text, "sections": [{"title": text, "rows": [choice]}]},
        {"kind": "cta_url", "button": text, "url": text},
        {"kind": "form", "button": text, "form_fields": [field, {**field, "kind": "consent"}]},
        {"kind": text},
    ]
    desk.say(text, author=person, files=[picture, letter])
    for part in parts:
        desk.say(text, author=person, interactive={"header": text, "footer": text, "url": "", **part})
    desk.say(text, kind="ticket_opened", ticket=text, author={**person, "kind": "desk"})
    desk.say(text, kind="ticket_closed", ticket=text, author={**person, "kind": "desk"})
    desk.say(text, kind="rated", ticket=text, score=3, author={**person, "kind": "visitor"})
    desk.say(text, author={**person, "kind": "visitor"}, by_mail=True, reply_to=text)


def offered(desk: ChatDesk, text: str) -> None:
    """An offer with this text in each of its fields."""
    names = ("title", "welcome", "away", "next", "form_intro", "privacy", "rating")
    form = [
        {"key": text[:60], "labels": {"en": text}, "kind": kind, "choices": [text]}
        for kind in ("text", "choice", "consent")
    ]
    desk.offer.update(
        texts={"en": dict.fromkeys(names, text)}, people=[{"name": text, "picture": ""}], form=form,
        form_when="always", online=False, colour=text, position=text, theme=text, opens_at=text,
    )  # fmt: skip


@pytest.mark.parametrize(("path", "part"), [("/csp", 0), ("/trusted", 1)])
def test_nothing_that_the_desk_or_anybody_says_becomes_part_of_the_page(
    shop: Shop, desk: ChatDesk, path: str, part: int
) -> None:
    vectors = HOSTILE[part::2]
    widget = Widget(shop.open(path)).open()
    widget.write("\n".join(vectors))
    widget.is_in_state("delivered")
    assert [desk.messages[0]["text"]] == ["\n".join(vectors)]
    told(desk, vectors[0])
    desk.type(vectors[1])
    expect(widget.lines).to_have_count(8)
    widget.page.goto("about:blank")
    for text in vectors:
        told(desk, text)
    shop.goto(widget.page, path)
    if not widget.sheet.is_visible():
        widget.open()
    expect(widget.lines).not_to_have_count(0)
    while widget.lines.count() < (len(vectors) + 1) * 7:
        before = widget.lines.count()
        widget.log.evaluate("log => log.scrollTo(0, 0)")
        grown(widget, before)
    harmless(widget.page, shop)


@pytest.mark.parametrize("text", [HOSTILE[0], HOSTILE[5], HOSTILE[45], HOSTILE[46], HOSTILE[49]])
def test_nothing_in_an_offer_becomes_part_of_the_page(shop: Shop, desk: ChatDesk, text: str) -> None:
    offered(desk, text)
    widget = Widget(shop.open("/csp")).open()
    expect(widget.sheet).to_contain_text(text.strip()[:20])
    harmless(widget.page, shop)


def test_a_file_with_a_hostile_name_goes_up_as_it_is(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open("/csp")).open()
    widget.attach("<img src=x onerror=window.hit=1>.png", "image/png", picture_bytes())
    expect(widget.send).to_be_enabled()
    widget.send.click()
    wait_until(lambda: desk.messages)
    widget.is_in_state("delivered")
    harmless(widget.page, shop)


@pytest.mark.parametrize("path", ["/csp", "/trusted", "/ugly"])
def test_all_of_it_works_on_a_page_with_the_strictest_policy_or_styles_of_its_own(
    shop: Shop, desk: ChatDesk, path: str
) -> None:
    desk.offer["people"] = [{"name": "Anna Rossi", "picture": desk.keep_picture()}]
    widget = Widget(shop.open(path)).open()
    widget.attach("cat.png", "image/png", picture_bytes())
    expect(widget.send).to_be_enabled()
    widget.write("See https://shop.example")
    widget.is_in_state("delivered")
    picture = desk.keep_file("room.png", picture_bytes(), "image/png", "image")
    desk.say("Here", files=[picture])
    desk.say("Which?", interactive={"kind": "buttons", "buttons": [{"id": "a", "title": "This one"}]})
    widget.lines.last.get_by_role("button", name="This one").click()
    desk.say(kind="ticket_closed", ticket="TT24", author={"kind": "desk", "name": "", "picture": ""})
    widget.facts.get_by_role("radio").nth(4).check(force=True)
    widget.button("rate_send").click()
    wait_until(lambda: desk.ratings)
    widget.button("emoji").click()
    widget.page.keyboard.press("Escape")
    widget.button("more").click()
    widget.page.keyboard.press("Escape")
    expect(widget.log.locator("img.picture")).to_have_count(2)
    assert widget.box.evaluate("node => getComputedStyle(node).fontSize") in ("15px", "16px")
    assert widget.lines.first.evaluate("node => getComputedStyle(node).color") != "rgb(255, 0, 0)"
    harmless(widget.page, shop)
