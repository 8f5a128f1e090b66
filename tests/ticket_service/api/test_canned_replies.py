"""Canned replies over REST: filled in for the ticket, shared with whom they are for, never endless."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from services.ticket_service.domain.canned_reply import VARIABLES
from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration

MORNING = {
    "title": "Good morning",
    "shortcut": "morning",
    "body": "{% if today.hour < 14 %}Buongiorno{% else %}Buonasera{% endif %} {{ customer.first_name }},"
    " il ticket {{ ticket.number }} è {{ ticket.status }}. {{ agent.first_name }}",
}


def kept(rig: Rig, document: dict[str, Any] = MORNING, **options: Any) -> str:
    """The id of a canned reply that was made of it."""
    answer = rig.post("/canned-replies", document, **options)
    assert answer.status_code == 201, answer.text
    reply_id: str = answer.get_json()["id"]
    return reply_id


def filled(rig: Rig, reply_id: str, number: str, **options: Any) -> dict[str, Any]:
    answer = rig.get(f"/canned-replies/{reply_id}/text?ticket={number}", **options)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.get_json()
    return document


def test_it_is_filled_in_for_the_ticket_the_agent_and_the_desks_time(rig: Rig) -> None:
    number = rig.hear(name="Daniele Asmonti")
    reply_id = kept(rig, {**MORNING, "shared": "all"})
    text = filled(rig, reply_id, number, token=OTHER_TOKEN)
    assert text == {"text": f"Buongiorno Daniele, il ticket {number} è Open. Bruno", "gaps": []}
    rig.clock.now = datetime.fromisoformat("2025-02-27T18:00:00+00:00")
    assert filled(rig, reply_id, number)["text"].startswith("Buonasera Daniele")


def test_gaps_are_told_of(rig: Rig) -> None:
    number = rig.hear(name="")
    reply_id = kept(rig, {"title": "Dear", "body": "Caro {{ customer.name }}:"})
    assert filled(rig, reply_id, number) == {"text": "Caro :", "gaps": ["customer.name"]}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{{ customer.name", "cannot be filled in"),
        ("{{ customer.nmae }}", "customer.nmae"),
        ("{% if today.hour > 25 %}{{ secrets }}{% endif %}", "secrets"),
        ("{% for a in (1..9999) %}{% for b in (1..9999) %}x{% endfor %}{% endfor %}", "limit"),
        ("{% include 'passwords' %}", "cannot be filled in"),
    ],
)
def test_a_text_that_cannot_be_filled_in_is_not_kept(rig: Rig, body: str, says: str) -> None:
    for path, document in (
        ("/canned-replies", {"title": "t", "body": body}),
        ("/canned-replies/preview", {"body": body}),
    ):
        refused = rig.post(path, document)
        assert refused.status_code == 422, path
        assert refused.get_json()["errors"][0]["field"] == "body"
        assert says in refused.get_json()["errors"][0]["problem"]


def test_a_preview_shows_samples_and_every_variable_can_be_named(rig: Rig) -> None:
    body = "".join(f"{{{{ {name} }}}}" for name in VARIABLES)
    shown = rig.post("/canned-replies/preview", {"body": body}, key="once").get_json()
    assert "<customer.first_name>" in shown["text"]
    listed = rig.get("/canned-replies/variables").get_json()["items"]
    assert [each["name"] for each in listed] == list(VARIABLES)


def test_what_customers_are_called_is_text_and_never_a_template(rig: Rig) -> None:
    number = rig.hear(name="{{ agent.email }} {% raw %}")
    reply_id = kept(rig, {"title": "Dear", "body": "Caro {{ customer.name }}"})
    assert filled(rig, reply_id, number)["text"] == "Caro {{ agent.email }} {% raw %}"


def test_they_are_found_by_shortcut_title_and_text(rig: Rig) -> None:
    reply_id = kept(rig)
    kept(rig, {"title": "Opening hours", "shortcut": "hours", "body": "Siamo aperti dalle 9"})
    for query in ("mor", "good m", "buonas"):
        found = rig.get(f"/canned-replies?q={query}").get_json()["items"]
        assert [each["id"] for each in found] == [reply_id], query
    assert len(rig.get("/canned-replies").get_json()["items"]) == 2


def test_own_ones_are_seen_by_nobody_else_and_only_who_may_share_shares(rig: Rig) -> None:
    number = rig.hear()
    own, shared = kept(rig), kept(rig, {**MORNING, "shared": "all"})
    found = rig.get("/canned-replies", token=OTHER_TOKEN).get_json()["items"]
    assert [each["id"] for each in found] == [shared]
    for path in (own, f"{own}/text?ticket={number}"):
        assert rig.get(f"/canned-replies/{path}", token=OTHER_TOKEN).status_code == 404
    refused = rig.post("/canned-replies", {**MORNING, "shared": "all"}, token=OTHER_TOKEN)
    assert (refused.status_code, refused.get_json()["permission"]) == (403, "views.share")
    etag = rig.get(f"/canned-replies/{shared}", token=OTHER_TOKEN).headers["ETag"]
    for method, body in (("PATCH", {"title": "Mine"}), ("DELETE", None)):
        answer = rig.call(
            method,
            f"/canned-replies/{shared}",
            token=OTHER_TOKEN,
            json=body,
            headers={"If-Match": etag},
        )
        assert answer.status_code == 403, method


def test_a_change_needs_the_version_that_was_read(rig: Rig) -> None:
    path = f"/canned-replies/{kept(rig)}"
    assert rig.patch(path, {"title": "Morning"}, match=None).status_code == 428
    assert rig.change(path, {"title": "Morning", "body": "Salve"}).get_json()["body"] == "Salve"
    assert rig.patch(path, {"title": "x"}, match='"old"').status_code == 412
    refused = rig.change(path, {"body": "{{ nothing }}"})
    assert (refused.status_code, rig.get(path).get_json()["body"]) == (422, "Salve")
    gone = rig.call("DELETE", path, headers={"If-Match": rig.get(path).headers["ETag"]})
    assert (gone.status_code, rig.get(path).status_code) == (204, 404)


def test_a_repeat_makes_no_second_one(rig: Rig) -> None:
    assert kept(rig, key="k") == kept(rig, key="k")
    assert len(rig.get("/canned-replies").get_json()["items"]) == 1
