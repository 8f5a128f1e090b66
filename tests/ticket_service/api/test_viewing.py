"""Colleagues know of each other on a ticket, and the ticket knows nothing of it."""

from __future__ import annotations

import pytest

from tests.ticket_service.api.rig import ANNA, BRUNO, OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration


def names(answer: object) -> list[tuple[str, bool]]:
    return [(each["user_id"], each["typing"]) for each in answer.get_json()["items"]]  # type: ignore[attr-defined]


def test_who_looks_and_who_types_is_seen_by_all_and_forgotten_after_half_a_minute(rig: Rig) -> None:
    number = rig.hear()
    tag = rig.get(f"/tickets/{number}").headers["ETag"]
    assert names(rig.call("PUT", f"/tickets/{number}/viewing", json={})) == [(ANNA, False)]
    rig.clock.forward(seconds=20)
    both = rig.call("PUT", f"/tickets/{number}/viewing", json={"typing": True}, token=OTHER_TOKEN)
    assert names(both) == [(BRUNO, True), (ANNA, False)]
    rig.clock.forward(seconds=15)
    assert names(rig.get(f"/tickets/{number}/viewing")) == [(BRUNO, True)]
    assert rig.call("DELETE", f"/tickets/{number}/viewing", token=OTHER_TOKEN).status_code == 204
    assert names(rig.get(f"/tickets/{number}/viewing")) == []
    assert rig.get(f"/tickets/{number}").headers["ETag"] == tag


def test_a_ticket_that_is_not_there_is_looked_at_by_nobody(rig: Rig) -> None:
    assert rig.call("PUT", "/tickets/TT999/viewing", json={}).status_code == 404
    assert rig.get("/tickets/TT999/viewing").status_code == 404
    assert rig.call("DELETE", "/tickets/TT999/viewing").status_code == 204
    number = rig.hear()
    assert rig.call("PUT", f"/tickets/{number}/viewing", json={"typing": "maybe"}).status_code == 422
