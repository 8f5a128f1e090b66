"""Every page there is: nothing for axe-core to find, no complaint of the browser, not wider than the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from services.ticket_service.app import create_app
from services.ticket_service.console.pages import PAGE_NEEDS
from tests.support.demo import furnish
from tests.ticket_service.api.rig import Rig
from tests.ticket_service.console.rig import Screen
from tests.ticket_service.console.samples import NO_PAGE, SAMPLES, Desk, desk_of

pytestmark = pytest.mark.integration
_WIDTHS: Final = ((1440, False), (360, True))


@pytest.fixture(scope="module")
def furnished(
    _session_rig: Rig, _address: str, _browser: Browser
) -> Iterator[tuple[Screen, Page, Page, Desk]]:
    """One lived-in desk, a wide light window and a narrow dark one."""
    _session_rig.clean()
    _session_rig.clock.now = datetime.now(UTC).replace(microsecond=0)
    furnish(_session_rig)
    screen = Screen(_session_rig, _address, _browser)
    wide, narrow = (screen.open("/healthz", width=width, dark=dark) for width, dark in _WIDTHS)
    yield screen, wide, narrow, desk_of(_session_rig)
    screen.close()


@pytest.mark.parametrize("endpoint", sorted(SAMPLES))
@pytest.mark.parametrize("narrow", [False, True], ids=["1440", "360"])
def test_is_accessible_quiet_and_fits(
    furnished: tuple[Screen, Page, Page, Desk], endpoint: str, narrow: bool
) -> None:
    screen, wide, phone, desk = furnished
    page = phone if narrow else wide
    for address in _addresses(SAMPLES[endpoint], desk):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        page.wait_for_load_state("load")
        screen.axe(page)
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{address} is {overflow} px wider than the screen"
        assert not screen.complaints, screen.complaints


def test_no_page_is_left_out() -> None:
    create_app  # noqa: B018 - importing it registers every page
    assert set(PAGE_NEEDS) == set(SAMPLES) | set(NO_PAGE)


def _addresses(sample: str | Callable[[Desk], Any], desk: Desk) -> list[str]:
    found = sample if isinstance(sample, str) else sample(desk)
    return [found] if isinstance(found, str) else list(found)
