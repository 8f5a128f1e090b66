"""Quarantined items over REST: seen, replayed, discarded, each once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.ticket_service.api.rig import ANNA, Rig

pytestmark = pytest.mark.integration


def test_an_item_shows_why_it_was_put_aside(rig: Rig) -> None:
    item = rig.quarantine()
    shown = rig.get(f"/quarantine/{item}").get_json()
    assert shown == {
        "id": item,
        "service": "webhook_gateway",
        "reason": "unknown-channel",
        "detail": "No channel has the phone number id 5550001.",
        "payload": '{"id":"5550001"}',
        "quarantined_at": "2025-02-27T12:00:00Z",
        "original": None,
        "replayable": True,
        "state": "held",
        "decided_at": None,
        "decided_by": None,
    }
    assert rig.get("/quarantine").get_json()["items"] == [shown]
    assert rig.get("/quarantine/none").status_code == 404


def test_items_are_filtered_and_paged(rig: Rig) -> None:
    items = []
    for reason in ("unknown-channel", "malformed", "malformed"):
        items.append(rig.quarantine(reason))
        rig.clock.forward(seconds=1)
    rig.post(f"/quarantine/{items[1]}/discard")
    for query, expected in (
        ("", items[::-1]),
        ("?state=held", [items[2], items[0]]),
        ("?state=discarded", [items[1]]),
        ("?reason=malformed", [items[2], items[1]]),
        ("?reason=malformed&state=held", [items[2]]),
    ):
        assert [item["id"] for item in rig.get(f"/quarantine{query}").get_json()["items"]] == expected
    first = rig.get("/quarantine?limit=2").get_json()
    second = rig.get("/quarantine", query_string={"limit": 2, "cursor": first["next"]}).get_json()
    assert [item["id"] for item in first["items"] + second["items"]] == items[::-1]
    assert rig.get("/quarantine?state=gone").status_code == 422


def test_a_replay_publishes_the_original_bytes_once(rig: Rig) -> None:
    item = rig.quarantine()
    answer = rig.post(f"/quarantine/{item}/replay")
    assert answer.status_code == 200
    assert answer.get_json()["state"] == "replayed"
    assert (answer.get_json()["decided_at"], answer.get_json()["decided_by"]) == (
        "2025-02-27T12:00:00Z",
        ANNA,
    )
    (entry,) = rig.outbox()
    assert (entry["exchange"], entry["routing_key"]) == ("sportello.events", "webhook.replayed")
    assert bytes(entry["body"]) == b'{"as":"it came"}'
    assert rig.get(f"/quarantine/{item}").get_json() == answer.get_json()
    again = rig.post(f"/quarantine/{item}/replay")
    assert (again.status_code, again.get_json()["type"]) == (409, "urn:sportello:problem:already-decided")
    assert len(rig.outbox()) == 1


def test_a_discarded_item_is_kept_but_not_replayed(rig: Rig) -> None:
    item = rig.quarantine()
    assert rig.post(f"/quarantine/{item}/discard").get_json()["state"] == "discarded"
    assert rig.post(f"/quarantine/{item}/replay").status_code == 409
    assert rig.outbox() == []
    assert rig.get(f"/quarantine/{item}").status_code == 200


def test_what_cannot_be_tried_again_says_so(rig: Rig) -> None:
    item = rig.quarantine(replayable=False)
    assert rig.get(f"/quarantine/{item}").get_json()["replayable"] is False
    answer = rig.post(f"/quarantine/{item}/replay")
    assert (answer.status_code, answer.get_json()["type"]) == (409, "urn:sportello:problem:not-replayable")
    assert rig.post(f"/quarantine/{item}/discard").status_code == 200


def test_two_people_at_once_decide_once(rig: Rig) -> None:
    item = rig.quarantine()
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(
                lambda n: rig.post(f"/quarantine/{item}/{'replay' if n % 2 else 'discard'}").status_code,
                range(6),
            )
        )
    assert sorted(answers) == [200, 409, 409, 409, 409, 409]
    state = rig.get(f"/quarantine/{item}").get_json()["state"]
    assert len(rig.outbox()) == (1 if state == "replayed" else 0)


def test_an_unknown_item_cannot_be_decided(rig: Rig) -> None:
    assert rig.post("/quarantine/none/replay").status_code == 404
    assert rig.post("/quarantine/none/discard").status_code == 404
