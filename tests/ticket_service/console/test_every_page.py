"""Every page there is: nothing for axe-core to find, quiet in the browser, and no wider than the screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from services.ticket_service import app
from services.ticket_service.console.pages import PAGE_NEEDS
from tests.support.demo import furnish
from tests.support.watched import OTHER_WIDTH_AND_COLOURS
from tests.ticket_service.api.rig import Rig
from tests.ticket_service.console.crawl import Walk, walk
from tests.ticket_service.console.rig import Screen

assert app, "importing the application registers every page"
pytestmark = pytest.mark.integration
_BY_SCRIPTS: Final = frozenset(
    {
        *("console-conversations.earlier", "console-ticket.timeline"),  # what came before, on scroll
        *(
            "console-ticket.mail",
            "console-ticket.original",
        ),  # only where there is a mail, not in every ticket
        *("console-live.of_anything", "console-records.start"),  # by its id, by its bare address
    }
)
"""Parts of pages that no link leads to: scripts ask for them, and their own tests look at them."""
_TOO_WIDE: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Furnished:
    """A lived-in desk, how its pages are reached, and a window on it."""

    screen: Screen
    walk: Walk
    page: Page


@pytest.fixture(scope="module")
def furnished(_session_rig: Rig, _address: str, _browser: Browser) -> Iterator[Furnished]:
    _session_rig.clean()
    _session_rig.clock.now = datetime.now(UTC).replace(microsecond=0)
    furnish(_session_rig)
    screen = Screen(_session_rig, _address, _browser)
    yield Furnished(screen, walk(_session_rig, *_noted(_session_rig)), screen.open("/healthz"))
    screen.close()


def _noted(rig: Rig) -> list[str]:
    """The person and the organization that somebody wrote notes about."""
    about = [str(each).partition(":") for each in rig.db["notes"].distinct("about")]
    return [f"/{kind}s/{record}?part=notes" for kind, _, record in about]


def test_no_link_is_broken(furnished: Furnished) -> None:
    assert furnished.walk.broken == []


@pytest.mark.parametrize("endpoint", sorted(PAGE_NEEDS))
def test_is_reached_by_links_accessible_quiet_and_fits(furnished: Furnished, endpoint: str) -> None:
    whole, parts = furnished.walk.pages.get(endpoint, []), furnished.walk.parts.get(endpoint, [])
    assert whole or parts or endpoint in _BY_SCRIPTS, "no page has a link to it"
    if whole:
        _look(furnished.screen, furnished.page, whole[0])


def _look(screen: Screen, page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    screen.goto(page, address)
    screen.axe(page)
    _fits(page)
    page.set_viewport_size({"width": 360, "height": 760})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    screen.axe(page, rules=OTHER_WIDTH_AND_COLOURS)
    _fits(page)
    complaints, screen.complaints[:] = list(screen.complaints), []
    assert complaints == []


def _fits(page: Page) -> None:
    overflow = page.evaluate(_TOO_WIDE)
    assert overflow <= 0, f"{page.url} is {overflow} px wider than the screen"
