"""One prepared desk for all tests here, empty at the beginning of each, and a browser on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser

from tests.support.browser import running_browser
from tests.ticket_service.api.rig import Rig, running
from tests.ticket_service.console.rig import Screen, served


@pytest.fixture(scope="session")
def _session_rig(mongodb_uri: str) -> Iterator[Rig]:
    with running(mongodb_uri) as rig:
        yield rig


@pytest.fixture
def rig(_session_rig: Rig) -> Rig:
    """The desk: S000, the time zone of Rome, an administrator (anna), an agent (bruno), a viewer (vera)."""
    _session_rig.clean()
    return _session_rig


@pytest.fixture(scope="session")
def _address(_session_rig: Rig) -> Iterator[str]:
    with served(_session_rig.app) as address:
        yield address


@pytest.fixture(scope="session")
def _browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def screen(rig: Rig, _address: str, _browser: Browser) -> Iterator[Screen]:
    """A browser on the desk, whose clock shows the time of now; the test fails when a page complains."""
    rig.clock.now = datetime.now(UTC).replace(microsecond=0)
    screen = Screen(rig, _address, _browser)
    yield screen
    screen.close()
