"""Answers by mail over REST: who gets them, under which subject, what stands around them."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.mail_address import MailAddress
from tests.support.received_mail import DESK, mail_event
from tests.ticket_service.api.rig import MAIL_DESK, NOON, Rig

pytestmark = pytest.mark.integration
LUCA = "luca@bianchi.example"
GIULIA = "giulia@bianchi.example"
FIRST = "first@mail.example"


def opened(rig: Rig, **options: Any) -> str:
    """A mail opens a ticket; its number."""
    rig.take(mail_event("Il terminale 3 è fermo.", at=rig.clock.now, **{"message_id": FIRST, **options}))
    (ticket,) = rig.db["tickets"].find()
    number: str = ticket["number"]
    return number


def sent(rig: Rig, number: str, **body: Any) -> Any:
    """What is asked for when an agent answers."""
    answer = rig.post(f"/tickets/{number}/replies", {"text": "Arriviamo", **body})
    assert answer.status_code == 201, answer.text
    return rig.requested()[-1]


def fields_refused(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {each["field"] for each in answer.get_json()["errors"]}


def test_an_answer_goes_to_the_thread_with_a_copy_to_those_who_were_in_copy(rig: Rig) -> None:
    number = opened(rig, subject="R: Terminale 3 fermo", cc=[GIULIA, DESK])
    reply = sent(rig, number)
    mail = reply.mail
    assert (reply.channel_kind, reply.recipient.address) == ("email", LUCA)
    assert mail.subject == f"Re: [{number}] Terminale 3 fermo"
    assert (mail.cc, mail.references, mail.automatic) == ([MailAddress(GIULIA)], [FIRST], False)
    ticket = rig.db["tickets"].find_one({"number": number}) or {}
    assert MAIL_DESK.is_token_of(mail.token, ticket["_id"], number)
    assert mail.quoted == f"2025-02-27 13:00, Luca Bianchi <{LUCA}>:\n\nIl terminale 3 è fermo."
    shown = rig.get(f"/tickets/{number}/replies").get_json()["items"][-1]["mail"]
    assert (shown["subject"], shown["to"], shown["quoted"]) == (
        mail.subject,
        [{"address": LUCA, "name": "Luca Bianchi"}],
        mail.quoted,
    )
    assert "token" not in shown


def test_an_answer_says_itself_who_gets_a_copy_and_under_which_subject(rig: Rig) -> None:
    number = opened(rig, cc=[GIULIA])
    reply = sent(rig, number, cc=["capo@bianchi.example", "CAPO@bianchi.example", LUCA], subject="Il tecnico")
    assert [each.address for each in reply.mail.cc] == ["capo@bianchi.example"]
    assert reply.mail.subject == f"[{number}] Il tecnico"
    assert sent(rig, number, cc=[]).mail.cc == []
    ticket = rig.get(f"/tickets/{number}").get_json()
    assert ticket["cc"] == [GIULIA], "an answer's copies are not the ticket's"
    assert "capo@bianchi.example" in ticket["mail_thread"]["people"], "who got a copy may answer"
    rig.take(
        mail_event("Va bene", at=rig.clock.now, address="capo@bianchi.example", tokens=[reply.mail.token])
    )
    assert rig.get(f"/tickets/{number}").get_json()["comments_count"] == 3


def test_what_stands_around_an_answer_is_as_the_settings_say(rig: Rig) -> None:
    number = opened(rig)
    rig.change("/me", {"signature": "Anna Rossi\nAssistenza"})
    around = {"header": "Gentile cliente,", "footer": "ACME S.p.A."}
    rig.change("/settings/mail", {**around, "channels": {"mail-main": {"from_name": "Anna di ACME"}}})
    mail = sent(rig, number).mail
    assert (mail.header, mail.from_name) == ("Gentile cliente,", "Anna di ACME")
    assert mail.footer == "-- \nAnna Rossi\nAssistenza\n\nACME S.p.A."
    plain = {"signatures": False, "quote_previous": False, "subject_tag": False}
    rig.change("/settings/mail", plain)
    mail = sent(rig, number).mail
    assert (mail.footer, mail.quoted, mail.subject) == ("ACME S.p.A.", "", "Re: Il terminale non si accende")


def test_the_last_person_who_wrote_is_quoted_or_whom_the_agent_chose(rig: Rig) -> None:
    number = opened(rig, cc=[GIULIA])
    rig.clock.forward(minutes=5)
    second = mail_event(
        "Urgente!", at=rig.clock.now, address=GIULIA, name="Giulia", message_id="second@x", answers=[FIRST]
    )
    rig.clock.forward(minutes=5)
    absent = mail_event(
        "Sono assente", at=rig.clock.now, message_id="third@x", answers=[FIRST], automatic="out-of-office"
    )
    rig.take(second, absent)
    mail = sent(rig, number).mail
    assert mail.quoted.endswith(f"Giulia <{GIULIA}>:\n\nUrgente!")
    assert mail.references == [FIRST, "third@x", "second@x"], "what is answered stands last"
    chosen = sent(rig, number, reply_to=second.data.dedupe_key)
    assert (chosen.reply_to, chosen.mail.references[-1]) == ("second@x", "second@x")
    first = rig.get(f"/tickets/{number}/actions").get_json()["items"][0]["id"]
    assert sent(rig, number, reply_to=first).mail.references[-1] == FIRST


def test_a_note_is_never_quoted_to_a_customer(rig: Rig) -> None:
    number = opened(rig)
    note = rig.post(f"/tickets/{number}/notes", {"text": "Cliente difficile"}).get_json()["id"]
    assert fields_refused(rig.post(f"/tickets/{number}/replies", {"text": "a", "reply_to": note})) == {
        "reply_to"
    }
    assert "difficile" not in sent(rig, number).mail.quoted


def test_a_failed_answer_is_the_same_mail_when_it_is_sent_again(rig: Rig) -> None:
    number = opened(rig)
    first = sent(rig, number, cc=[GIULIA], subject="Il tecnico")
    rig.delivered(first.send_id, "failed", NOON)
    assert rig.post(f"/tickets/{number}/replies/{first.send_id}/resend", {}).status_code == 200
    again = rig.requested()[-1]
    assert (again.attempt, again.mail) == (1, first.mail)


def test_an_answer_and_its_repetition_go_where_the_opening_mail_wanted_answers(rig: Rig) -> None:
    number = opened(rig, headers={"reply-to": f"Giulia <{GIULIA}>"}, cc=[GIULIA])
    first = sent(rig, number)
    assert (first.recipient.address, first.mail.cc) == (GIULIA, [])
    shown = rig.get(f"/tickets/{number}/replies").get_json()["items"][-1]["mail"]
    assert [each["address"] for each in shown["to"]] == [GIULIA]
    thread = rig.get(f"/tickets/{number}").get_json()["mail_thread"]
    assert (thread["reply_to"], set(thread["people"])) == (GIULIA, {GIULIA, LUCA})
    rig.delivered(first.send_id, "failed", NOON)
    assert rig.post(f"/tickets/{number}/replies/{first.send_id}/resend", {}).status_code == 200
    assert rig.requested()[-1].recipient.address == GIULIA


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "a", "cc": [DESK]}, "cc.0"),
        ({"text": "a", "cc": ["nobody"]}, "cc.0"),
        ({"text": "a", "cc": ["a@b.example", "x y@b.example"]}, "cc.1"),
        ({"text": "a", "subject": "Ciao\r\nBcc: x@y.example"}, "subject"),
        ({"location": {"latitude": 45.4, "longitude": 9.2}}, "location"),
        ({"template": {"name": "notice", "language": "it"}}, "template"),
    ],
)
def test_what_no_mail_can_be_is_refused(rig: Rig, body: dict[str, Any], field: str) -> None:
    number = opened(rig)
    assert fields_refused(rig.post(f"/tickets/{number}/replies", body)) == {field}
    assert rig.requested() == []


def test_chats_have_neither_copies_nor_subjects(rig: Rig) -> None:
    body = {"text": "a", "cc": [], "subject": "x"}
    assert fields_refused(rig.post(f"/tickets/{rig.hear()}/replies", body)) == {"cc", "subject"}


def test_a_mail_is_saved_as_it_came_and_never_shown_in_place(rig: Rig) -> None:
    raw = b"Subject: Terminale\r\n\r\n<script>alert(1)</script>"
    rig.blobs.put("mail-1", [raw], mime_type="message/rfc822", max_bytes=10**6)
    number = opened(
        rig, subject='Terminale "3"/../fermo', raw_blob="mail-1", raw_size=len(raw), headers={"x-a": "b"}
    )
    message = rig.get(f"/tickets/{number}/actions").get_json()["items"][0]
    assert message["mail"]["original"] == f"/api/v1/messages/{message['id']}/original"
    answer = rig.get(f"/messages/{message['id']}/original")
    assert (answer.status_code, answer.data) == (200, raw)
    assert answer.headers["Content-Type"] == "message/rfc822"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "/" not in answer.headers["Content-Disposition"].partition(";")[2]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    whole = rig.get(f"/messages/{message['id']}/mail").get_json()
    assert (whole["headers"], whole["size"]) == ({"x-a": "b"}, len(raw))
    rig.blobs.delete("mail-1")
    assert rig.get(f"/messages/{message['id']}/original").status_code == 404


def test_what_is_no_mail_has_no_original(rig: Rig) -> None:
    message = rig.get(f"/tickets/{rig.hear()}/actions").get_json()["items"][0]["id"]
    for path in (f"/messages/{message}/original", f"/messages/{message}/mail", "/messages/none/original"):
        assert rig.get(path).status_code == 404


def test_a_quarantined_mail_is_saved_as_it_came(rig: Rig) -> None:
    rig.blobs.put("mail-2", [b"\x00\xff not a mail"], mime_type="message/rfc822", max_bytes=10**6)
    item = rig.quarantine("took-too-long", raw_blob="mail-2")
    assert rig.get(f"/quarantine/{item}").get_json()["original"] == f"/api/v1/quarantine/{item}/original"
    answer = rig.get(f"/quarantine/{item}/original")
    assert (answer.data, answer.headers["Content-Disposition"][:10]) == (b"\x00\xff not a mail", "attachment")
    assert rig.get(f"/quarantine/{rig.quarantine()}/original").status_code == 404


def test_the_desk_may_write_first_by_mail_and_have_several_threads_with_one_customer(rig: Rig) -> None:
    who = {"identity": {"kind": "email", "value": LUCA}, "name": "Luca"}
    body = {"requester": who, "title": "Rinnovo", "channel": "mail-main", "begin_conversation": True}
    first = rig.post("/tickets", body)
    assert first.status_code == 201, first.text
    number = first.get_json()["number"]
    mail = sent(rig, number).mail
    assert (mail.subject, mail.references, mail.quoted) == (f"[{number}] Rinnovo", [], "")
    assert rig.requested()[-1].recipient.address == LUCA
    second = rig.post("/tickets", {**body, "title": "Fattura"})
    assert second.status_code == 201, "mails name their tickets, so an open one is in nobody's way"
    rig.take(mail_event("Va bene", at=rig.clock.now, tokens=[mail.token]))
    assert rig.get(f"/tickets/{number}").get_json()["comments_count"] == 2


def test_ids_that_no_mail_may_name_are_left_out_and_copies_have_an_end(rig: Rig) -> None:
    number = opened(rig, message_id="naïve@mail.example")
    rig.change(f"/tickets/{number}", {"cc": [f"a{each}@b.example" for each in range(50)]})
    mail = sent(rig, number).mail
    assert (mail.references, len(mail.cc)) == ([], 50)


def test_no_copy_goes_to_the_desk_itself(rig: Rig) -> None:
    number = opened(rig)
    rig.change(f"/tickets/{number}", {"cc": [DESK, GIULIA, "assistenza+tt1-x@example.org"]})
    assert [each.address for each in sent(rig, number).mail.cc] == [GIULIA]
