"""What mails are decided with is found the same in MongoDB as in memory, and kept whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.ticket_service.acting import Desk
from services.ticket_service.apply import apply_messages
from services.ticket_service.domain.contact_merge import TalkMove
from services.ticket_service.domain.mail_rule import MailAction, MailCondition, MailRule
from services.ticket_service.domain.mail_settings import ChannelMail, MailSettings
from services.ticket_service.domain.message import INTERNAL, NOTE, Message
from services.ticket_service.domain.triage import HELD, TriageMail
from services.ticket_service.jobs.unread_answers import mail_unread
from services.ticket_service.ports import Changes
from shared.contracts.envelope import Event
from tests.ticket_service.building import NOW, counting_ids, message
from tests.ticket_service.chats import ANNA as ANNA_ROSSI
from tests.ticket_service.chats import ChatTestDesk
from tests.ticket_service.conftest import Stored
from tests.ticket_service.mails import ANNA, DESK_MAIL, EVE, SUPPORT, mail, message_id

RULE = MailRule(
    "r1",
    "Reports",
    1,
    (MailCondition("header:x-report.v1", "present"),),
    then=MailAction("join", {"priority": "high", "tags": ["report"]}),
)


def gets(stored: Stored, *events: Event) -> None:
    desk = Desk(stored.store, lambda: NOW, counting_ids(events[0].id), mail=DESK_MAIL)
    apply_messages(events, desk, {})


def on(stored: Stored) -> dict[str, str | None]:
    numbers = {each["_id"]: each["number"] for each in stored.look("tickets")}
    return {each["_id"]: numbers.get(each["ticket_id"]) for each in stored.look("messages")}


def test_a_batch_of_mails_is_decided_and_kept_whole(stored: Stored) -> None:
    settings = MailSettings(most_per_sender=2, channels={"mail": ChannelMail("Desk", "h", "f")})
    stored.store.save(Changes(records=[RULE, settings]))
    report: dict[str, Any] = {"headers": {"x-report.v1": "yes", "$odd\x00": "\ud800"}}
    gets(stored, mail("1", raw_blob="mail-1", raw_size=7), message("w1"))
    tickets = stored.look("tickets")
    by_mail = next(each for each in tickets if each["channel_kind"] == "email")
    token = DESK_MAIL.token(by_mail["_id"], by_mail["number"])
    gets(
        stored,
        *(mail("2", tokens=[token]), mail("3", sender=EVE, answers=[message_id("1")])),
        *(mail("4", subject=f"Re: [{by_mail['number']}] x"), mail("5", **report)),
        *(mail("6", subject="more"), mail("7", subject="too many"), mail("8", sender=SUPPORT)),
    )
    placed = on(stored)
    joined = [placed[f"email:{n}"] for n in (1, 2, 3, 4, 5)]
    assert joined == [by_mail["number"]] * 5
    assert placed["email:6"] not in (None, by_mail["number"])
    assert (placed["email:7"], placed["email:8"]) == (None, None)
    assert {each["_id"]: each["reason"] for each in stored.look("triage")} == {
        "email:7": "flood",
        "email:8": "own",
    }
    gets(stored, mail("2", tokens=[token]), mail("7", subject="too many"))
    assert len(stored.look("messages")) == 9


def test_records_come_back_as_they_were_saved(stored: Stored) -> None:
    triage = TriageMail("m1", "mail", "v1", ANNA, "Anna", "s", "t", NOW, HELD, words=["a"])
    settings = MailSettings(channels={"mail": ChannelMail("Desk", "h", "f")})
    stored.store.save(Changes(records=[RULE, settings, triage]))
    for record in (RULE, settings, triage):
        found = stored.store.record(type(record), record.id)
        assert found is not None
        assert found.version == 1
        kept, saved = ({**_plain(each), "version": 0} for each in (found, record))
        assert kept == saved
    gets(stored, mail("1", answers=["a@x", "b@x"], automatic="", cc=(EVE,), headers={"x-a.b": "c"}))
    found_message = stored.store.load_messages(["email:1"])["email:1"]
    assert found_message.mail is not None
    assert found_message.mail.references == ("b@x", "a@x")
    assert found_message.mail.headers == {"x-a.b": "c"}
    assert found_message.mail.cc[0].address == EVE
    ticket = stored.store.load_tickets([found_message.ticket_id or ""])[found_message.ticket_id or ""]
    assert ticket.thread is not None
    assert ticket.thread.references == ("b@x", "a@x", message_id("1"))


def test_mails_of_triage_go_where_their_conversation_goes_and_come_back(stored: Stored) -> None:
    def where() -> dict[str, str]:
        return {each["_id"]: each["conversation_id"] for each in stored.look("triage")}

    gets(stored, mail("1", automatic="bulk"), mail("2", sender=EVE, automatic="bulk"))
    before = where()
    anna, eve = before["email:1"], before["email:2"]
    stored.store.save(Changes(talks=[TalkMove(eve, anna)]))
    assert set(where().values()) == {anna}
    stored.store.save(Changes(talks=[TalkMove(anna, eve, back=True)]))
    assert where() == before


def test_who_alone_sees_a_ticket_is_a_person_of_it(stored: Stored) -> None:
    gets(stored, mail("1"), mail("2", sender=EVE))
    whose = {each["contact_id"]: each["_id"] for each in stored.look("conversations")}
    anna, eve = whose
    seen = next(each for each in stored.look("tickets") if each["requester_id"] == anna)
    ticket = stored.store.load_tickets([seen["_id"]])[seen["_id"]]
    ticket.visible_to, changes = eve, Changes()
    changes.touch(ticket)
    stored.store.save(changes)
    _, tickets = stored.store.load_person(eve, 10)
    assert len(tickets) == 2


def test_a_senders_tickets_by_mail_are_counted_and_the_newest_open_one_is_found(stored: Stored) -> None:
    gets(stored, mail("1"), mail("2", subject="b"), mail("3", sender=EVE))
    anna, eve = (
        next(each["_id"] for each in stored.look("contacts") if each["identities"][0]["value"] == address)
        for address in (ANNA, EVE)
    )
    store = stored.store
    assert store.opened_by_mail({anna, eve}, NOW - timedelta(hours=1)) == {anna: 2, eve: 1}
    assert store.opened_by_mail({anna}, NOW) == {}
    newest = store.newest_open({anna, eve})
    assert {id_: each.number for id_, each in newest.items()} == {anna: "TT2", eve: "TT3"}
    named = store.tickets_named({"TT1", "TT9"}, {"tt3"})
    assert sorted(each.number for each in named) == ["TT1", "TT3"]
    assert store.tickets_named((), ()) == []


def _plain(record: object) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}  # type: ignore[attr-defined]


def test_answers_that_wait_to_be_read_are_found_until_they_are_mailed(stored: Stored) -> None:
    chat = ChatTestDesk(store=stored.store)  # type: ignore[arg-type]
    chat.writes("Ciao", email="giulia@verdi.example")
    first = chat.answers("Uno")
    chat.forward(minutes=1)
    second = chat.answers("Due")
    assert [each.id for each in stored.store.unread_answers(10)] == [first, second]
    assert [each.id for each in stored.store.unread_answers(1)] == [first]
    chat.forward(minutes=5)
    assert mail_unread(chat.desk, chat.now) == 1
    assert stored.store.unread_answers(10) == []
    assert {each["mailed_at"] for each in stored.look("messages") if each["direction"] == "out"} == {chat.now}


def test_what_was_said_to_all_is_read_in_order_and_nothing_else(stored: Stored) -> None:
    chat = ChatTestDesk(store=stored.store)  # type: ignore[arg-type]
    chat.writes("Uno")
    chat.answers("Due")
    chat.answers("Emoji", kind="reaction")
    (ticket,) = stored.look("tickets")
    note = Message("n1", NOTE, INTERNAL, ANNA_ROSSI, "note", "Nota", NOW, NOW, ticket_id=ticket["_id"])
    stored.store.save(Changes(messages=[note]))
    chat.writes("Tre")
    assert [each.text for each in stored.store.said_to_all(ticket["_id"], 10)] == ["Uno", "Due", "Tre"]
    assert [each.text for each in stored.store.said_to_all(ticket["_id"], 2)] == ["Due", "Tre"]
