"""Answers in a live chat follow by mail when nobody reads them there: once, together, and to whom it is."""

from __future__ import annotations

from typing import Any

import pytest

from services.ticket_service.act.composing import Said
from services.ticket_service.act.conversation_replies import reply
from services.ticket_service.act.from_conversation import open_from_conversation
from services.ticket_service.act.opening import Wanted
from services.ticket_service.acting import Frame
from services.ticket_service.domain.history import DESK
from services.ticket_service.jobs.unread_answers import MAILED, mail_unread
from shared.contracts import mail_requested, visitor_acted
from shared.contracts.delivery_state import DELIVERED, READ
from shared.contracts.envelope import new_traceparent
from shared.contracts.mail_requested import MailRequested
from tests.ticket_service.chats import ANNA, EMAIL, ChatTestDesk
from tests.ticket_service.mails import DESK_MAIL, EVE, MAILBOX, mail


@pytest.fixture
def chat() -> ChatTestDesk:
    """A visitor who is there, gave an address and opened TT1."""
    desk = ChatTestDesk()
    desk.does(visitor_acted.CAME)
    desk.writes("Dov'è il mio ordine?", email=EMAIL, language="it-IT")
    return desk


def mailed(chat: ChatTestDesk) -> list[MailRequested]:
    mail_unread(chat.desk, chat.now)
    return chat.told(mail_requested.TYPE)


def test_answers_that_nobody_read_follow_together_in_one_mail(chat: ChatTestDesk) -> None:
    first = chat.answers("Lo cerco subito.")
    chat.forward(minutes=3)
    second = chat.answers("Arriva domani.", attachments=["f1", "f2"])
    chat.reported(second, DELIVERED)
    chat.forward(minutes=1, seconds=59)
    assert mailed(chat) == []
    chat.forward(seconds=1)
    (sent,) = mailed(chat)
    assert [(each.address, each.name) for each in sent.to] == [(EMAIL, "")], "typed, as the address"
    assert (sent.channel_id, sent.ticket_number, sent.subject) == (
        MAILBOX,
        "TT1",
        "[TT1] La nostra risposta in chat",
    )
    assert DESK_MAIL.is_token_of(sent.token, chat.ticket()["_id"], "TT1")
    assert sent.text == (
        "Ci ha scritto in chat. Ecco la nostra risposta:\n\n"
        "2025-02-27 21:21, Anna Rossi:\nLo cerco subito.\n\n"
        "2025-02-27 21:24, Anna Rossi:\nArriva domani.\n(file nella chat: 2)\n\n"
        "Basta rispondere a questa e-mail: ciò che scrive entra nella stessa conversazione."
    )
    assert not sent.automatic
    assert {chat.said(each)["mailed_at"] for each in (first, second)} == {chat.now}
    assert [(each["to"], each["ticket_id"]) for each in chat.history(MAILED)] == [
        (EMAIL, chat.ticket()["_id"])
    ]
    assert EMAIL in chat.ticket()["thread"]["people"]
    chat.forward(hours=1)
    assert mailed(chat) == [sent]


def test_what_was_read_is_not_mailed(chat: ChatTestDesk) -> None:
    read, unread = chat.answers("Uno"), chat.answers("Due")
    chat.reported(read, READ)
    chat.forward(minutes=5)
    (sent,) = mailed(chat)
    assert "Due" in sent.text
    assert "Uno" not in sent.text
    assert (chat.said(read)["mailed_at"], chat.said(unread)["mailed_at"]) == (None, chat.now)


def test_who_has_left_is_mailed_at_once_and_who_came_back_is_not(chat: ChatTestDesk) -> None:
    chat.forward(seconds=20)
    chat.does(visitor_acted.LEFT)
    chat.forward(seconds=20)
    chat.does(visitor_acted.CAME)
    chat.answers("Eccomi")
    assert mailed(chat) == []
    chat.forward(seconds=20)
    chat.does(visitor_acted.LEFT)
    assert len(mailed(chat)) == 1


def test_who_went_on_by_mail_is_answered_by_mail_until_they_write_in_the_chat_again(
    chat: ChatTestDesk,
) -> None:
    chat.answers("Uno")
    chat.forward(minutes=5)
    (first,) = mailed(chat)
    chat.forward(minutes=1)
    chat.gets(
        mail("r1", sender=EMAIL, subject=f"Re: {first.subject}", occurred=chat.now, tokens=[first.token])
    )
    chat.answers("Due")
    assert [each.text.count("Due") for each in mailed(chat)] == [0, 1]
    second = mailed(chat)[1]
    assert (second.references, second.subject) == (
        ["r1@mail.example"],
        "Re: [TT1] La nostra risposta in chat",
    )
    chat.forward(minutes=1)
    chat.writes("Sono di nuovo qui")
    chat.answers("Tre")
    assert len(mailed(chat)) == 2


def test_an_address_given_later_is_used_and_who_gives_none_in_a_day_gets_no_mail(chat: ChatTestDesk) -> None:
    chat.writes("Ciao", visitor="v-other")
    waits = chat.answers("Uno", "TT2")
    chat.forward(hours=2)
    assert mailed(chat) == []
    chat.writes("La mia posta", visitor="v-other", email="other@verdi.example")
    assert [each.to[0].address for each in mailed(chat)] == ["other@verdi.example"]
    chat.writes("Ciao", visitor="v-third")
    never = chat.answers("Uno", "TT3")
    chat.forward(days=1)
    assert len(mailed(chat)) == 1
    assert (chat.said(waits)["mail_due_at"], chat.said(never)["mail_due_at"]) == (None, None)
    assert chat.said(never)["mailed_at"] is None


def answered(chat: ChatTestDesk, text: str) -> None:
    """An agent answers in every conversation, none of which has a ticket."""
    for talk in chat.store.collections["conversations"]:
        frame = Frame(ANNA, new_traceparent(), before_try=lambda: None)
        reply(chat.desk, talk, Said(text), lambda channel: True, frame, lambda done: None)


def test_answers_on_no_ticket_follow_each_talk_in_a_mail_of_its_own() -> None:
    chat = ChatTestDesk()
    chat.set(tickets="missed")
    chat.writes("Ciao", email=EMAIL)
    chat.writes("Ciao", visitor="v-other", email=EVE)
    answered(chat, "Uno")
    answered(chat, "Due")
    chat.forward(minutes=4, seconds=59)
    assert mailed(chat) == []
    chat.forward(seconds=1)
    sent = mailed(chat)
    assert sorted((each.to[0].address, each.ticket_number, each.token) for each in sent) == [
        (EVE, "", ""),
        (EMAIL, "", ""),
    ]
    assert all("Uno" in each.text and "Due" in each.text for each in sent)
    assert mailed(chat) == sent
    assert chat.history(MAILED) == []


def test_an_answer_that_a_ticket_took_over_follows_as_that_tickets() -> None:
    chat = ChatTestDesk()
    chat.set(tickets="missed")
    chat.writes("Ciao", email=EMAIL)
    answered(chat, "Uno")
    (talk,) = chat.store.collections["conversations"]
    frame = Frame(ANNA, new_traceparent(), before_try=lambda: None)
    open_from_conversation(chat.desk, talk, None, Wanted(), (), frame, lambda done: None)
    chat.forward(minutes=5)
    (sent,) = mailed(chat)
    assert sent.ticket_number == "TT1"
    assert DESK_MAIL.is_token_of(sent.token, chat.ticket()["_id"], "TT1")


def test_each_ticket_has_a_mail_of_its_own(chat: ChatTestDesk) -> None:
    chat.writes("Ciao", visitor="v-other", email=EVE)
    chat.answers("Uno")
    chat.answers("Due", "TT2")
    chat.forward(minutes=5)
    assert sorted((each.ticket_number, each.to[0].address) for each in mailed(chat)) == [
        ("TT1", EMAIL),
        ("TT2", EVE),
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        {"author": DESK},
        {"kind": "reaction"},
    ],
)
def test_only_what_agents_say_follows(chat: ChatTestDesk, spoil: dict[str, Any]) -> None:
    chat.answers("Uno", **spoil)
    chat.forward(minutes=5)
    assert mailed(chat) == []


def test_without_a_mailbox_nothing_waits() -> None:
    desk = ChatTestDesk(mail=DESK_MAIL.__class__(DESK_MAIL.keys, {}))
    desk.writes("Ciao", email=EMAIL)
    assert desk.said(desk.answers("Uno")).get("mail_due_at") is None


def test_a_desk_says_how_long_it_waits_and_from_which_mailbox(chat: ChatTestDesk) -> None:
    chat.mail = DESK_MAIL.__class__(DESK_MAIL.keys, {**DESK_MAIL.mailboxes, "pec": ("pec@desk.example",)})
    chat.set(mail_after_minutes=1, mailbox="pec")
    chat.answers("Uno")
    chat.forward(minutes=1)
    assert [each.channel_id for each in mailed(chat)] == ["pec"]
