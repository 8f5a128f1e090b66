"""Visitors of live chats over REST: their stay, who they may be, forms, and how content they were."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from services.ticket_service.act.visitors import apply_visits
from services.ticket_service.jobs.missed_chats import open_missed
from services.ticket_service.store.news import NewsSource
from services.ticket_service.store.typing import Typing
from services.ticket_service.store.waiting_chats import MongoWaitingChats
from shared.contracts import visitor_acted
from shared.contracts.envelope import Event
from shared.contracts.visitor import Page, Visitor
from tests.ticket_service.api.rig import NOON, Rig
from tests.ticket_service.api.test_changing import works_like
from tests.ticket_service.building_chat import CHAT_CHANNEL, GIULIA, acted, chat_message, set_chat

pytestmark = pytest.mark.integration

CART = "https://shop.example/cart"
GIVEN = Visitor(
    email="giulia@bianchi.example",
    answers={"order": "TT-77"},
    language="it",
    time_zone="Europe/Rome",
    referrer="https://search.example/",
    pages=[Page(CART, NOON, "Cart")],
    campaign={"source": "ad"},
)


def does(rig: Rig, *events: Event) -> None:
    apply_visits(events, rig.web.services.desk, Typing(rig.db).typed)


def writes(rig: Rig, key: str = "1", *visitors: str, **more: Any) -> None:
    rig.take(chat_message(key, *visitors, occurred=rig.clock.now, **more))


def talks(rig: Rig, **query: Any) -> list[dict[str, Any]]:
    answer = rig.get("/conversations", query_string=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


def test_a_conversation_shows_its_visitors_stay(rig: Rig) -> None:
    writes(rig, visitor=GIVEN)
    (talk,) = talks(rig)
    assert talk["visit"] == {
        "referrer": "https://search.example/",
        "pages": [{"url": CART, "title": "Cart", "at": "2025-02-27T12:00:00Z"}],
        "campaign": {"source": "ad"},
        "language": "it",
        "time_zone": "Europe/Rome",
        "answers": {"order": "TT-77"},
        "consents": [],
        "verified": False,
        "updated_at": "2025-02-27T12:00:00Z",
    }
    assert (talk["present"], talk["left_at"]) == (True, None)
    rig.clock.forward(seconds=30)
    does(rig, acted(visitor_acted.LEFT, at=rig.clock.now))
    shown = rig.get(f"/conversations/{talk['id']}").get_json()
    assert (shown["present"], shown["left_at"]) == (False, "2025-02-27T12:00:30Z")


def test_live_chats_that_wait_or_were_missed_are_found(rig: Rig) -> None:
    set_chat(rig.store, tickets="missed")
    rig.store._cached.clear()  # type: ignore[attr-defined]
    rig.hear()
    writes(rig, "1", "v-reachable", visitor=GIVEN)
    writes(rig, "1", "v-nobody")
    assert len(talks(rig)) == 3
    assert len(talks(rig, chat=True)) == 2
    assert [each["channel_kind"] for each in talks(rig, chat=False)] == ["whatsapp_cloud"]
    waiting = talks(rig, waiting=True)
    assert [each["waiting_since"] for each in waiting] == ["2025-02-27T12:00:00Z"] * 2
    rig.clock.forward(minutes=3)
    desk, found = rig.web.services.desk, MongoWaitingChats(rig.db)
    assert open_missed(desk, found, rig.clock.now) == 2
    assert open_missed(desk, found, rig.clock.now) == 0
    (missed,) = talks(rig, missed=True)
    assert (missed["missed_at"], missed["open_ticket"]) == ("2025-02-27T12:03:00Z", None)
    assert talks(rig, waiting=True) == [missed]
    assert [each["open_ticket"] for each in talks(rig, waiting=False, chat=True)] == ["TT2"]
    opened = rig.post(f"/conversations/{missed['id']}/tickets", {}, key="k1")
    assert (opened.status_code, opened.get_json()["number"]) == (201, "TT3")
    assert talks(rig, missed=True) == talks(rig, waiting=True) == []


def test_who_cannot_be_helped_and_who_waits_patiently_keep_nobodys_turn(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ticket_service.jobs.missed_chats.AT_MOST", 1)
    set_chat(rig.store, tickets="missed", missed_after_minutes=60)
    rig.store._cached.clear()  # type: ignore[attr-defined]
    for who in ("v-patient", "v-back", "v-gone"):
        writes(rig, "1", who, visitor=GIVEN if who == "v-gone" else None)
        rig.clock.forward(seconds=1)
    does(rig, acted(visitor_acted.LEFT, "v-gone", at=rig.clock.now))
    does(rig, acted(visitor_acted.LEFT, "v-back", at=rig.clock.now))
    rig.clock.forward(seconds=1)
    does(rig, acted(visitor_acted.CAME, "v-back", at=rig.clock.now))
    desk, found = rig.web.services.desk, MongoWaitingChats(rig.db)
    assert open_missed(desk, found, rig.clock.now) == 1
    assert [each["open_ticket"] for each in talks(rig, waiting=False)] == ["TT1"]
    assert len(talks(rig, waiting=True)) == 2
    rig.clock.forward(minutes=61)
    assert [open_missed(desk, found, rig.clock.now) for _ in range(3)] == [1, 1, 0]
    assert len(talks(rig, missed=True)) == 2


def test_with_a_visitor_who_is_blocked_new_ones_of_the_same_network_are_for_a_day(rig: Rig) -> None:
    works_like(rig, "S003")
    office = Visitor(network="0ff1ce")
    writes(rig, "1", "v-spammer", visitor=office)
    rig.clock.forward(seconds=1)
    assert rig.post("/tickets/TT1/spam", {"block_sender": True}).status_code == 200
    rig.store._cached.clear()  # type: ignore[attr-defined]
    (blocked,) = rig.get("/settings/blocked-senders").get_json()["items"]
    assert (blocked["id"], blocked["network_until"]) == ("webchat:v-spammer", "2025-02-28T12:00:01Z")
    assert "0ff1ce" not in rig.get("/conversations").text + rig.get("/settings/blocked-senders").text
    writes(rig, "1", "v-again", visitor=office)
    kept = talks(rig)[0]
    (said,) = rig.get(f"/conversations/{kept['id']}/messages").get_json()["items"]
    assert (said["text"], said["ticket"]) == ("Buongiorno", None)
    rig.clock.forward(hours=24)
    (blocked,) = rig.get("/settings/blocked-senders").get_json()["items"]
    assert blocked["network_until"] is None


def test_open_pages_are_told_that_a_customer_is_writing(rig: Rig) -> None:
    writes(rig)
    (talk,) = talks(rig)
    source = NewsSource(rig.db)
    with source.follow() as following:
        before = following.position
        does(rig, acted(visitor_acted.TYPED), acted(visitor_acted.TYPED))
        rig.clock.forward(seconds=3)
        does(rig, acted(visitor_acted.TYPED, at=rig.clock.now))
        changes = [change for _ in range(2) if (change := following.next()) is not None]
    assert before
    told = source.told(changes).news.wire()
    assert told == {"typing": [{"id": talk["id"], "what": []}]}


def test_who_may_be_the_same_person_is_suggested_until_it_is_dismissed(rig: Rig) -> None:
    known = rig.post(
        "/contacts",
        {"name": "Giulia Bianchi", "identities": [{"kind": "email", "value": "Giulia@Bianchi.example"}]},
    ).get_json()
    writes(rig, visitor=GIVEN)
    visitor = talks(rig)[0]["contact"]["id"]
    shown = rig.get(f"/contacts/{visitor}").get_json()
    assert shown["claims"] == [
        {
            "kind": "email",
            "value": "giulia@bianchi.example",
            "at": "2025-02-27T12:00:00Z",
            "channel": CHAT_CHANNEL,
        }
    ]
    assert [each["kind"] for each in shown["identities"]] == ["webchat"]
    for one, other in ((visitor, known["id"]), (known["id"], visitor)):
        (found,) = rig.get(f"/contacts/{one}/suggestions").get_json()["items"]
        assert (found["id"], found["contact"]["id"], found["value"], found["proven"]) == (
            *(other, other, "giulia@bianchi.example"),
            True,
        )
    path = f"/contacts/{known['id']}/suggestions/{visitor}/dismiss"
    assert rig.post(path, key="d1").status_code == 200
    assert rig.post(path, key="d1").status_code == 200
    for one in (visitor, known["id"]):
        assert rig.get(f"/contacts/{one}/suggestions").get_json() == {"items": [], "next": None}
    assert rig.post(f"/contacts/{visitor}/suggestions/{visitor}/dismiss").status_code == 404
    assert rig.post(f"/contacts/{visitor}/suggestions/nobody/dismiss").status_code == 404
    assert rig.get("/contacts/nobody/suggestions").status_code == 404


def test_who_wrote_in_the_same_browser_is_suggested_and_no_claim_of_theirs(rig: Rig) -> None:
    writes(rig, "1", "v-phone")
    writes(rig, "1", "u-giulia")
    writes(rig, "2", "u-giulia", "v-phone")
    people = {each["contact"]["identities"][0]["value"]: each["contact"]["id"] for each in talks(rig)}
    path = f"/contacts/{people['u-giulia']}"
    assert rig.get(path).get_json()["claims"] == []
    for one, other in (("u-giulia", "v-phone"), ("v-phone", "u-giulia")):
        (found,) = rig.get(f"/contacts/{people[one]}/suggestions").get_json()["items"]
        assert (found["id"], found["kind"], found["value"]) == (people[other], "webchat", "v-phone")
    assert rig.post(f"{path}/merge", {"into": people["v-phone"]}).status_code == 200
    assert rig.get(f"/contacts/{people['v-phone']}/suggestions").get_json()["items"] == []


def test_merging_takes_claims_and_the_stay_along_and_ends_the_suggestion(rig: Rig) -> None:
    writes(rig, "1", "v-one", visitor=GIVEN)
    rig.clock.forward(minutes=1)
    writes(rig, "1", "v-two", visitor=Visitor(email="giulia@bianchi.example", phone="+39 335 1032246"))
    two, one = (each["contact"]["id"] for each in talks(rig))
    assert rig.post(f"/contacts/{two}/merge", {"into": one}).status_code == 200
    merged = rig.get(f"/contacts/{one}").get_json()
    assert [each["value"] for each in merged["claims"]] == ["giulia@bianchi.example", "+393351032246"]
    assert rig.get(f"/contacts/{one}/suggestions").get_json()["items"] == []
    (talk,) = talks(rig)
    assert talk["visit"]["campaign"] == {"source": "ad"}
    undone = rig.get(f"/contacts/{one}/merges").get_json()["items"][0]["id"]
    assert rig.post(f"/contacts/{one}/merges/{undone}/undo").status_code == 200
    assert [each["value"] for each in rig.get(f"/contacts/{one}").get_json()["claims"]] == [
        "giulia@bianchi.example"
    ]
    assert len(rig.get(f"/contacts/{two}").get_json()["claims"]) == 2


def test_erasing_forgets_the_stay_the_claims_and_what_was_said_of_the_ticket(rig: Rig) -> None:
    writes(rig, visitor=GIVEN)
    does(rig, acted(visitor_acted.RATED, ticket_number="TT1", score=2, text="Giulia non è contenta"))
    (talk,) = talks(rig)
    taken = rig.get(f"/contacts/{talk['contact']['id']}/export")
    with zipfile.ZipFile(io.BytesIO(taken.get_data())) as archive:
        said = "".join(archive.read(name).decode() for name in archive.namelist())
    for known in ("giulia@bianchi.example", "search.example", "TT-77", "non è contenta"):
        assert known in said
    assert rig.post(f"/contacts/{talk['contact']['id']}/erase").status_code in (200, 202)
    kept = str(list(rig.db["conversations"].find())) + str(list(rig.db["contacts"].find()))
    for known in ("giulia", "search.example", "TT-77", GIULIA):
        assert known not in kept


def test_a_form_goes_out_in_a_live_chat_and_nowhere_else(rig: Rig) -> None:
    asked = {
        "kind": "form",
        "button": "Invia",
        "form_fields": [
            {"key": "email", "label": "E-mail", "kind": "email", "required": True},
            {"key": "size", "label": "Taglia", "kind": "choice", "choices": ["S", "M"]},
        ],
    }
    writes(rig)
    answer = rig.post("/tickets/TT1/replies", {"text": "Ci dica", "interactive": asked})
    assert answer.status_code == 201, answer.text
    (request,) = rig.requested()
    sent = request.content.interactive
    assert (sent.kind, sent.button, [each.key for each in sent.form_fields]) == (
        *("form", "Invia"),
        ["email", "size"],
    )
    rig.hear()
    refused = rig.post("/tickets/TT2/replies", {"text": "Ci dica", "interactive": asked})
    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["field"] == "interactive.kind"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"form_fields": []}, "interactive.form_fields"),
        ({"form_fields": [{"key": "A b", "label": "x"}]}, "interactive.form_fields.0.key"),
        ({"form_fields": [{"key": "a", "label": "x"}] * 2}, "interactive.form_fields"),
        (
            {"form_fields": [{"key": "a", "label": "x", "kind": "choice"}]},
            "interactive.form_fields.0.choices",
        ),
        (
            {"form_fields": [{"key": "a", "label": "x", "choices": ["y"]}]},
            "interactive.form_fields.0.choices",
        ),
        (
            {"form_fields": [{"key": "a", "label": "x"}], "buttons": [{"id": "1", "title": "x"}]},
            "interactive.buttons",
        ),
    ],
)
def test_a_form_that_cannot_be_asked_is_refused_with_its_field(
    rig: Rig, change: dict[str, Any], field: str
) -> None:
    writes(rig)
    answer = rig.post("/tickets/TT1/replies", {"text": "?", "interactive": {"kind": "form", **change}})
    assert answer.status_code == 422
    assert field in [each["field"] for each in answer.get_json()["errors"]]


def test_a_rating_is_shown_counted_and_sent_to_webhooks(rig: Rig) -> None:
    hook = {"url": "https://hooks.example.com/x", "events": ["ticket.changed"]}
    assert rig.post("/settings/webhooks", hook).status_code == 201
    writes(rig)
    writes(rig, "1", "v-two")
    assert rig.get("/tickets/TT1").get_json()["satisfaction"] is None
    does(rig, acted(visitor_acted.RATED, ticket_number="TT1", score=5, text="Gentilissimi"))
    does(rig, acted(visitor_acted.RATED, "v-two", ticket_number="TT2", score=2))
    rated = rig.get("/tickets/TT1").get_json()["satisfaction"]
    assert rated == {"score": 5, "text": "Gentilissimi", "at": "2025-02-27T12:00:00Z"}
    rig.hear()
    for asked, numbers in (
        ("satisfaction=5", ["TT1"]),
        ("satisfaction=1,2,5", ["TT1", "TT2"]),
        ("satisfaction=none", ["TT3"]),
        ("rated=true&sort=number", ["TT1", "TT2"]),
        ("rated=false", ["TT3"]),
        ("rated=true&satisfaction=3", []),
    ):
        listed = rig.get(f"/tickets?{asked}").get_json()["items"]
        assert sorted(each["number"] for each in listed) == numbers, asked
    exported = rig.get("/tickets/export?columns=number,satisfaction&sort=number").text
    assert exported.removeprefix("\ufeff").splitlines() == ["number,satisfaction", "TT1,5", "TT2,2", "TT3,"]
    found = rig.get("/statistics/satisfaction", query_string={"days": 2}).get_json()
    assert (found["count"], found["average"]) == (2, 3.5)
    assert [each["count"] for each in found["scores"]] == [0, 1, 0, 0, 1]
    assert [each["count"] for each in found["days"]] == [0, 2]
    assert found["days"][0]["average"] is None
    assert [(each["channel"], each["count"]) for each in found["channels"]] == [(CHAT_CHANNEL, 2)]
    assert [(each["id"], each["average"]) for each in found["agents"]] == [(None, 3.5)]
    (sent, _) = (json.loads(each["body"]) for each in rig.db["webhook_deliveries"].find())
    assert sent["data"]["satisfaction"] == {"score": 5, "text": "Gentilissimi"}
    file = rig.get("/statistics/satisfaction", query_string={"days": 1, "format": "csv"})
    assert file.get_data(as_text=True).lstrip("\ufeff").splitlines()[1:] == ["2025-02-27,2,3.5"]
