"""Conversations, people and organizations as pages: what they show, and to whom they offer what."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests.ticket_service.api.rig import Rig
from tests.ticket_service.console.rig import page

pytestmark = pytest.mark.integration
PHONE = "+393351032246"
HOSTILE = "<script>alert(1)</script>"


def contact_of(rig: Rig, number: str) -> str:
    return str(rig.get(f"/tickets/{number}").get_json()["requester"]["id"])


def talk_of(rig: Rig, number: str) -> str:
    return str(rig.get(f"/tickets/{number}").get_json()["conversation_id"])


def apis(soup: BeautifulSoup) -> set[str]:
    """What the page offers to do, as method and path."""
    return {str(each["data-api"]) for each in soup.select("main [data-api]")}


def texts(soup: BeautifulSoup, selector: str) -> list[str]:
    return [" ".join(each.get_text(" ").split()) for each in soup.select(selector)]


def test_a_hostile_name_and_message_show_as_text(rig: Rig) -> None:
    number = rig.hear(HOSTILE, phone=PHONE, name=HOSTILE)
    contact, talk = contact_of(rig, number), talk_of(rig, number)
    rig.post(f"/contacts/{contact}/notes", {"text": HOSTILE})
    for path in (
        *(
            "/contacts",
            f"/contacts/{contact}",
            f"/contacts/{contact}?part=notes",
            f"/contacts/{contact}/merge",
        ),
        *("/conversations", f"/conversations/{talk}", f"/contacts/{contact}?part=conversations"),
    ):
        soup = page(rig, path)
        assert HOSTILE in soup.get_text(), path
        assert not [each for each in soup.find_all("script") if each.get_text(strip=True)], path


def test_the_list_finds_people_by_stage_and_words(rig: Rig) -> None:
    rig.hear(phone=PHONE, name="Daniele Asmonti")
    rig.post("/contacts", {"name": "Bice Rossi", "job_title": "Chef"})
    assert len(page(rig, "/contacts").select("#people > li")) == 2
    assert texts(page(rig, "/contacts?stage=lead"), "#people strong") == ["Daniele Asmonti"]
    assert texts(page(rig, "/contacts?q=bic"), "#people strong") == ["Bice Rossi"]
    assert "+39 335 103 2246" in page(rig, "/contacts?q=1032246").get_text()
    assert "Nobody fits." in page(rig, "/contacts?q=zzz").get_text()
    assert page(rig, "/contacts?stage=nonsense&cursor=").select("#people > li")


def test_further_people_are_a_link_away(rig: Rig) -> None:
    for at in range(52):
        rig.post("/contacts", {"name": f"Person {at}"})
    first = page(rig, "/contacts?stage=contact")
    more = first.select_one("#people-more a")
    assert more is not None
    second = page(rig, str(more["href"]))
    assert len(first.select("#people > li")) == 50
    assert len(second.select("#people > li")) == 2
    assert not second.select("#people-more a")


@pytest.mark.parametrize(
    ("user", "convert", "merge", "erase"),
    [("anna", True, True, True), ("bruno", True, False, False), ("vera", False, False, False)],
)
def test_a_record_offers_what_its_reader_may_do(
    rig: Rig, user: str, convert: bool, merge: bool, erase: bool
) -> None:
    contact = contact_of(rig, rig.hear(phone=PHONE))
    soup = page(rig, f"/contacts/{contact}", user=user)
    offered = apis(soup)
    assert (f"PATCH /api/v1/contacts/{contact}" in offered) == convert
    assert (f"POST /api/v1/contacts/{contact}/erase" in offered) == erase
    assert bool(soup.select(f'a[href="/contacts/{contact}/merge"]')) == merge
    page(rig, f"/contacts/{contact}/merge", user=user, status=200 if merge else 403)
    if user == "vera":
        assert offered == set()
        page(rig, "/contacts/new", user=user, status=403)


def test_what_the_buttons_of_a_record_send_is_accepted(rig: Rig) -> None:
    contact = contact_of(rig, rig.hear(phone=PHONE))
    rig.post(f"/contacts/{contact}/identities", {"kind": "email", "value": "d/e+1@example.org"})
    soup = page(rig, f"/contacts/{contact}")
    (removing,) = (each for each in soup.select('[data-api^="DELETE"]') if "email" in str(each["data-api"]))
    path = str(removing["data-api"]).removeprefix("DELETE /api/v1")
    answer = rig.call("DELETE", path, headers={"If-Match": str(removing["data-etag"])})
    assert (answer.status_code, len(answer.get_json()["identities"])) == (200, 1)
    convert = page(rig, f"/contacts/{contact}").select_one("button[data-body*=stage]")
    assert convert is not None
    changed = rig.patch(f"/contacts/{contact}", {"stage": "contact"}, match=str(convert["data-etag"]))
    assert changed.get_json()["stage"] == "contact"


def test_each_part_of_a_record_shows_its_things(rig: Rig) -> None:
    number = rig.hear("Buongiorno", phone=PHONE)
    contact = contact_of(rig, number)
    rig.post(f"/tickets/{number}/interventions", {"title": "Change the valve"})
    rig.post(f"/contacts/{contact}/notes", {"text": "Calls after 17."})
    acme = rig.post("/organizations", {"name": "Acme"}).get_json()["id"]
    rig.change(f"/contacts/{contact}", {"stage": "contact", "name": "Dani", "organization": acme})
    shown = {
        part: page(rig, f"/contacts/{contact}?part={part}").select_one("#part")
        for part in (*("tickets", "conversations", "interventions", "notes", "history", "nonsense"),)
    }
    said = {part: " ".join(found.get_text(" ").split()) for part, found in shown.items() if found}
    assert number in said["tickets"]
    assert said["nonsense"] == said["tickets"]
    assert "Buongiorno" in said["conversations"]
    assert "Change the valve" in said["interventions"]
    assert "Calls after 17." in said["notes"]
    assert "Stage: Lead Contact" in said["history"]
    assert "Organization: – Acme" in said["history"]
    assert "(hidden)" not in said["history"]


def test_only_the_author_of_a_note_is_offered_to_change_it(rig: Rig) -> None:
    contact = contact_of(rig, rig.hear(phone=PHONE))
    note = rig.post(f"/contacts/{contact}/notes", {"text": "Calls after 17."}).get_json()["id"]
    edit = f"/contacts/{contact}/notes/{note}/edit"
    assert page(rig, f"/contacts/{contact}?part=notes").select(f'[hx-get="{edit}"]')
    assert not page(rig, f"/contacts/{contact}?part=notes", user="bruno").select(f'[hx-get="{edit}"]')
    form = page(rig, edit).select_one("form")
    assert form is not None
    answer = rig.patch(
        f"/contacts/{contact}/notes/{note}", {"text": "After 18."}, match=str(form["data-etag"])
    )
    assert answer.get_json()["text"] == "After 18."


def test_a_merge_is_looked_at_before_it_happens_and_undone_from_the_history(rig: Rig) -> None:
    number = rig.hear(phone=PHONE, name="Anna Verdi")
    other, into = contact_of(rig, number), contact_of(rig, rig.hear(name="Anna Verdi"))
    picked = page(rig, f"/contacts/{other}/merge")
    assert [str(each["href"]) for each in picked.select("#others a")] == [
        f"/contacts/{other}/merge?into={into}"
    ]
    preview = page(rig, f"/contacts/{other}/merge?into={into}")
    assert texts(preview, ".merge-plan dd") == ["1", "1", "1", "0"]
    (button,) = preview.select(f'[data-api="POST /api/v1/contacts/{other}/merge"]')
    assert rig.post(f"/contacts/{other}/merge", {"into": into}).status_code == 200
    assert into in str(button["data-body"])
    gone = page(rig, f"/contacts/{other}")
    assert gone.select(f'a[href="/contacts/{into}"]')
    (undo,) = page(rig, f"/contacts/{into}?part=history").select('[data-api$="/undo"]')
    assert rig.post(str(undo["data-api"]).removeprefix("POST /api/v1"), None).status_code == 200
    assert not page(rig, f"/contacts/{into}?part=history").select('[data-api$="/undo"]')
    assert page(rig, f"/contacts/{other}").select_one("h1")


def test_an_erased_person_says_so(rig: Rig) -> None:
    contact = contact_of(rig, rig.hear(phone=PHONE))
    rig.post(f"/contacts/{contact}/erase", None)
    assert "Asked for by anna" in page(rig, f"/contacts/{contact}").get_text()
    assert "Asked for by" not in page(rig, f"/contacts/{contact}", user="vera").get_text()


def test_conversations_are_listed_with_what_was_said_last(rig: Rig) -> None:
    closed = rig.hear("Grazie di tutto", phone=PHONE, name="Anna")
    rig.hear("Buongiorno", name="Bice")
    rig.change(f"/tickets/{closed}", {"status": "closed"})
    rows = texts(page(rig, "/conversations"), ".talk-row")
    assert len(rows) == 2
    assert any("Grazie di tutto" in row for row in rows)
    assert len(page(rig, "/conversations?show=free").select(".talk-row")) == 1
    assert "No answer is waiting." in page(rig, "/conversations?show=waiting").get_text()


def test_a_conversation_shows_everything_and_on_which_ticket_it_was(rig: Rig) -> None:
    number = rig.hear("Prima", phone=PHONE)
    rig.clock.forward(minutes=5)
    rig.post(f"/tickets/{number}/replies", {"text": "Eccomi"})
    soup = page(rig, f"/conversations/{talk_of(rig, number)}")
    assert texts(soup, ".talk-entry[id] .bubble-text") == ["Prima", "Eccomi"]
    assert texts(soup, ".talk-ticket") == [number]
    assert not soup.select("[data-choice]"), "its messages are on a ticket"
    assert not apis(soup)


def test_a_ticket_is_opened_from_messages_that_are_on_none(rig: Rig) -> None:
    rig.db["messages"].delete_many({})
    number = rig.hear("Prima", phone=PHONE)
    talk = talk_of(rig, number)
    free_messages(rig, talk)
    soup = page(rig, f"/conversations/{talk}", user="bruno")
    (choice,) = soup.select("[data-choice]")
    (form,) = soup.select("#open-ticket")
    assert form["data-api"] == f"POST /api/v1/conversations/{talk}/tickets"
    body: dict[str, Any] = {"messages": [str(choice["value"])], "priority": "high"}
    made = rig.post(f"/conversations/{talk}/tickets", body)
    assert made.status_code == 201, made.text
    assert not page(rig, f"/conversations/{talk}", user="vera").select("[data-choice], #open-ticket")


def free_messages(rig: Rig, talk: str) -> None:
    """As on a channel that opens no tickets by itself."""
    rig.db["conversations"].update_one(
        {"_id": talk}, {"$set": {"open_ticket_id": None, "last_ticket_id": None}}
    )
    rig.db["messages"].update_many({"conversation_id": talk}, {"$set": {"ticket_id": None, "part": None}})


def test_organizations_have_their_people_tickets_and_records(rig: Rig) -> None:
    acme = rig.post("/organizations", {"name": "Acme", "domains": ["acme.example"]}).get_json()["id"]
    rig.post("/contacts", {"name": "Bice", "organization": acme})
    rig.post("/contracts", {"name": "Care 2025", "hours": 40, "organization": acme})
    number = rig.hear()
    rig.change(f"/tickets/{number}", {"organization": acme})
    assert texts(page(rig, "/organizations?q=acm"), "#organizations strong") == ["Acme"]
    assert "Bice" in page(rig, f"/organizations/{acme}").get_text()
    assert number in page(rig, f"/organizations/{acme}?part=tickets").get_text()
    assert "40 of 40 h left" in page(rig, f"/organizations/{acme}?part=records").get_text()
    assert "added this record" in page(rig, f"/organizations/{acme}?part=history").get_text()
    assert not apis(page(rig, f"/organizations/{acme}", user="vera"))
    page(rig, "/organizations/nothing", status=404)
