"""Notices over REST: set, checked, seen before they are sent, and sent when something happens."""

from __future__ import annotations

import pytest

from tests.ticket_service.api.rig import ANNA, OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration

PATH = "/settings/notifications"


def test_as_it_is_first_nobody_is_told_anything(rig: Rig) -> None:
    shown = rig.get(PATH)
    assert shown.status_code == 200
    assert (shown.get_json()["sends"], shown.get_json()["statuses"]) == ({}, {})
    rig.hear()
    assert rig.requested("mail.requested") == []


def test_what_is_switched_on_is_asked_for_with_the_change_that_it_tells(rig: Rig) -> None:
    changed = rig.change(
        PATH,
        {
            "staff_address": "desk@example.com",
            "sends": {"opened": ["staff", "staff"], "customer_replied": ["responsible"]},
            "header": "<p onclick='x()'>Ciao<script>alert(1)</script></p>",
        },
    )
    assert changed.status_code == 200, changed.text
    assert changed.get_json()["header"] == "<p>Ciao</p>"
    assert changed.get_json()["sends"]["opened"] == ["staff"]
    number = rig.hear("Buongiorno", phone="+393351032246")
    [mail] = rig.requested("mail.requested")
    assert (mail.to[0].address, mail.ticket_number) == ("desk@example.com", number)
    assert "Buongiorno" in mail.text
    rig.change(f"/tickets/{number}", {"assignee": ANNA})
    rig.hear("Ancora io", phone="+393351032246")
    assert [mail.to[0].address for mail in rig.requested("mail.requested")][1:] == ["anna@example.org"]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"staff_address": "nobody"}, "staff_address"),
        ({"sender_address": "a@b.example\r\nBcc: c@d.example"}, "sender_address"),
        ({"sends": {"exploded": ["staff"]}}, "sends.exploded"),
        ({"sends": {"opened": ["everybody"]}}, "sends.opened"),
        ({"statuses": {"gone": ["staff"]}}, "statuses.gone"),
        ({"language": "nl"}, "language"),
        ({"texts": [{"event": "opened"}]}, "texts.0.body"),
        (
            {
                "texts": [
                    {
                        "event": "opened",
                        "audience": "inside",
                        "language": "en",
                        "subject": "S",
                        "body": "{{ ticket.nunber }}",
                    }
                ]
            },
            "texts.0.body",
        ),
        (
            {
                "texts": [
                    {
                        "event": "closed",
                        "audience": "inside",
                        "language": "en",
                        "subject": "{% if %}",
                        "body": "x",
                        "status": "gone",
                    }
                ]
            },
            "texts.0.status",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(rig: Rig, wanted: object, field: str) -> None:
    refused = rig.change(PATH, wanted)
    assert refused.status_code == 422
    places = [each["field"] for each in refused.get_json()["errors"]]
    assert any(place.startswith(field) for place in places), places
    assert rig.get(PATH).get_json()["sends"] == {}


def test_two_administrators_do_not_overwrite_each_other(rig: Rig) -> None:
    etag = rig.get(PATH).headers["ETag"]
    assert rig.patch(PATH, {"language": "it"}, match=etag).status_code == 200
    assert rig.patch(PATH, {"language": "fr"}, match=etag).status_code == 412
    assert rig.patch(PATH, {"language": "fr"}, match=None).status_code == 428


def test_an_agent_cannot_change_it(rig: Rig) -> None:
    etag = rig.get(PATH).headers["ETag"]
    refused = rig.call("PATCH", PATH, json={"language": "it"}, headers={"If-Match": etag}, token=OTHER_TOKEN)
    assert refused.status_code == 403


def test_a_notice_can_be_seen_before_it_is_sent(rig: Rig) -> None:
    rig.change(PATH, {"footer": "<p>Il desk</p>"})
    asked = {"event": "opened", "audience": "requester", "language": "it"}
    shown = rig.post(f"{PATH}/preview", asked).get_json()
    assert shown["subject"].startswith("[TT24]")
    assert shown["text"].endswith("il numero è TT24.\n\nIl desk")
    own = rig.post(f"{PATH}/preview", {**asked, "subject": "S", "body": "{{ customer.name }} <b>"}).get_json()
    assert own["html"] == "<p>Daniele Asmonti &lt;b&gt;</p><p>Il desk</p>"
    wrong = rig.post(f"{PATH}/preview", {**asked, "subject": "S", "body": "{{ x }}"})
    assert wrong.get_json()["errors"][0]["field"] == "body"
    never = rig.post(f"{PATH}/preview", {"event": "noted", "audience": "requester"})
    assert never.get_json()["errors"][0]["field"] == "audience"
    assert rig.requested("mail.requested") == []
