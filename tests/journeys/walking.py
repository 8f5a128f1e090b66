"""People at a running desk: they log in on the page and work in a browser."""

from __future__ import annotations

import re
from typing import Any, Final

from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.desk import Desk
from tests.support.watched import Watched

SLOW: Final = 30_000


class Walker(Watched):
    """Browsers on the console of a running desk."""

    def __init__(self, desk: Desk, browser: Browser) -> None:
        super().__init__(desk.endpoints["ticket_service"], browser)
        self.desk = desk

    def log_in(self, email: str = "", password: str = "", *, path: str = "/tickets", **options: Any) -> Page:
        """Somebody (the first administrator unless named) who came to a page and had to log in first."""
        known = self.desk.credentials["console"]
        page = self.context(**options).new_page()
        page.goto(path)
        page.get_by_label("E-mail address").fill(email or known["email"])
        page.get_by_label("Password").fill(password or known["password"])
        page.get_by_role("button", name="Log in", exact=True).click()
        page.wait_for_url(re.compile(re.escape(path)))
        return page

    def ticket(self, page: Page, number: str) -> Page:
        """The page of a ticket."""
        self.goto(page, f"/tickets/{number}")
        expect(page.locator("#ticket-pane")).to_have_attribute("data-ticket", number)
        return page


def bubble(page: Page, words: str) -> Locator:
    """The bubble that says this."""
    return page.locator("#timeline-scroll article, #timeline-scroll .note").filter(has_text=words).last


def write(page: Page, words: str) -> None:
    """Type into the action box."""
    page.locator("#composer-text").fill(words)


def send(page: Page, status: str = "") -> None:
    """Send what is in the action box, with the status that the arrow beside the button offers."""
    if not status:
        page.locator("#composer [data-do=send]").click()
        return
    page.get_by_role("button", name="Send and set the status").click()
    page.locator(f'#composer .dropdown-menu.show [data-label="{status}"]').click()


def has_left(page: Page, words: str) -> None:
    """Wait until what was sent has reached the provider; otherwise say what the page says."""
    ticks = bubble(page, words).get_by_title(re.compile("Sent|Delivered|Read"))
    try:
        expect(ticks.first).to_be_visible(timeout=2 * SLOW)
    except AssertionError as error:
        said = page.locator("#composer, .toast, #timeline-scroll").all_inner_texts()
        raise AssertionError(f"{words!r} did not leave; the page says: {said}") from error


def set_status(page: Page, status: str) -> None:
    """The status drop-down of the ticket."""
    page.locator("#ticket-status").click()
    page.locator(f'.dropdown-menu.show [data-label="{status}"]').click()


def shows_status(page: Page, status: str) -> None:
    """Wait until the page shows this status."""
    expect(page.locator("#ticket-status")).to_contain_text(status, timeout=SLOW)
