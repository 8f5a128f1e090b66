"""Visitors of live chats on the pages of the desk: who they are, where they are, what they said."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from services.ticket_service.act.visitors import apply_visits
from shared.contracts import visitor_acted
from shared.contracts.visitor import Visitor
from tests.support.hostile_texts import HOSTILE
from tests.support.visitors import GIULIA, acted, chat_event, stay
from tests.ticket_service.api.rig import Rig
from tests.ticket_service.console.chats.test_chat_settings import put
from tests.ticket_service.console.rig import attribute, one, page

pytestmark = pytest.mark.integration
MAIL = "giulia@bianchi.example"


def wrote(rig: Rig, text: str = "Buongiorno", **options: Any) -> str:
    """A visitor writes now; the number of the ticket."""
    event = chat_event(text, at=rig.clock.now, **options)
    rig.take(event)
    ticket_id = (rig.db["messages"].find_one({"_id": event.data.dedupe_key}) or {})["ticket_id"]
    number: str = (rig.db["tickets"].find_one({"_id": ticket_id}) or {}).get("number", "")
    return number


def did(rig: Rig, action: str, **options: Any) -> None:
    """A visitor does something besides writing, now."""
    apply_visits([acted(action, at=rig.clock.now, **options)], rig.web.services.desk, lambda ids, at: None)


def talk_of(rig: Rig) -> str:
    """The id of the newest conversation."""
    found: str = rig.get("/conversations").get_json()["items"][0]["id"]
    return found


def words(shown: BeautifulSoup, selector: str) -> str:
    return one(shown, selector).get_text(" ", strip=True)


def test_the_ticket_shows_where_the_visitor_is_and_what_they_filled_in(rig: Rig) -> None:
    put(rig, form=[{"key": "order", "labels": {"en": "Order number"}}])
    number = wrote(rig, visitor=stay(rig.clock.now, 4, answers={"order": "2211"}))

    shown = page(rig, f"/tickets/{number}")

    panel = one(shown, "#visitor")
    assert words(shown, "#visitor-state") == "In the chat now is writing…"
    assert words(shown, ".visitor-now a") == "Prodotto 1"
    assert len(panel.select(".visitor-pages li")) == 3
    facts = panel.get_text(" ", strip=True)
    for told in ("Order number 2211", "search.example", "newsletter", "Italian", "Europe/Rome"):
        assert told in facts
    assert "1:00" in facts  # noon in London is one o'clock in Rome
    assert "Visitor 5f0c1c" in words(shown, ".side-list")


@pytest.mark.parametrize(
    ("options", "alias"),
    [({"name": "Giulia"}, "Giulia"), ({"visitor": Visitor(email=MAIL)}, MAIL), ({}, "5f0c1c")],
)
def test_a_ticket_is_titled_by_who_the_visitor_says_to_be(
    rig: Rig, options: dict[str, Any], alias: str
) -> None:
    number = wrote(rig, **options)

    assert attribute(page(rig, f"/tickets/{number}"), "#ticket-title", "value").endswith(f" - {alias}")


def test_who_left_is_said_to_have_left(rig: Rig) -> None:
    number = wrote(rig)
    rig.clock.forward(minutes=1)
    did(rig, visitor_acted.LEFT)
    rig.clock.forward(minutes=4)

    assert words(page(rig, f"/tickets/{number}"), "#visitor-state").startswith("Left the chat 4 min")


def test_what_was_only_typed_is_not_verified_and_somebody_known_by_it_is_suggested(rig: Rig) -> None:
    known = rig.post(
        "/contacts",
        {"name": "Giulia Bianchi", "stage": "contact", "identities": [{"kind": "email", "value": MAIL}]},
    ).get_json()["id"]
    number = wrote(rig, name="Giulia", visitor=stay(rig.clock.now, email=MAIL))
    contact = rig.get(f"/tickets/{number}").get_json()["requester"]["id"]

    for address in (f"/tickets/{number}", f"/conversations/{talk_of(rig)}", f"/contacts/{contact}"):
        shown = page(rig, address)
        assert words(shown, ".claims li") == f"{MAIL} not verified", address
        assert attribute(shown, ".suggested a.btn", "href") == f"/contacts/{contact}/merge?into={known}"
    assert not page(rig, f"/tickets/{number}", user="vera").select(".suggested button")


def test_nothing_a_browser_named_becomes_more_than_text(rig: Rig) -> None:
    each_in = {f"k{at}": text for at, text in enumerate(HOSTILE[:25])}
    whole = " ".join(HOSTILE)
    told: dict[str, Any] = {
        **{"language": HOSTILE[0][:20], "time_zone": HOSTILE[1][:60], "referrer": "javascript:window.hit=1"},
        **{"campaign": dict(list(each_in.items())[:10]), "answers": each_in},
    }
    visit = stay(rig.clock.now, **told)
    number = wrote(rig, whole, name=whole[:500], visitor=visit)
    rig.take(*(chat_event(text, at=rig.clock.now, name=whole[:500]) for text in HOSTILE))
    wrote(
        rig, whole, kind="flow_reply", content={"answers": each_in, "labels": {key: key for key in each_in}}
    )
    did(rig, visitor_acted.RATED, ticket_number=number, score=1, text=whole)

    for address in (f"/tickets/{number}", f"/conversations/{talk_of(rig)}"):
        shown = page(rig, address)
        text = shown.get_text()
        assert all(hostile in text for hostile in HOSTILE), address
        assert not [each for each in shown.find_all("script") if not each.get("src")]
        assert not shown.select("#content :is(object, embed, svg script, math, [onerror], [onload], [style])")
        assert not shown.select("#content [onclick], #content [onfocus], #content [onmouseover]")
        links = [str(each["href"]) for each in shown.select("#visitor a[href], .bubble a[href]")]
        assert all(each.startswith(("http://", "https://", "/", "#")) for each in links), links


def test_conversations_without_a_ticket_wait_where_chats_are_missed(rig: Rig) -> None:
    put(rig, tickets="missed")
    wrote(rig, "C'è qualcuno?")

    shown = page(rig, "/conversations?show=chats-waiting")
    talk = page(rig, f"/conversations/{talk_of(rig)}?show=chats")

    assert words(shown, "#talks .chip-warn") == "waits"
    assert "C'è qualcuno?" in words(shown, "#talks")
    assert words(talk, "[data-open-ticket]") == "Open a ticket"
    assert "Waits since 1:00" in words(talk, "#visitor").replace("\u202f", " ")
    assert "No chat was missed" in words(page(rig, "/conversations?show=chats-missed"), ".empty")


def test_answers_to_a_form_are_a_small_table_with_its_questions(rig: Rig) -> None:
    number = wrote(rig)
    rig.clock.forward(seconds=30)
    content = {"answers": {"street": "Via Torino 8"}, "labels": {"street": "Via e numero"}}
    wrote(rig, "Via Torino 8", kind="flow_reply", content=content)

    shown = page(rig, f"/tickets/{number}")

    assert words(shown, ".bubble-answers th") == "Via e numero"
    assert words(shown, ".bubble-answers td") == "Via Torino 8"


def test_an_answer_that_followed_by_mail_says_so(rig: Rig) -> None:
    number = wrote(rig)
    assert rig.post(f"/tickets/{number}/replies", {"text": "Arriva domani."}).status_code == 201
    assert "by mail too" not in words(page(rig, f"/tickets/{number}"), ".bubble-out")

    rig.db["messages"].update_one({"direction": "out"}, {"$set": {"mailed_at": rig.clock.now}})

    assert "by mail too" in words(page(rig, f"/tickets/{number}"), ".bubble-out .bubble-foot")


def test_a_rating_stands_on_the_ticket_and_in_its_history(rig: Rig) -> None:
    number = wrote(rig, name="Giulia")
    rig.clock.forward(minutes=1)
    did(rig, visitor_acted.RATED, name="Giulia", ticket_number=number, score=2, text="Lenti")
    rig.clock.forward(minutes=1)
    did(rig, visitor_acted.RATED, name="Giulia", ticket_number=number, score=4, text="Poi bravi")

    shown = page(rig, f"/tickets/{number}")

    assert attribute(shown, ".stars", "aria-label") == "4 of 5"
    assert words(shown, ".rated-words") == "Poi bravi"
    changes = shown.select(".entry-changes details")
    assert [one(each, "summary").get_text(strip=True).partition(" ·")[0] for each in changes] == [
        "Giulia rated what was done: 2 of 5",
        "Giulia rated what was done: 4 of 5",
    ]


def test_other_conversations_have_no_visitor(rig: Rig) -> None:
    number = rig.hear()
    talk = talk_of(rig)

    assert not page(rig, f"/tickets/{number}").select("[data-visitor]")
    assert not page(rig, f"/conversations/{talk}").select("[data-visitor]")
    page(rig, f"/conversations/{talk}/visitor", status=404)


def test_the_composer_of_a_live_chat_offers_forms_and_no_templates(rig: Rig) -> None:
    shown = page(rig, f"/tickets/{wrote(rig)}")
    by_phone = page(rig, f"/tickets/{rig.hear()}")

    assert shown.select("#composer-choice-kind option[value=form]")
    assert not shown.select("#composer .composer-tools [data-do=templates]")
    assert not shown.select("[data-react]")
    assert not by_phone.select("#composer-choice-kind option[value=form]")
    assert by_phone.select("#composer .composer-tools [data-do=templates]")


def test_an_unknown_visitor_is_called_by_a_short_number(rig: Rig) -> None:
    wrote(rig, visitor_id=GIULIA)

    shown = page(rig, f"/conversations/{talk_of(rig)}")

    assert words(shown, ".talk-head h1") == "Visitor 5f0c1c"


def test_nobody_is_nameless_or_erased_who_only_did_not_say_their_name(rig: Rig) -> None:
    number = wrote(rig, visitor_id=GIULIA)

    shown = page(rig, f"/tickets/{number}")

    assert words(shown, ".side-who b") == "Visitor 5f0c1c"
    assert words(shown, ".composer-whom").startswith("To Visitor 5f0c1c on Sito")
    said = shown.get_text(" ", strip=True)
    assert "Linked to: Visitor 5f0c1c" in said
    assert "Customer opened the ticket" in said
    for wrong in ("Nameless", "somebody erased", "Somebody opened"):
        assert wrong not in said
