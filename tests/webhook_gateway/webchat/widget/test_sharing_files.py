"""Files in both directions: chosen, dropped, pasted, watched on their way, shown."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.waiting import wait_until
from tests.support.webchat_desk import ChatDesk, picture_bytes
from tests.webhook_gateway.webchat.widget.rig import Shop
from tests.webhook_gateway.webchat.widget.screen import Widget

PDF = b"%PDF-1.7 of the tests"
_CARRY = """
([selector, how, name, type, size]) => {
  const target = document.querySelector('sportello-chat').shadowRoot.querySelector(selector);
  const held = new DataTransfer();
  held.items.add(new File(['x'.repeat(size)], name, {type}));
  const more = {bubbles: true, cancelable: true, composed: true};
  if (how === 'paste') target.dispatchEvent(new ClipboardEvent('paste', {clipboardData: held, ...more}));
  else for (const step of ['dragenter', 'dragover', 'drop'])
    target.dispatchEvent(new DragEvent(step, {dataTransfer: held, ...more}));
}
"""


def test_a_chosen_file_goes_with_the_text(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.attach("invoice.pdf", "application/pdf", PDF)
    expect(widget.sheet.locator(".chip .file-name")).to_have_text("invoice.pdf")
    expect(widget.send).to_be_enabled()
    widget.write("my invoice")
    wait_until(lambda: desk.messages)
    assert (desk.messages[0]["kind"], desk.messages[0]["text"]) == ("files", "my invoice")
    file = widget.own.last.locator("a.file")
    expect(file).to_contain_text("invoice.pdf")
    assert shop.gateway in str(file.get_attribute("href"))
    expect(widget.sheet.locator(".chip")).to_have_count(0)


def test_several_files_go_without_text(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.attach("one.png", "image/png", picture_bytes())
    widget.attach("two.pdf", "application/pdf", PDF)
    expect(widget.sheet.locator(".chip")).to_have_count(2)
    expect(widget.send).to_be_enabled()
    widget.send.click()
    wait_until(lambda: desk.messages)
    assert (desk.messages[0]["kind"], len(desk.messages[0]["files"])) == ("files", 2)
    expect(widget.own.last.locator("img.picture")).to_have_js_property("complete", True)


@pytest.mark.parametrize(("how", "selector"), [("paste", "textarea.write"), ("drop", "[role=log]")])
def test_a_file_that_is_dropped_or_pasted_comes_along(
    shop: Shop, desk: ChatDesk, how: str, selector: str
) -> None:
    widget = Widget(shop.open()).open()
    widget.page.evaluate(_CARRY, [selector, how, "note.txt", "text/plain", 40])
    expect(widget.sheet.locator(".chip .file-name")).to_have_text("note.txt")
    expect(widget.send).to_be_enabled()
    widget.send.click()
    wait_until(lambda: desk.messages)
    assert desk.messages[0]["kind"] == "files"


def test_an_upload_can_be_given_up(shop: Shop, desk: ChatDesk) -> None:
    desk.slow_uploads.clear()
    widget = Widget(shop.open()).open()
    widget.attach("invoice.pdf", "application/pdf", PDF)
    expect(widget.sheet.locator(".chip progress")).to_be_visible()
    widget.box.fill("meanwhile")
    expect(widget.send).to_be_disabled()
    widget.sheet.get_by_role("button", name=f"{widget.say('cancel')}: invoice.pdf").click()
    expect(widget.sheet.locator(".chip")).to_have_count(0)
    widget.write("without it")
    wait_until(lambda: desk.messages)
    desk.slow_uploads.set()
    assert (desk.messages[0]["kind"], desk.messages[0].get("files")) in (("text", None), ("text", []))


def test_what_cannot_be_taken_is_said_before_it_goes(shop: Shop, desk: ChatDesk) -> None:
    desk.limits["file_bytes"] = 1_000
    widget = Widget(shop.open()).open()
    widget.attach("big.pdf", "application/pdf", PDF + b"x" * 1_000)
    expect(widget.problem).to_contain_text("big.pdf")
    expect(widget.sheet.locator(".chip")).to_have_count(0)
    widget.attach("page.html", "text/html", b"<script>")
    expect(widget.problem).to_contain_text("page.html")
    assert not any("/files" in each for each in desk.requests)


def test_what_the_desk_refuses_is_said_and_does_not_stop_the_rest(shop: Shop, desk: ChatDesk) -> None:
    shop.allowed.append("415 (UNSUPPORTED MEDIA TYPE)")
    widget = Widget(shop.open()).open()
    widget.attach("cat.png", "image/png", b"<svg onload='window.hit=1'></svg>")
    expect(widget.sheet.locator(".chip.is-failed")).to_contain_text("cat.png")
    assert desk.refused.pop().startswith("415")
    widget.write("Hello")
    wait_until(lambda: desk.messages)
    assert desk.messages[0]["kind"] == "text"


def test_files_of_the_desk_show_and_a_lost_picture_is_a_name(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.write("Hello")
    widget.is_in_state("delivered")
    picture = desk.keep_file("room.png", picture_bytes(), "image/png", "image")
    letter = desk.keep_file("letter.pdf", PDF, "application/pdf", "document")
    lost = desk.keep_file("lost.png", b"no picture at all", "image/png", "image")
    desk.say("Here", files=[picture, letter, lost])
    line = widget.lines.last
    expect(line.locator("img.picture")).to_have_count(1)
    expect(line.locator("a.file")).to_have_count(2)
    expect(line.locator("a.file").nth(0)).to_contain_text("letter.pdf")
    expect(line.locator("a.file").nth(1)).to_contain_text("lost.png")


def test_a_desk_without_files_offers_none(shop: Shop, desk: ChatDesk) -> None:
    desk.offer["files"] = False
    widget = Widget(shop.open()).open()
    expect(widget.box).to_be_visible()
    expect(widget.button("attach")).to_be_hidden()
    widget.page.evaluate(_CARRY, ["textarea.write", "paste", "note.txt", "text/plain", 40])
    expect(widget.sheet.locator(".chip")).to_have_count(0)
