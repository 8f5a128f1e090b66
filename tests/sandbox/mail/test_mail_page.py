"""The mailbox page in a real browser: what a customer writes reaches the desk, what it sends is drawn."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.sandbox.mail.conftest import ANNA, SUPPORT, DeskSide, answer_of_desk
from tests.support.browser import running_browser

pytestmark = [pytest.mark.integration, pytest.mark.journey]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def address(app: Flask, desk: DeskSide) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    app.extensions["sandbox"].events.closing = True
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, address: str, complaints: list[str]) -> Iterator[Page]:
    """The page, which must get by without a single complaint of the browser's, and without leaving here."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("response", lambda got: complaints.append(got.url) if address not in got.url else None)
    page.goto(f"{address}/mail")
    expect(page.locator("#owner-address")).to_have_text(ANNA)
    yield page
    context.close()
    assert complaints == []


def test_a_customer_writes_with_a_file_and_answers_the_desk(page: Page, desk: DeskSide) -> None:
    page.get_by_role("button", name="Write", exact=True).click()
    expect(page.get_by_label("To", exact=True)).to_have_value(SUPPORT)
    page.get_by_label("Subject").fill("Caldaia")
    page.get_by_label("What you write").fill("Perde acqua")
    files = {"name": "foto.png", "mimeType": "image/png", "buffer": b"\x89PNG"}
    page.locator(".letter input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".mail.own")).to_contain_text("Perde acqua")
    (first,) = desk.mails()
    assert [part.get_filename() for part in first.iter_attachments()] == ["foto.png"]

    mail = answer_of_desk(
        In_Reply_To=first["Message-ID"], Reply_To="support+tt1-abcdefghijkl@sportello.example"
    )
    mail.add_alternative("<p>Arriviamo <b>domani</b></p>", subtype="html")
    desk.sends(mail)
    expect(page.frame_locator(".mail iframe").locator("b")).to_have_text("domani")
    expect(page.locator("#calls .call")).to_have_count(1)

    page.get_by_role("button", name="Reply", exact=True).click()
    page.get_by_label("What you write").fill("Va bene")
    page.get_by_label("Quote like").select_option("outlook")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".mail")).to_have_count(3)
    second = desk.waits_for(2)[1]
    assert second["To"] == "support+tt1-abcdefghijkl@sportello.example"
    plain = second.get_body(("plain",))
    assert plain is not None
    assert "Oggetto: Re: Caldaia" in plain.get_content()


def test_the_desks_mail_is_bounced_and_answered_by_an_absence(page: Page, desk: DeskSide) -> None:
    desk.sends(answer_of_desk())
    page.get_by_role("button", name="Bounce").click()
    page.locator(".mail", has_text="arriviamo").get_by_role("button", name="Out of office").click()
    bounce, absence = desk.waits_for(2)
    assert bounce.get_content_type() == "multipart/report"
    assert absence["Auto-Submitted"] == "auto-replied"
    expect(page.locator(".mail", has_text="written by a machine").first).to_be_visible()


def test_html_that_wants_to_run_or_fetch_something_does_neither(
    page: Page, desk: DeskSide, complaints: list[str]
) -> None:
    mail = answer_of_desk()
    nasty = (
        '<p id="x">Buongiorno</p><script>document.title="run"</script><img src="data:x" onerror="top.done=1">'
        '<img src="https://tracker.example/p.gif"><form action="https://evil.example"><button>b</button></form>'
        '<meta http-equiv="refresh" content="0;url=https://evil.example">'
    )
    mail.add_alternative(nasty, subtype="html")
    desk.sends(mail)
    expect(page.frame_locator(".mail iframe").locator("#x")).to_have_text("Buongiorno")
    assert page.evaluate("window.done") is None
    expect(page).to_have_title(re.compile("mailbox"))
    assert [words for words in complaints if "Content Security Policy" in words]
    assert [words for words in complaints if words.startswith("http")] == []
    complaints.clear()  # the browser tells of each thing it refused


def test_a_mailbox_that_is_full_and_a_fault_are_set_on_the_page(page: Page, desk: DeskSide) -> None:
    page.get_by_label("This mailbox").select_option("full")
    expect(page.locator("#habit")).to_have_value("full")
    page.get_by_role("button", name="Unknown user").click()
    expect(page.locator("#pending-text")).to_have_text("Next: code 5.1.1 × 1")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#pending")).to_be_hidden()
