"""A ticket's way through the statuses over REST."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.ticket_service.api.rig import Rig

pytestmark = pytest.mark.integration


def test_the_time_in_each_status_and_who_moved_it(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}"
    rig.clock.forward(minutes=5)
    rig.change(path, {"status": "closed", "title": "Other"})
    rig.clock.forward(hours=1)
    rig.change(path, {"status": "open"})
    rig.clock.forward(seconds=30)
    process = rig.get(f"{path}/process").get_json()
    shown = [
        (stay["status"]["key"], stay["seconds"], stay["entered_by"]["kind"]) for stay in process["stays"]
    ]
    assert shown == [("open", 300, "customer"), ("closed", 3_600, "agent"), ("open", 30, "agent")]
    assert process["stays"][0]["left_at"] == "2025-02-27T12:05:00Z"
    assert process["stays"][-1]["left_at"] is None
    assert [(total["status"]["label"], total["seconds"], total["times"]) for total in process["totals"]] == [
        ("Open", 330, 2), ("Closed", 3_600, 1),
    ]  # fmt: skip
    assert [(move["from"]["key"], move["to"]["key"]) for move in process["moves"]] == [
        ("open", "closed"), ("closed", "open"),
    ]  # fmt: skip


def test_the_graph_is_an_image_that_can_run_nothing(rig: Rig) -> None:
    answer = rig.get(f"/tickets/{rig.hear()}/process-graph.svg")
    assert answer.content_type == "image/svg+xml"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    drawn = ElementTree.fromstring(answer.get_data(as_text=True))
    assert len(drawn.findall(".//{http://www.w3.org/2000/svg}rect")) == 4


def test_unknown_tickets_have_none(rig: Rig) -> None:
    for path in ("process", "process-graph.svg", "history"):
        assert rig.get(f"/tickets/TT404/{path}").status_code == 404
