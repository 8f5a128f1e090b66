"""Triage over REST: mails that wait, and what people make of them; nobody is told of any of it by mail."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.contracts.attachment import RemoteFile, attachment_id
from tests.support.received_mail import mail_event
from tests.ticket_service.api.rig import ANNA, BRUNO, MAIL_CHANNEL, NOON, OTHER_TOKEN, VERA, Rig

pytestmark = pytest.mark.integration
LUCA = "luca@bianchi.example"
EVENTS = ("opened", "customer_replied", "status_changed", "closed", "reopened", "assigned")
TOLD = ("mail.requested", "reply.requested")


@pytest.fixture
def desk(rig: Rig) -> Rig:
    """A desk whose rule holds every mail, and whose notices are all on."""
    hold = {"name": "Look first", "conditions": [], "then": {"do": "hold", "reason": "Look first"}}
    assert rig.post("/settings/mail-rules", hold).status_code == 201
    return rig


def comes(rig: Rig, text: str = "Il terminale è fermo", **options: Any) -> str:
    """A mail that is held; its id."""
    rig.clock.forward(seconds=1)
    event = mail_event(text, at=rig.clock.now, **options)
    rig.take(event)
    message_id: str = event.data.dedupe_key
    return message_id


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"].removeprefix("urn:sportello:problem:")


def fields_refused(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {each["field"] for each in answer.get_json()["errors"]}


def test_held_mails_are_listed_filtered_counted_and_read_whole(desk: Rig) -> None:
    first = comes(desk, "Prima", subject="Fattura 12", address=LUCA)
    second = comes(desk, "Seconda", subject="Ordine", address="anna@verdi.example", name="Anna Verdi")
    assert desk.get("/triage/counts").get_json() == {"held": 2}
    listed = desk.get("/triage?state=held").get_json()["items"]
    assert [each["id"] for each in listed] == [second, first]
    assert (listed[1]["sender"], listed[1]["reason"], listed[1]["rule"], listed[1]["snippet"]) == (
        {"address": LUCA, "name": "Luca Bianchi"},
        "Look first",
        "Look first",
        "Prima",
    )
    for query, expected in (
        ("?q=fatt", [first]),
        ("?q=verdi", [second]),
        (f"?channel={MAIL_CHANNEL.id}", [second, first]),
        ("?channel=whatsapp-main", []),
        ("?state=ignored,ticket", []),
    ):
        assert [each["id"] for each in desk.get(f"/triage{query}").get_json()["items"]] == expected
    page = desk.get("/triage?limit=1").get_json()
    rest = desk.get("/triage", query_string={"limit": 1, "cursor": page["next"]}).get_json()
    assert [each["id"] for each in page["items"] + rest["items"]] == [second, first]
    whole = desk.get(f"/triage/{first}").get_json()
    assert (whole["message"]["text"], whole["message"]["mail"]["subject"]) == ("Prima", "Fattura 12")
    assert (whole["contact"]["stage"], whole["contact"]["identities"][0]["value"]) == ("lead", LUCA)
    assert desk.get("/triage/none").status_code == 404


def test_a_ticket_is_made_of_a_mail_and_nobody_is_told(desk: Rig) -> None:
    mail = comes(desk, "Il terminale è fermo", subject="Re: Terminale 3", cc=["giulia@bianchi.example"])
    _notices_on(desk)
    before = {each: len(desk.requested(each)) for each in TOLD}
    body = {"priority": "high", "assignee": BRUNO, "tags": ["terminali"]}
    answer = desk.post(f"/triage/{mail}/ticket", body, key="once")
    assert answer.status_code == 201, answer.text
    ticket = answer.get_json()
    assert (ticket["title"], ticket["priority"], ticket["assignee"], ticket["tags"], ticket["cc"]) == (
        "Terminale 3",
        "high",
        BRUNO,
        ["terminali"],
        ["giulia@bianchi.example"],
    )
    assert ticket["status"]["role"] == "opening"
    assert ticket["description"].endswith("Il terminale è fermo")
    assert ticket["requester"]["identities"][0]["value"] == LUCA
    assert ticket["mail_thread"]["people"] == [LUCA, "giulia@bianchi.example"]
    assert {each: len(desk.requested(each)) for each in TOLD} == before
    assert [fact.mail for fact in desk.requested("ticket.opened")] == [None]
    assert desk.post(f"/triage/{mail}/ticket", body, key="once").get_json() == ticket
    shown = desk.get(f"/triage/{mail}").get_json()
    assert (shown["state"], shown["ticket"], shown["decided_by"]["id"]) == ("ticket", ticket["number"], ANNA)
    assert problem(desk.post(f"/triage/{mail}/ticket", {})) == (409, "already-decided")


def test_a_ticket_made_of_a_mail_is_answered_where_the_mail_wants_it(desk: Rig) -> None:
    form = comes(desk, address="form@shop.example", headers={"reply-to": f"Luca <{LUCA}>"})
    ticket = desk.post(f"/triage/{form}/ticket", {}).get_json()
    assert ticket["mail_thread"]["reply_to"] == LUCA
    assert desk.post(f"/tickets/{ticket['number']}/replies", {"text": "Arriviamo"}).status_code == 201
    assert desk.requested()[-1].recipient.address == LUCA


def test_a_mails_files_come_into_the_ticket(desk: Rig) -> None:
    event = mail_event("In allegato", at=desk.clock.now)
    file = RemoteFile(attachment_id(event.data.dedupe_key, 0), "document", "part-2", filename="rapporto.pdf")
    event = mail_event("In allegato", at=desk.clock.now, attachments=[file])
    desk.take(event)
    ticket = desk.post(f"/triage/{event.data.dedupe_key}/ticket", {}).get_json()
    assert [
        each["filename"] for each in desk.get(f"/tickets/{ticket['number']}/attachments").get_json()["items"]
    ] == ["rapporto.pdf"]


def test_the_customer_can_be_chosen_by_hand_and_one_of_its_people_alone_sees_the_ticket(desk: Rig) -> None:
    acme = desk.post("/organizations", {"name": "ACME"}).get_json()["id"]
    boss, clerk = (
        desk.post("/contacts", {"name": name, "organization": acme}).get_json()["id"]
        for name in ("Boss", "Clerk")
    )
    stranger = desk.post("/contacts", {"name": "Stranger"}).get_json()["id"]
    mail = comes(desk)
    wanted = {"requester": {"id": boss}, "account_user": stranger}
    assert fields_refused(desk.post(f"/triage/{mail}/ticket", wanted)) == {"account_user"}
    unknown = {"requester": {"id": "nobody"}}
    assert fields_refused(desk.post(f"/triage/{mail}/ticket", unknown)) == {"requester"}
    ticket = desk.post(f"/triage/{mail}/ticket", {**wanted, "account_user": clerk}).get_json()
    assert (ticket["requester"]["id"], ticket["visible_to"], ticket["organization"]) == (boss, clerk, acme)
    path = f"/tickets/{ticket['number']}"
    assert fields_refused(desk.change(path, {"visible_to": stranger})) == {"visible_to"}
    assert fields_refused(desk.change(path, {"requester": stranger})) == {"visible_to"}
    assert desk.change(path, {"visible_to": boss}).get_json()["visible_to"] == boss
    moved = desk.change(path, {"requester": stranger, "visible_to": None}).get_json()
    assert (moved["requester"]["id"], moved["visible_to"]) == (stranger, None)
    desk.post(f"{path}/replies", {"text": "Arriviamo"})
    assert desk.requested()[-1].recipient.address == LUCA, "answers leave where the mail came from"


def test_a_mail_for_somebody_new_makes_a_lead(desk: Rig) -> None:
    mail = comes(desk)
    who = {"identity": {"kind": "email", "value": "capo@bianchi.example"}, "name": "Il capo"}
    ticket = desk.post(f"/triage/{mail}/ticket", {"requester": who}).get_json()
    assert (ticket["requester"]["name"], ticket["requester"]["stage"]) == ("Il capo", "lead")


def test_a_mail_joins_a_ticket_as_its_customers_answer(desk: Rig) -> None:
    opened = desk.post(f"/triage/{comes(desk)}/ticket", {}).get_json()
    path = f"/tickets/{opened['number']}"
    desk.change(path, {"status": "closed", "assignee": BRUNO})
    _notices_on(desk)
    mails = len(desk.requested("mail.requested"))
    mail = comes(desk, "Ancora fermo", address="giulia@bianchi.example", subject="Fermo")
    joined = desk.post(f"/triage/{mail}/join", {"ticket": opened["number"]})
    assert joined.status_code == 200, joined.text
    assert joined.get_json()["status"]["key"] != "closed", "it opens again as by an answer"
    said = desk.get(f"{path}/actions").get_json()["items"]
    assert [(each["text"], each["part"]) for each in said] == [
        ("Il terminale è fermo", "description"),
        ("Ancora fermo", "comment"),
    ]
    assert "giulia@bianchi.example" in joined.get_json()["mail_thread"]["people"]
    assert len(desk.requested("mail.requested")) == mails
    entries = desk.get(f"{path}/history").get_json()["items"]
    assert ("mail_joined", "giulia@bianchi.example") in {(each["what"], each["to"]) for each in entries}
    assert desk.get(f"/triage/{mail}").get_json()["ticket"] == opened["number"]


def test_what_a_machine_wrote_changes_nothing_on_the_ticket_it_joins(desk: Rig) -> None:
    opened = desk.post(f"/triage/{comes(desk)}/ticket", {}).get_json()
    path = f"/tickets/{opened['number']}"
    desk.change(path, {"status": "closed"})
    facts = len(desk.outbox())
    mail = comes(desk, "Sono assente", automatic="out-of-office")
    assert desk.post(f"/triage/{mail}/join", {"ticket": opened["number"]}).status_code == 200
    assert desk.get(path).get_json()["status"]["key"] == "closed"
    assert desk.get(f"{path}/actions").get_json()["items"][-1]["mail"]["automatic"] == "out-of-office"
    assert len(desk.outbox()) == facts


def test_a_mail_joins_no_ticket_that_takes_none(desk: Rig) -> None:
    mail = comes(desk)
    assert fields_refused(desk.post(f"/triage/{mail}/join", {"ticket": "TT999"})) == {"ticket"}
    internal = desk.post(f"/triage/{comes(desk)}/ticket", {"type": "internal"}).get_json()["number"]
    assert fields_refused(desk.post(f"/triage/{mail}/join", {"ticket": internal})) == {"ticket"}
    into, gone = (desk.post(f"/triage/{comes(desk)}/ticket", {}).get_json()["number"] for _ in range(2))
    assert desk.post(f"/tickets/{gone}/merge", {"into": into}).status_code == 200
    refused = desk.post(f"/triage/{mail}/join", {"ticket": gone})
    assert fields_refused(refused) == {"ticket"}
    assert into in refused.get_json()["errors"][0]["problem"]


def test_a_mail_is_left_aside_and_brought_back(desk: Rig) -> None:
    mail = comes(desk)
    ignored = desk.post(f"/triage/{mail}/ignore", {"reason": "Pubblicità"}).get_json()
    assert (ignored["state"], ignored["reason"], ignored["rule"]) == ("ignored", "Pubblicità", "Look first")
    assert problem(desk.post(f"/triage/{mail}/ignore", {})) == (409, "already-decided")
    assert desk.post(f"/triage/{mail}/hold").get_json()["state"] == "held"
    assert problem(desk.post(f"/triage/{mail}/hold")) == (409, "already-decided")
    desk.post(f"/triage/{mail}/ignore", {})
    assert desk.post(f"/triage/{mail}/ticket", {}).status_code == 201, (
        "what was left aside may become a ticket"
    )


def test_blocking_a_sender_puts_its_mails_away_and_keeps_further_ones_out(desk: Rig) -> None:
    first, second = comes(desk, "Compra"), comes(desk, "Compra ora")
    other = comes(desk, "Buongiorno", address="giulia@bianchi.example")
    blocked = desk.post(f"/triage/{first}/block", {"reason": "Spam"})
    assert (blocked.status_code, blocked.get_json()["state"]) == (200, "blocked")
    states = {each["id"]: each["state"] for each in desk.get("/triage").get_json()["items"]}
    assert states == {first: "blocked", second: "blocked", other: "held"}
    (sender,) = desk.get("/settings/blocked-senders").get_json()["items"]
    assert (sender["id"], sender["reason"]) == (f"email:{LUCA}", "Spam")
    third = comes(desk, "Compra adesso")
    assert desk.get(f"/triage/{third}").get_json()["reason"] == "blocked-sender"
    assert desk.post(f"/triage/{third}/hold").get_json()["state"] == "held"
    assert desk.post(f"/triage/{third}/block", {}).status_code == 200, "blocked already is no mistake"


def test_blocking_one_address_of_a_person_leaves_the_others(desk: Rig) -> None:
    first = comes(desk)
    contact = desk.get(f"/triage/{first}").get_json()["contact"]["id"]
    private = {"kind": "email", "value": "luca@casa.example"}
    assert desk.post(f"/contacts/{contact}/identities", private).status_code == 201
    second = comes(desk, address="luca@casa.example")
    assert desk.post(f"/triage/{second}/block", {}).status_code == 200
    assert desk.get(f"/triage/{first}").get_json()["state"] == "held"


def test_two_people_who_decide_at_once_make_one_ticket(desk: Rig) -> None:
    mail = comes(desk)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: desk.post(f"/triage/{mail}/ticket", {}), range(2)))
    assert sorted(each.status_code for each in answers) == [201, 409]
    assert desk.db["tickets"].count_documents({}) == 1


def test_viewers_read_triage_and_agents_decide(desk: Rig) -> None:
    mail = comes(desk)
    vera = _token_of_vera(desk)
    assert desk.get(f"/triage/{mail}", token=vera).status_code == 200
    assert desk.post(f"/triage/{mail}/ignore", {}, token=vera).status_code == 403
    assert desk.post(f"/triage/{mail}/ignore", {}, token=OTHER_TOKEN).status_code == 200


def _notices_on(rig: Rig) -> None:
    """Everybody who can be is told of everything by mail."""
    everybody = ["staff", "responsible", "watchers", "team", "requester", "cc"]
    on = {name: everybody[:4] if name in ("assigned", "customer_replied") else everybody for name in EVENTS}
    changed = rig.change("/settings/notifications", {"sends": on, "staff_address": "capo@example.org"})
    assert changed.status_code == 200, changed.text


def _token_of_vera(rig: Rig) -> str:
    secret = "spt_a-token-of-a-viewer"
    digest = hashlib.sha256(secret.encode()).hexdigest()
    rig.db["api_tokens"].insert_one(
        {"_id": digest, "name": "tests", "user_id": VERA, "created_at": NOON, "version": 1}
    )
    return secret
