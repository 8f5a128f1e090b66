"""The picture of a ticket's way: whole, harmless, and right about where the ticket is."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from services.ticket_service.domain.history import DESK, OPENED, STATUS, HistoryEntry
from services.ticket_service.domain.presets import PRESETS
from services.ticket_service.domain.process import Stay, stays
from services.ticket_service.domain.status import Status
from services.ticket_service.render.process_graph import duration, process_graph
from tests.ticket_service.building import at

SVG = "{http://www.w3.org/2000/svg}"


def way(*statuses: str) -> list[Stay]:
    """A minute in each of these."""
    entries = [
        HistoryEntry(str(n), "t", at(60 * n), DESK, STATUS if n else OPENED, None, key)
        for n, key in enumerate(statuses)
    ]
    return stays(entries, at(60 * len(statuses)))


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_status_is_drawn_and_the_current_one_stands_out(preset: str) -> None:
    statuses = PRESETS[preset]
    drawn = ElementTree.fromstring(process_graph("TT1", statuses, way(statuses[0].key, statuses[1].key)))
    boxes = drawn.findall(f".//{SVG}rect")
    assert len(boxes) == len(statuses)
    assert [box.get("stroke-width") for box in boxes].index("4") == 1
    assert len(drawn.findall(f".//{SVG}path[@class='move']")) == 1


def test_moves_both_ways_and_statuses_that_are_gone_are_drawn() -> None:
    drawn = process_graph("TT1", PRESETS["S000"], way("open", "closed", "open", "vanished"))
    assert drawn.count('class="move"') == 3
    assert "vanished" in drawn


def test_labels_cannot_break_out_of_the_picture() -> None:
    evil = '"/><script>alert(1)</script><rect x="'
    status = Status("evil", evil, "", 'red" onload="alert(1)', 0, frozenset())
    drawn = process_graph(f"TT\x001 {evil}", [status], way("evil"))
    assert "<script" not in drawn
    assert "onload" not in drawn
    ElementTree.fromstring(drawn)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (61, "1 min 1 s"),
        (3_600, "1 h"),
        (90_061, "1 d 1 h"),
        (10**9, "11574 d 1 h"),
    ],
)
def test_times_are_short(seconds: int, shown: str) -> None:
    assert duration(seconds) == shown
