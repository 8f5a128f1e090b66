"""One browser for all tests here; each has a site and a chat of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import running_browser
from tests.support.webchat_desk import ChatDesk
from tests.webhook_gateway.webchat.widget.rig import SHOP, Shop, shop_of


@pytest.fixture(scope="session")
def _browser() -> Iterator[Browser]:
    with running_browser(f"--host-resolver-rules=MAP {SHOP} 127.0.0.1") as browser:
        yield browser


@pytest.fixture
def desk() -> ChatDesk:
    """Nobody has written yet."""
    return ChatDesk()


@pytest.fixture
def shop(desk: ChatDesk, _browser: Browser) -> Iterator[Shop]:
    """The site; the test fails when one of its pages complains or a request of the widget is refused."""
    with shop_of(desk, _browser) as shop:
        yield shop
        shop.close()
