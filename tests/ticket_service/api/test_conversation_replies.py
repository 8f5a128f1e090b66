"""Answers where there is no ticket, over REST: sent, ticked, refused with a remedy, taken over later."""

from __future__ import annotations

from typing import Any

import pytest

from services.ticket_service.apply import apply_messages
from services.ticket_service.jobs.missed_chats import open_missed
from services.ticket_service.jobs.unread_answers import mail_unread
from services.ticket_service.store import collections as names
from services.ticket_service.store.waiting_chats import MongoWaitingChats
from shared.contracts.visitor import Visitor
from tests.ticket_service.api.rig import CHANNEL, MAIL_CHANNEL, OTHER_TOKEN, Rig, inbound
from tests.ticket_service.building_chat import GIULIA, chat_message, set_chat
from tests.ticket_service.mails import mail

pytestmark = pytest.mark.integration
PHONE = "+393351032246"
GIVEN = Visitor(email="giulia@bianchi.example", language="it")
BUTTONS = {"kind": "buttons", "buttons": [{"id": "yes", "title": "Sì"}]}


@pytest.fixture
def chat(rig: Rig) -> str:
    """A live chat that opens tickets for what was missed, in which somebody waits; the conversation."""
    set_chat(rig.store, tickets="missed", missed_after_minutes=3)
    return says(rig, "1", "Buongiorno")


def says(rig: Rig, key: str, text: str) -> str:
    """The visitor writes; the conversation."""
    rig.take(chat_message(key, text=text, occurred=rig.clock.now, visitor=GIVEN))
    return str(talk(rig)["id"])


def phones(rig: Rig, text: str) -> str:
    """Somebody writes on WhatsApp, where tickets are opened by hand; the conversation."""
    event = inbound(text, PHONE, at=rig.clock.now)
    apply_messages([event], rig.web.services.desk, {CHANNEL: False})
    return str(talk(rig)["id"])


def talk(rig: Rig) -> dict[str, Any]:
    (found,) = rig.get("/conversations").get_json()["items"]
    return dict(found)


def said(rig: Rig, conversation: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = rig.get(f"/conversations/{conversation}/messages").get_json()["items"]
    return items


def answers(rig: Rig, conversation: str, body: Any, **options: Any) -> dict[str, Any]:
    """What an agent answers there, a second later."""
    rig.clock.forward(seconds=1)
    answer = rig.post(f"/conversations/{conversation}/replies", body, token=OTHER_TOKEN, **options)
    assert answer.status_code == 201, answer.text
    return dict(answer.get_json())


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"].rpartition(":")[2]


def look_for_missed(rig: Rig) -> int:
    return open_missed(rig.web.services.desk, MongoWaitingChats(rig.db), rig.clock.now)


def test_a_chat_is_answered_before_it_has_a_ticket_and_ticks_reach_the_answer(rig: Rig, chat: str) -> None:
    answer = answers(rig, chat, {"text": "Eccomi"}, key="k1")
    assert answers(rig, chat, {"text": "Eccomi"}, key="k1") == answer
    assert (answer["ticket"], answer["part"], answer["number"]) == (None, None, None)
    assert (answer["author"]["name"], answer["delivery"]["state"]) == ("Bruno", "queued")
    (asked,) = rig.requested()
    assert (asked.send_id, asked.ticket_number, asked.author) == (answer["id"], "", "Bruno")
    assert (asked.recipient.address, asked.content.text) == (GIULIA, "Eccomi")
    for state in ("sent", "delivered", "read"):
        rig.delivered(answer["id"], state, rig.clock.now)
        assert said(rig, chat)[1]["delivery"]["state"] == state
    assert (talk(rig)["waiting_since"], talk(rig)["open_ticket"]) == (None, None)
    assert rig.get("/tickets").get_json()["items"] == []


def test_files_choices_and_quotations_go_with_an_answer(rig: Rig, chat: str) -> None:
    file_id = rig.upload(b"%PDF-1.4", "listino.pdf", "application/pdf")
    with_file = answers(rig, chat, {"text": "Il listino", "attachments": [file_id]})
    assert [each["filename"] for each in with_file["attachments"]] == ["listino.pdf"]
    rig.clock.forward(seconds=1)
    first = said(rig, chat)[0]
    body = {"text": "Va bene?", "interactive": BUTTONS, "reply_to": first["id"]}
    assert answers(rig, chat, body)["reply_to"]["text"] == "Buongiorno"
    asked = [each.content.kind for each in rig.requested()]
    assert asked == ["media", "interactive"]


def test_a_ticket_opened_during_the_talk_takes_over_what_both_sides_said(rig: Rig, chat: str) -> None:
    file_id = rig.upload(b"%PDF-1.4", "listino.pdf", "application/pdf")
    rig.clock.forward(seconds=10)
    answers(rig, chat, {"text": "Il listino", "attachments": [file_id]})
    rig.clock.forward(seconds=10)
    says(rig, "2", "Grazie, e in verde?")
    opened = rig.post(f"/conversations/{chat}/tickets", {"title": "Vaso"})
    assert opened.status_code == 201, opened.text
    ticket = opened.get_json()
    assert (ticket["description"].endswith("Buongiorno"), ticket["comments_count"]) == (True, 2)
    actions = rig.get(f"/tickets/{ticket['number']}/actions").get_json()["items"]
    assert [(each["part"], each["number"], each["author"]["name"], each["text"]) for each in actions] == [
        ("description", None, "Giulia", "Buongiorno"),
        ("comment", 1, "Bruno", "Il listino"),
        ("comment", 2, "Giulia", "Grazie, e in verde?"),
    ]
    files = rig.get(f"/tickets/{ticket['number']}/attachments").get_json()["items"]
    assert [each["filename"] for each in files] == ["listino.pdf"]
    stored = rig.db[names.TICKETS].find_one({"number": ticket["number"]}) or {}
    assert stored["first_response_at"] is not None
    assert stored["unanswered_since"] == stored["last_customer_message_at"]


def test_what_the_customer_said_first_is_the_description_even_when_the_desk_spoke_before(
    rig: Rig, chat: str
) -> None:
    closed = rig.post(f"/conversations/{chat}/tickets", {}).get_json()["number"]
    rig.change(f"/tickets/{closed}", {"status": "closed"})
    rig.change("/settings/desk", {"reopen": "never"})
    rig.clock.forward(seconds=10)
    answers(rig, chat, {"text": "Dimenticavo: la garanzia vale."})
    rig.clock.forward(seconds=10)
    says(rig, "2", "Perfetto, e il ritiro?")
    opened = rig.post(f"/conversations/{chat}/tickets", {})
    assert opened.status_code == 201, opened.text
    actions = rig.get(f"/tickets/{opened.get_json()['number']}/actions").get_json()["items"]
    assert [(each["part"], each["text"]) for each in actions] == [
        ("comment", "Dimenticavo: la garanzia vale."),
        ("description", "Perfetto, e il ritiro?"),
    ]


def test_an_answered_chat_is_not_missed_until_the_visitor_writes_again(rig: Rig, chat: str) -> None:
    answers(rig, chat, {"text": "Eccomi"})
    rig.clock.forward(minutes=10)
    assert look_for_missed(rig) == 0
    says(rig, "2", "E la consegna?")
    rig.clock.forward(minutes=2)
    assert look_for_missed(rig) == 0
    rig.clock.forward(minutes=2)
    assert look_for_missed(rig) == 1
    (ticket,) = rig.get("/tickets").get_json()["items"]
    assert ticket["description"].endswith("E la consegna?")


def test_a_reaction_is_no_answer_to_who_waits(rig: Rig, chat: str) -> None:
    first = said(rig, chat)[0]
    answers(rig, chat, {"reaction": {"message": first["id"], "emoji": "👍"}})
    assert [each["emoji"] for each in said(rig, chat)[0]["reactions"]] == ["👍"]
    assert talk(rig)["waiting_since"] is not None


def test_an_answer_nobody_reads_follows_by_mail_without_promising_that_a_reply_finds_back(
    rig: Rig, chat: str
) -> None:
    answers(rig, chat, {"text": "Arriva domani."})
    rig.clock.forward(minutes=5)
    assert mail_unread(rig.web.services.desk, rig.clock.now) == 1
    (sent,) = rig.requested("mail.requested")
    assert (sent.channel_id, sent.ticket_number, sent.token) == (MAIL_CHANNEL.id, "", "")
    assert [each.address for each in sent.to] == [GIVEN.email]
    assert sent.text.endswith("Bruno:\nArriva domani.")
    assert said(rig, chat)[1]["mailed_at"] is not None
    assert mail_unread(rig.web.services.desk, rig.clock.now) == 0


def test_an_open_ticket_is_answered_on_the_ticket(rig: Rig, chat: str) -> None:
    number = rig.post(f"/conversations/{chat}/tickets", {}).get_json()["number"]
    refused = rig.post(f"/conversations/{chat}/replies", {"text": "Eccomi"})
    assert problem(refused) == (409, "has-open-ticket")
    assert refused.get_json()["ticket"] == number
    assert number in refused.get_json()["detail"]
    assert rig.requested() == []


def test_outside_the_window_only_a_template_leaves_or_a_draft_waits(rig: Rig) -> None:
    conversation = phones(rig, "Aspetto notizie")
    inside = answers(rig, conversation, {"text": "Guardo subito"})
    rig.clock.forward(hours=25)
    late = {"text": "Trovato."}
    assert problem(rig.post(f"/conversations/{conversation}/replies", late)) == (409, "template-required")
    rig.knows("please_answer")
    template = {"template": {"name": "please_answer", "language": "it", "components": []}}
    assert answers(rig, conversation, template)["text"] == "Abbiamo una risposta per lei."
    kept = answers(rig, conversation, {**late, "when_closed": "draft"})
    assert kept["delivery"]["state"] == "draft"
    assert [each.send_id for each in rig.requested()][:1] == [inside["id"]]
    assert kept["id"] not in {each.send_id for each in rig.requested()}
    phones(rig, "Sono qui")
    assert kept["id"] in {each.send_id for each in rig.requested()}


def test_a_draft_without_a_ticket_is_thrown_away_and_a_failed_answer_sent_again(rig: Rig) -> None:
    conversation = phones(rig, "Aspetto notizie")
    failed = answers(rig, conversation, {"text": "Guardo subito"})
    again = f"/conversations/{conversation}/replies/{failed['id']}/resend"
    assert problem(rig.post(again, {})) == (409, "not-failed")
    rig.delivered(failed["id"], "failed", rig.clock.now)
    resent = rig.post(again, {})
    assert (resent.status_code, resent.get_json()["delivery"]["state"]) == (200, "queued")
    assert [each.attempt for each in rig.requested()] == [0, 1]
    rig.clock.forward(hours=25)
    kept = answers(rig, conversation, {"text": "Trovato.", "when_closed": "draft"})
    draft = f"/conversations/{conversation}/replies/{kept['id']}"
    assert rig.call("DELETE", draft).status_code == 204
    assert talk(rig)["drafts"] == []
    assert [each["text"] for each in said(rig, conversation)] == ["Aspetto notizie", "Guardo subito"]
    assert rig.call("DELETE", draft).status_code == 404
    gone = f"/conversations/{conversation}/replies/{failed['id']}"
    assert problem(rig.call("DELETE", gone)) == (409, "not-draft")


def test_what_is_on_a_ticket_is_not_sent_again_or_thrown_away_from_the_conversation(
    rig: Rig, chat: str
) -> None:
    number = rig.post(f"/conversations/{chat}/tickets", {}).get_json()["number"]
    on_ticket = rig.post(f"/tickets/{number}/replies", {"text": "Uno"}).get_json()["id"]
    rig.change(f"/tickets/{number}", {"status": "closed"})
    rig.delivered(on_ticket, "failed", rig.clock.now)
    assert rig.post(f"/conversations/{chat}/replies/{on_ticket}/resend", {}).status_code == 404


def test_a_mail_is_answered_on_a_ticket_only(rig: Rig) -> None:
    rig.take(mail("r1", sender="giulia@bianchi.example", occurred=rig.clock.now))
    rig.db[names.TICKETS].update_many({}, {"$set": {"status": "closed"}})
    refused = rig.post(f"/conversations/{talk(rig)['id']}/replies", {"text": "Buongiorno"})
    assert problem(refused) == (409, "mail-needs-ticket")
    assert "triage" in refused.get_json()["detail"]


def test_who_was_erased_is_not_answered(rig: Rig, chat: str) -> None:
    rig.db[names.CONVERSATIONS].update_many({}, {"$set": {"recipient.kind": ""}})
    refused = rig.post(f"/conversations/{chat}/replies", {"text": "Buongiorno"})
    assert problem(refused) == (409, "not-reachable")


@pytest.mark.parametrize("field", ["status", "justification", "cc", "subject"])
def test_what_only_a_ticket_has_is_refused(rig: Rig, chat: str, field: str) -> None:
    body = {"text": "Eccomi", field: ["a@b.example"] if field == "cc" else "closed"}
    refused = rig.post(f"/conversations/{chat}/replies", body)
    assert refused.status_code == 422
    assert [each["field"] for each in refused.get_json()["errors"]] == [field]


def test_a_form_is_for_live_chats_and_nobody_answers_in_a_conversation_that_is_not_there(rig: Rig) -> None:
    conversation = phones(rig, "Salve")
    form = {"kind": "form", "form_fields": [{"key": "email", "label": "Posta"}]}
    body = {"text": "Ci dica", "interactive": form}
    assert rig.post(f"/conversations/{conversation}/replies", body).status_code == 422
    assert rig.post("/conversations/nobody/replies", {"text": "Eccomi"}).status_code == 404


def test_a_canned_reply_is_filled_in_for_a_conversation(rig: Rig, chat: str) -> None:
    body = "Buongiorno {{ customer.first_name }}, il ticket {{ ticket.number }}: {{ agent.name }}"
    made = rig.post("/canned-replies", {"title": "Saluto", "body": body}).get_json()["id"]
    filled = rig.get(f"/canned-replies/{made}/text?conversation={chat}").get_json()
    assert filled["text"].startswith("Buongiorno Giulia, il ticket :")
    assert filled["gaps"] == ["ticket.number"]
    for wrong, status in (("", 422), (f"?conversation={chat}&ticket=TT1", 422), ("?conversation=none", 404)):
        assert rig.get(f"/canned-replies/{made}/text{wrong}").status_code == status
