"""The phone page in a real browser: what a person taps becomes a webhook, what the desk sends is drawn."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from sandbox.app import create_app
from sandbox.config import Settings, TwilioAccount
from tests.sandbox.conftest import ACCOUNT, DANIELE, MESSAGES, TOKEN, Client, FakeGateway
from tests.support.browser import running_browser

pytestmark = pytest.mark.journey


def png(width: int = 120, height: int = 80) -> bytes:
    """A real picture, so that the browser draws it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        raw = kind + content
        return struct.pack(">I", len(content)) + raw + struct.pack(">I", zlib.crc32(raw))

    rows = b"".join(
        b"\x00" + bytes(v for x in range(width) for v in (x * 2 % 256, y * 3 % 256, 120))
        for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def app(gateway: FakeGateway) -> Flask:
    twilio = TwilioAccount(f"AC{'0' * 32}", "the auth token", "+390550000002", "http://gateway.test")
    return create_app(Settings("http://gateway.test", ACCOUNT, twilio=twilio), gateway)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page, which must get by without a single complaint of the browser's."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(8000)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.goto(address)
    expect(page.locator(".contact-state")).to_have_text("+39 02 8088 1234")
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def desk(address: str) -> Callable[..., str]:
    """Sends a message as the desk does; returns its id."""

    def desk(kind: str, content: Any, **more: Any) -> str:
        body = {"messaging_product": "whatsapp", "to": DANIELE, "type": kind, kind: content, **more}
        answer = httpx.post(address + MESSAGES, headers=TOKEN, json=body).raise_for_status()
        message_id: str = answer.json()["messages"][0]["id"]
        return message_id

    return desk


def bubble(page: Page, message_id: str) -> Any:
    return page.locator(f'.line[data-id="{message_id}"]')


def written(page: Page, words: str) -> Any:
    """The customer's own bubble with these words, once the gateway has it."""
    line = page.locator(".line.own", has_text=words)
    expect(line).to_have_attribute("data-state", "accepted")
    return line


def last_item(gateway: FakeGateway) -> dict[str, Any]:
    item: dict[str, Any] = gateway.values()[-1]["messages"][0]
    return item


def deed(page: Page, line: Any, name: str) -> None:
    line.hover()
    line.locator(".more").click()
    line.get_by_role("button", name=name).click()


def test_a_photo_with_a_caption_is_sent_and_drawn(page: Page, gateway: FakeGateway) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach").click()
        page.get_by_role("button", name="Photo").click()
    chooser.value.set_files({"name": "caldaia.png", "mimeType": "image/png", "buffer": png()})
    page.get_by_label("Message to the desk").fill("La caldaia perde")
    page.get_by_role("button", name="Send", exact=True).click()

    line = written(page, "La caldaia perde")
    picture = line.locator("img.picture")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 120
    item = last_item(gateway)
    assert (item["type"], item["image"]["caption"], item["image"]["mime_type"]) == (
        "image", "La caldaia perde", "image/png",
    )  # fmt: skip


def test_a_voice_note_goes_out_as_soon_as_it_is_chosen(page: Page, gateway: FakeGateway) -> None:
    page.get_by_label("Message to the desk").fill("half a thought")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach").click()
        page.get_by_role("button", name="Voice note").click()
    chooser.value.set_files({"name": "nota.ogg", "mimeType": "audio/ogg", "buffer": b"OggS" * 30})

    expect(page.locator(".line.own audio")).to_be_visible()
    expect(page.locator(".line.own")).to_have_attribute("data-state", "accepted")
    assert last_item(gateway)["audio"]["voice"] is True
    expect(page.get_by_label("Message to the desk")).to_have_value("half a thought")


def test_a_reaction_an_edit_and_a_deletion_reach_the_desk_and_show(
    page: Page, gateway: FakeGateway, desk: Callable[..., str]
) -> None:
    answer = desk("text", {"body": "Arriviamo alle 15"})
    deed(page, bubble(page, answer), "React 👍")
    expect(bubble(page, answer).locator(".reactions")).to_have_text("👍")
    assert last_item(gateway)["reaction"] == {"message_id": answer, "emoji": "👍"}

    page.get_by_label("Message to the desk").fill("A giovedì")
    page.keyboard.press("Enter")
    own = written(page, "A giovedì").get_attribute("data-id")
    deed(page, bubble(page, own), "Edit")
    page.get_by_label("Message to the desk").fill("A venerdì")
    page.keyboard.press("Enter")
    expect(bubble(page, own)).to_contain_text("A venerdì")
    expect(bubble(page, own)).to_contain_text("edited")
    assert last_item(gateway)["edit"]["original_message_id"] == own

    deed(page, bubble(page, own), "Delete")
    expect(bubble(page, own)).to_contain_text("You deleted this message")
    assert last_item(gateway)["revoke"] == {"original_message_id": own}


def test_a_tapped_button_and_a_row_of_a_list_say_which_one(
    page: Page, gateway: FakeGateway, desk: Callable[..., str]
) -> None:
    buttons = [{"type": "reply", "reply": {"id": f"b{n}", "title": t}} for n, t in enumerate(("Sì", "No"))]
    asked = desk(
        "interactive", {"type": "button", "body": {"text": "Va bene?"}, "action": {"buttons": buttons}}
    )
    bubble(page, asked).get_by_role("button", name="Sì").click()
    written(page, "Sì")
    item = last_item(gateway)
    assert item["interactive"] == {"type": "button_reply", "button_reply": {"id": "b0", "title": "Sì"}}
    assert item["context"]["id"] == asked

    rows = [{"id": "r1", "title": "Martedì", "description": "9-12"}, {"id": "r2", "title": "Mercoledì"}]
    action = {"button": "Scegli", "sections": [{"title": "Mattina", "rows": rows}]}
    listed = desk("interactive", {"type": "list", "body": {"text": "Quando?"}, "action": action})
    bubble(page, listed).get_by_role("button", name="Scegli").click()
    page.locator(".sheet").get_by_role("button", name="Martedì").click()
    written(page, "Martedì")
    assert last_item(gateway)["interactive"]["list_reply"] == {
        "id": "r1", "title": "Martedì", "description": "9-12",
    }  # fmt: skip


def test_a_template_is_drawn_with_picture_and_buttons_and_its_quick_reply_answers(
    page: Page, gateway: FakeGateway, desk: Callable[..., str], upload: Callable[..., str]
) -> None:
    def texts(*words: str) -> list[dict[str, str]]:
        return [{"type": "text", "text": word} for word in words]

    picture = {"type": "image", "image": {"id": upload(png())}}
    components = [
        {"type": "header", "parameters": [picture]},
        {"type": "body", "parameters": texts("Daniele", "A-1042")},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": texts("A-1042")},
        {"type": "button", "sub_type": "quick_reply", "index": "2",
         "parameters": [{"type": "payload", "payload": "not-here"}]},
    ]  # fmt: skip
    sent = desk("template", {"name": "delivery_photo", "language": {"code": "it"}, "components": components})
    line = bubble(page, sent)
    expect(line.locator("img.picture")).to_be_visible()
    expect(line).to_contain_text("Ciao Daniele, il pacco A-1042")
    expect(line.get_by_role("link", name="Segui il pacco")).to_have_attribute(
        "href", "https://example.com/track/A-1042"
    )
    line.get_by_role("button", name="Non l'ho ricevuto").click()
    written(page, "Non l'ho ricevuto")
    assert last_item(gateway)["button"] == {"payload": "not-here", "text": "Non l'ho ricevuto"}


def test_two_phones_stand_side_by_side_and_each_writes_as_its_customer(
    page: Page, gateway: FakeGateway
) -> None:
    page.get_by_role("button", name="Second phone").click()
    fields = page.get_by_label("Message to the desk")
    expect(fields).to_have_count(2)
    for n, words in enumerate(("da Daniele", "da Anna")):
        fields.nth(n).fill(words)
        fields.nth(n).press("Enter")
        written(page, words)
    senders = [value["contacts"][0]["profile"]["name"] for value in gateway.values()]
    assert senders == ["Daniele Asmonti", "Anna Rossi"]


def test_the_clock_dates_what_is_sent_and_the_panel_plans_faults(
    page: Page, gateway: FakeGateway, client: Client
) -> None:
    page.get_by_label("What is sent is dated").select_option("25h")
    expect(page.locator(".dated")).to_contain_text("Will be dated")
    page.get_by_label("Message to the desk").fill("Ieri")
    page.keyboard.press("Enter")
    written(page, "Ieri")
    customers = client.get("/api/meta/phone").json["customers"]
    newest = max(c["messages"][-1]["at"] for c in customers if c["messages"])
    assert last_item(gateway)["timestamp"] == str(int(newest))
    assert customers[0]["last_wrote_at"] == int(newest)

    page.get_by_role("button", name="No files × 3").click()
    expect(page.locator("#pending-text")).to_have_text("Next: HTTP 503 on a file × 3")
    page.get_by_label("The desk's token is valid").uncheck()
    expect(page.locator("#panel-error")).to_be_hidden()
    page.get_by_role("button", name="Cancel", exact=True).first.click()
    expect(page.locator("#pending")).to_be_hidden()
    answer = client.get("/graph/v26.0/109876543210987", headers=TOKEN)
    assert (answer.status_code, answer.json["error"]["code"]) == (401, 190)


def test_a_place_and_a_card_are_asked_for_and_sent(page: Page, gateway: FakeGateway) -> None:
    for name, kind, words in (
        ("Location", "location", "Duomo di Milano"),
        ("Contact", "contacts", "Barbara Neri"),
    ):
        page.get_by_role("button", name="Attach").click()
        page.get_by_role("button", name=name, exact=True).click()
        page.locator("dialog[open]").get_by_role("button", name="Send").click()
        written(page, words)
        assert last_item(gateway)["type"] == kind


def test_the_same_phone_writes_through_twilio_what_twilio_can_carry(page: Page, gateway: FakeGateway) -> None:
    page.get_by_text("Twilio", exact=True).click()
    expect(page.locator(".contact-state")).to_have_text("+390550000002")
    page.get_by_role("button", name="Attach").click()
    expect(page.get_by_role("button", name="Order", exact=True)).to_be_disabled()
    expect(page.get_by_label("What is sent is dated")).to_be_disabled()
    page.get_by_role("button", name="Contact", exact=True).click()
    page.locator("dialog[open]").get_by_role("button", name="Send").click()
    expect(page.locator(".line.own .file")).to_contain_text("contact.vcf")
    page.get_by_label("Message to the desk").fill("Ciao da Twilio")
    page.keyboard.press("Enter")
    line = written(page, "Ciao da Twilio")
    card, text = (parse_qs(request.content.decode()) for request in gateway.requests)
    assert (card["MediaContentType0"], text["Body"]) == (["text/vcard"], ["Ciao da Twilio"])
    line.hover()
    line.locator(".more").click()
    expect(line.get_by_role("button", name="Edit")).to_be_disabled()
    expect(line.get_by_role("button", name="React 👍")).to_be_disabled()

    page.get_by_text("Meta", exact=True).click()
    expect(page.locator(".line")).to_have_count(0)


def test_a_hostile_name_and_text_stay_text(page: Page, desk: Callable[..., str]) -> None:
    nasty = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
    sent = desk("document", {"link": "https://example.com/x.pdf", "filename": nasty[:200], "caption": nasty})
    expect(bubble(page, sent).locator(".words")).to_have_text(nasty)
    assert "owned" not in page.title()
    assert bubble(page, sent).locator("img, script").count() == 0


def test_files_are_kept_apart_by_what_a_page_may_show(client: Client, upload: Callable[..., str]) -> None:
    shown = client.get(f"/api/meta/media/{upload(png())}")
    kept = client.get(f"/api/meta/media/{upload(b'<script>', 'text/html', 'a.html')}")
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert kept.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in kept.headers["Content-Security-Policy"]
    assert client.get("/api/meta/media/1").status_code == 404
    foreign = client.post(
        "/api/meta/media",
        data={"file": (io.BytesIO(b"x"), "a.txt")},
        content_type="multipart/form-data",
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert foreign.status_code == 403
