"""The way of a message, by whatever id somebody has of it."""

from __future__ import annotations

import pytest

from tests.ticket_service.api.rig import Rig

pytestmark = pytest.mark.integration


def test_a_message_is_traced_by_our_id_and_by_the_providers(rig: Rig) -> None:
    number = rig.hear(message_id="wamid.a/b==")
    message_id = rig.get(f"/tickets/{number}/actions").get_json()["items"][0]["id"]
    for given in (message_id.replace("/", "%2F"), "wamid.a%2Fb=="):
        trace = rig.get(f"/traces/{given}").get_json()
        assert (trace["id"], trace["kind"], trace["stopped_at"]) == (message_id, "inbound", None)
        assert {step["state"] for step in trace["steps"]} == {"done"}
        assert len(trace["trace_id"]) == 32


def test_an_answer_is_traced_to_where_it_failed(rig: Rig) -> None:
    number = rig.hear()
    sent = rig.post(f"/tickets/{number}/replies", {"text": "Buongiorno"}).get_json()
    message_id = sent["message"]["id"] if "message" in sent else sent["id"]
    rig.delivered(message_id, "failed", rig.clock.now)
    trace = rig.get(f"/traces/{message_id}").get_json()
    assert (trace["kind"], trace["stopped_at"]) == ("outbound", "sent")
    step = next(each for each in trace["steps"] if each["state"] == "stopped")
    assert (step["code"], step["remedy"]) == ("131026", "Call the customer.")


def test_what_was_put_aside_is_traced_to_the_decision(rig: Rig) -> None:
    item_id = rig.quarantine()
    trace = rig.get(f"/traces/{item_id}").get_json()
    assert (trace["kind"], trace["stopped_at"], trace["decision"]) == ("quarantined", "normalised", None)
    rig.post(f"/quarantine/{item_id}/discard")
    assert rig.get(f"/traces/{item_id}").get_json()["decision"] == "discarded"


@pytest.mark.parametrize("given", ["nothing", "x" * 700, "a/b/c", "$where"])
def test_what_is_unknown_has_no_trace(rig: Rig, given: str) -> None:
    assert rig.get(f"/traces/{given}").status_code == 404
