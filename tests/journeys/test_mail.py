"""E-mail through the whole desk, from customers' mailboxes and back, seen only from outside."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.shaping import action, has_status
from tests.support.desk import Desk
from tests.support.letters import MailCustomer, headers_of, new_address
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.journey, pytest.mark.timeout(300)]

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def reply(desk: Desk, number: str, text: str, **more: Any) -> dict[str, Any]:
    """An agent's answer."""
    sent: dict[str, Any] = desk.post(f"/tickets/{number}/replies", {"text": text, **more})
    return sent


def delivery(desk: Desk, number: str, message_id: str) -> dict[str, Any]:
    """How far an answer has come."""
    (found,) = [each for each in desk.actions(number) if each["id"] == message_id]
    state: dict[str, Any] = found["delivery"]
    return state


def upload(desk: Desk, name: str, content: bytes, mime_type: str) -> str:
    """A file of the agent's; its id."""
    answer = desk.api("POST", "/attachments", files={"file": (name, content, mime_type)})
    assert answer.status_code == 201, answer.text
    file_id: str = answer.json()["id"]
    return file_id


def triage_of(desk: Desk, customer: MailCustomer) -> list[dict[str, Any]]:
    """The customer's mails in triage."""
    return [each for each in desk.items("/triage") if each["sender"]["address"] == customer.address]


def settled(customer: MailCustomer) -> None:
    """Until a mail written now has its ticket: what the desk's mailbox held before was dealt with, too."""
    after = MailCustomer(customer.desk)
    after.write("Ultima")
    after.ticket()


def test_a_mail_opens_a_ticket_and_whoever_takes_part_answers_on_it(desk: Desk) -> None:
    anna, mario = MailCustomer(desk), MailCustomer(desk, name="Mario Verdi")
    file = anna.file("guasto.pdf", PDF, "application/pdf")
    anna.write("La caldaia perde", "Buongiorno,\nperde acqua.", cc=[mario.address], files=[{"file": file}])
    ticket = anna.ticket()
    number = ticket["number"]
    assert ticket["title"] == "La caldaia perde"
    assert ticket["description"].endswith("Buongiorno,\nperde acqua.")
    assert (ticket["requester"]["name"], ticket["requester"]["stage"]) == ("Anna Rossi", "lead")
    assert ticket["cc"] == [mario.address]
    (stored,) = wait_until(lambda: desk.items(f"/tickets/{number}/attachments"), 40)
    assert desk.api("GET", f"/attachments/{stored['id']}/content").content == PDF
    opening = anna.waits_for(number)
    assert opening["subject"] == f"Re: [{number}] La caldaia perde"
    assert headers_of(opening)["auto-submitted"] == "auto-replied"
    assert mario.received() == []

    sent = reply(
        desk,
        number,
        "Arriviamo domani.",
        attachments=[upload(desk, "preventivo.pdf", PDF, "application/pdf")],
    )
    answer = anna.waits_for("Arriviamo domani.")
    assert answer["id"] == mario.waits_for("Arriviamo domani.")["id"]
    assert [each["name"] for each in answer["files"]] == ["preventivo.pdf"]
    assert answer["subject"] == f"Re: [{number}] La caldaia perde"
    assert answer["has_html"]
    assert "auto-submitted" not in headers_of(answer)
    assert answer["thread"] == opening["thread"]
    wait_until(lambda: delivery(desk, number, sent["id"])["state"] == "sent", 20)
    assert has_status(desk, number, "waiting_for_response")

    anna.answer(answer, "Va bene, grazie", client_="gmail")
    came = action(desk, number, text="Va bene, grazie")
    assert "Arriviamo domani." in came["content"]["whole_text"]
    wait_until(lambda: has_status(desk, number, "customer_responded"), 20)
    mario.answer(answer, "Ci sarò anch'io", client_="outlook", to_all=True)
    joined = action(desk, number, text="Ci sarò anch'io")
    assert joined["author"]["name"] == "Mario Verdi"
    assert mario.tickets() == []
    assert len(anna.tickets()) == 1
    original = desk.api("GET", came["mail"]["original"].removeprefix("/api/v1"))
    assert original.status_code == 200
    assert b"Va bene, grazie" in original.content


def test_a_stranger_with_the_number_alone_gets_a_ticket_of_his_own(desk: Desk) -> None:
    anna, stranger = MailCustomer(desk), MailCustomer(desk, name="Un altro")
    anna.write("Fattura di marzo")
    number = anna.ticket()["number"]
    stranger.write(f"Re: [{number}] Fattura di marzo", "Datemela")
    assert stranger.ticket()["number"] != number
    assert "Datemela" not in [each["text"] for each in desk.actions(number)]


def test_a_deleted_tickets_mail_does_not_return_and_an_answer_to_it_opens_another(desk: Desk) -> None:
    anna = MailCustomer(desk)
    mail = anna.write("Da cancellare")
    number = anna.ticket()["number"]
    opening = anna.waits_for(number)
    desk.delete(f"/tickets/{number}")
    # The same mail again, as after a restored backup or from another folder.
    anna.call(f"messages/{mail}/again")
    settled(anna)
    assert anna.tickets() == []
    anna.answer(opening, "Ho ancora bisogno")
    assert anna.ticket()["number"] != number


def test_what_the_mail_server_refuses_or_sends_back_fails_with_its_words(desk: Desk) -> None:
    anna = MailCustomer(desk)
    anna.write("Indirizzo sbagliato")
    number = anna.ticket()["number"]
    opening = anna.waits_for(number)

    desk.fault(provider="smtp", on="recipient", to=anna.address, code=511)
    refused = reply(desk, number, "Non arriva")
    wait_until(lambda: delivery(desk, number, refused["id"])["state"] == "failed", 40)
    assert "5.1.1" in str(delivery(desk, number, refused["id"])["error"])

    sent = reply(desk, number, "Torna indietro")
    mail = anna.waits_for("Torna indietro")
    wait_until(lambda: delivery(desk, number, sent["id"])["state"] == "sent", 20)
    anna.call(f"messages/{mail['id']}/bounce", recipient=anna.address, code="5.2.2")
    wait_until(lambda: delivery(desk, number, sent["id"])["state"] == "failed", 40)
    error = delivery(desk, number, sent["id"])["error"]
    assert error["code"] == "5.2.2"
    assert "full" in error["detail"]
    assert error["remedy"]
    assert len(anna.tickets()) == 1
    assert opening["thread"] == mail["thread"]


def test_an_absence_is_shown_and_changes_nothing(desk: Desk) -> None:
    anna = MailCustomer(desk)
    anna.write("Contratto")
    number = anna.ticket()["number"]
    anna.waits_for(number)
    anna.behaves("absent")
    reply(desk, number, "Le mandiamo il contratto")
    came = action(desk, number, direction="in", part="comment")
    assert came["mail"]["automatic"] == "out-of-office"
    settled(anna)
    assert has_status(desk, number, "waiting_for_response")
    assert len(anna.tickets()) == 1
    assert len(anna.received()) == 2


def test_certified_mail_is_opened_and_its_receipts_become_ticks(desk: Desk) -> None:
    studio = MailCustomer(desk, new_address("pec.example"), "Studio Verdi")
    studio.write("Diffida", "Entro trenta giorni.", to=[desk.credentials["pec"]["address"]])
    ticket = studio.ticket()
    assert (ticket["title"], ticket["channel"]) == ("Diffida", desk.credentials["pec"]["channel_id"])
    assert ticket["description"].endswith("Entro trenta giorni.")
    sent = reply(desk, ticket["number"], "Riscontriamo la vostra.")
    wait_until(lambda: delivery(desk, ticket["number"], sent["id"])["state"] == "delivered", 40)
    assert len(studio.tickets()) == 1


def test_a_rule_holds_a_mail_and_its_ticket_is_made_in_silence(desk: Desk) -> None:
    orders = MailCustomer(desk, name="Negozio")
    rule = desk.post(
        "/settings/mail-rules",
        {
            "name": "Ordini",
            "conditions": [{"what": "sender", "how": "is", "value": orders.address}],
            "then": {"do": "hold"},
        },
    )
    wait_until(lambda: held(desk, orders), 60)
    for mail in triage_of(desk, orders)[1:]:
        desk.post(f"/triage/{mail['id']}/ignore", {"reason": "prova"}, 200)
    waiting = triage_of(desk, orders)[0]
    assert (waiting["reason"], waiting["rule"]) == ("rule", "Ordini")
    before = len(orders.tickets())

    made = desk.post(f"/triage/{waiting['id']}/ticket", {"title": "Ordine 118"})
    assert made["title"] == "Ordine 118"
    assert len(orders.tickets()) == before + 1
    (kept,) = [each for each in triage_of(desk, orders) if each["id"] == waiting["id"]]
    assert (kept["state"], kept["ticket"]) == ("ticket", made["number"])
    settled(orders)
    assert [mail for mail in orders.received() if made["number"] in mail["subject"]] == []
    desk.change(f"/settings/mail-rules/{rule['id']}", {"active": False})


def held(desk: Desk, customer: MailCustomer) -> bool:
    """Whether the rule reached the process that takes mails: it is tried until a mail waits."""
    customer.write("Ordine")
    settled(customer)
    return bool(triage_of(desk, customer))


def test_what_cannot_be_read_is_kept_for_people_and_stops_nothing_behind_it(desk: Desk) -> None:
    before = {item["id"] for item in desk.items("/quarantine")}
    nobody = f"Subject: da nessuno\r\nMessage-ID: <{new_address()}>\r\n\r\ncorpo\r\n".encode()
    answer = desk.http.post(
        f"{desk.endpoints['sandbox']}/api/mail/raw",
        params={"from": ""},
        content=nobody,
        headers={"Content-Type": "message/rfc822"},
    )
    assert answer.status_code == 200, answer.text
    settled(MailCustomer(desk))

    def aside() -> list[dict[str, Any]]:
        return [item for item in desk.items("/quarantine") if item["id"] not in before]

    (item,) = wait_until(aside, 30)
    assert item["reason"] == "no-sender"
    original = desk.api("GET", f"/quarantine/{item['id']}/original")
    assert original.content.endswith(nobody)
    desk.post(f"/quarantine/{item['id']}/replay", {}, 200)
    again = wait_until(lambda: [each for each in aside() if each["id"] != item["id"]], 30)
    assert [each["reason"] for each in again] == ["no-sender"]


def test_a_program_that_answers_each_mail_with_a_new_one_is_stopped(desk: Desk) -> None:
    robot = MailCustomer(desk, name="Risponditore")
    robot.behaves("forgetful")
    robot.write("Si comincia")
    wait_until(lambda: len(robot.received()) >= 12, 90, every=0.2)
    settled(robot)
    settled(robot)
    assert len(robot.received()) == 12
    assert len(robot.tickets()) <= 30


@pytest.mark.fault
def test_killing_the_collector_at_work_loses_no_mail_and_doubles_none(desk: Desk) -> None:
    customers = [MailCustomer(desk) for _ in range(3)]
    for number in range(10):
        for customer in customers:
            customer.write(f"Guasto {number}")
        if number in (3, 7):
            desk.kill("mail_collector.worker")
    wanted = sorted(f"Guasto {number}" for number in range(10))
    for customer in customers:
        wait_until(lambda c=customer: len(c.tickets()) >= len(wanted), 90, every=0.5)  # type: ignore[misc]
    desk.wait_ready()
    settled(customers[0])
    for customer in customers:
        assert sorted(ticket["title"] for ticket in customer.tickets()) == wanted
        assert {len(desk.actions(ticket["number"])) for ticket in customer.tickets()} <= {1, 2}
