"""Every case here is run against each world there is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Response

from tests.support.webchat_desk import ChatDesk
from tests.support.webchat_doors import gateway, served
from tests.webhook_gateway.webchat.protocol.real import real_doors
from tests.webhook_gateway.webchat.protocol.worlds import Imitation, Tab, World


@pytest.fixture(params=["imitation", "real"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """The doors of a chat that nobody has entered."""
    if request.param == "real":
        with real_doors() as real:
            yield real
        return
    desk = ChatDesk()
    with served(gateway(desk, lambda: Response(content_type="text/javascript"))) as address:
        yield Imitation(desk, address)


@pytest.fixture
def tab(world: World) -> Iterator[Tab]:
    """A page of the site whose visitor has entered."""
    tab = Tab(world)
    tab.enter()
    yield tab
    tab.http.close()
