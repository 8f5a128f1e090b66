"""The page of a ticket: what it shows of each kind of message, of changes, of what stands beside."""

from __future__ import annotations

import pytest

from tests.ticket_service.api.rig import Rig
from tests.ticket_service.console.rig import page

pytestmark = pytest.mark.integration


def test_shows_the_description_then_the_comments(rig: Rig) -> None:
    number = rig.hear("Buongiorno, vorrei contattarvi", phone="+393351032246")
    rig.hear("Siete aperti?", phone="+393351032246")

    shown = page(rig, f"/tickets/{number}")

    bubbles = shown.select("#timeline .bubble")
    assert [bubble.select_one(".bubble-text").get_text() for bubble in bubbles] == [
        "Buongiorno, vorrei contattarvi",
        "Siete aperti?",
    ]
    assert bubbles[0].select_one(".bubble-part").get_text() == "Description"
    assert "#1" in bubbles[1].select_one(".bubble-foot").get_text()
