"""A live chat that goes on by mail: the visitor's mails come back into it, and prove whose an address is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.act.transcripts import TRANSCRIPT
from services.ticket_service.act.visitors import apply_visits
from services.ticket_service.domain.blocked_sender import BlockedSender
from services.ticket_service.domain.history import DESK
from services.ticket_service.jobs.unread_answers import mail_unread
from shared.contracts import chat_posted, mail_requested, visitor_acted
from shared.contracts.attachment import RemoteFile
from shared.contracts.chat_posted import ChatPosted
from shared.contracts.mail_requested import MailRequested
from shared.contracts.visitor import Visitor
from tests.ticket_service.building import NOW
from tests.ticket_service.chats import CHAT, EMAIL, GIULIA, ChatTestDesk, acted
from tests.ticket_service.mails import ANNA, DESK_MAIL, EVE, mail

MALLORY = "v-6a1d1d2ef6ba5b7a9b62d3b1c8b4b7a2"


@pytest.fixture
def chat() -> ChatTestDesk:
    """A visitor who gave an address, was answered on TT1, and got the answer by mail."""
    desk = ChatTestDesk()
    desk.writes("Dov'è il mio ordine?", email=EMAIL)
    by_mail(desk)
    return desk


def by_mail(chat: ChatTestDesk, text: str = "Arriva domani.", number: str = "TT1") -> MailRequested:
    """An agent's answer that follows by mail."""
    chat.answers(text, number)
    chat.forward(minutes=5)
    mail_unread(chat.desk, chat.now)
    last: MailRequested = chat.told(mail_requested.TYPE)[-1]
    return last


def replies(chat: ChatTestDesk, key: str, *, sender: str = EMAIL, number: str = "TT1", **around: Any) -> None:
    """A mail with the token of a ticket comes in."""
    around.setdefault("tokens", [DESK_MAIL.token(chat.ticket(number)["_id"], number)])
    chat.gets(mail(key, sender=sender, name="Giulia", occurred=chat.now, **around))


def lines(chat: ChatTestDesk) -> list[ChatPosted]:
    return chat.told(chat_posted.TYPE)


def visitor(chat: ChatTestDesk, visitor_id: str = GIULIA) -> dict[str, Any]:
    """The contact of a visitor."""
    key = f"webchat:{visitor_id}"
    return next(
        each
        for each in chat.store.collections["contacts"].values()
        if key in [f"{one['kind']}:{one['value']}" for one in each["identities"]]
    )


def addresses(contact: dict[str, Any]) -> list[str]:
    return [each["value"] for each in contact["identities"] if each["kind"] == "email"]


def test_a_visitors_mail_joins_the_ticket_and_is_seen_in_the_chat(chat: ChatTestDesk) -> None:
    chat.forward(minutes=1)
    file = RemoteFile("f1", "document", "r1", "application/pdf", "ordine.pdf", "", 10)
    replies(chat, "r1", text="Grazie mille!", attachments=[file])
    (line,) = lines(chat)
    assert (line.channel_id, line.visitor_id, line.kind) == (CHAT, GIULIA, "message")
    assert (line.line_id, line.author.kind, line.by_mail) == ("email:r1", "visitor", True)
    assert (line.text, line.at) == ("Grazie mille!\n\N{PAPERCLIP} ordine.pdf", chat.now)
    said = chat.said("email:r1")
    assert said["ticket_id"] == chat.ticket()["_id"]
    assert chat.ticket()["unanswered_since"] == chat.now


def test_a_mail_with_the_token_proves_the_address_that_was_claimed(chat: ChatTestDesk) -> None:
    assert (addresses(visitor(chat)), [each["value"] for each in visitor(chat)["claims"]]) == ([], [EMAIL])
    replies(chat, "r1")
    contact = visitor(chat)
    assert (addresses(contact), contact["claims"]) == ([EMAIL], [])
    assert chat.said("email:r1")["contact_id"] == contact["_id"]
    assert [each.line_id for each in lines(chat)] == ["email:r1"], "proven by this mail, and seen with it"
    assert len(chat.store.collections["contacts"]) == 1
    replies(chat, "r2")
    chat.gets(mail("new", sender=EMAIL, subject="Altra cosa"))
    assert chat.ticket("TT2")["requester_id"] == contact["_id"]
    assert len(chat.store.collections["conversations"]) == 2


def test_what_the_owner_of_an_address_writes_is_not_seen_by_who_only_typed_it(
    chat: ChatTestDesk,
) -> None:
    chat.gets(mail("before", sender=ANNA))
    chat.writes("Ciao", visitor=MALLORY, email=ANNA)
    by_mail(chat, number="TT3")
    replies(chat, "r1", sender=ANNA, number="TT3")
    assert addresses(visitor(chat, MALLORY)) == []
    assert chat.said("email:r1")["contact_id"] == chat.said("email:before")["contact_id"]
    assert chat.said("email:r1")["ticket_id"] == chat.ticket("TT3")["_id"], "the agents see it"
    assert lines(chat) == []


def test_who_got_the_token_elsewhere_proves_nothing_with_a_false_sender(chat: ChatTestDesk) -> None:
    chat.writes("Ciao", visitor=MALLORY, email=EVE)
    by_mail(chat, number="TT2")
    chat.writes("Scrivete qui", visitor=MALLORY, email=ANNA)
    replies(chat, "r1", sender=ANNA, number="TT2")
    assert addresses(visitor(chat, MALLORY)) == []
    assert [each["value"] for each in visitor(chat, MALLORY)["claims"]] == [EVE, ANNA]


@pytest.mark.parametrize(
    "around",
    [
        {"tokens": []},
        {"tokens": ["tt1-aaaaaaaaaaaa"]},
        {"tokens": [], "subject": "Re: [TT1] x"},
        {"automatic": "out-of-office"},
        {"sender": EVE},
    ],
)
def test_only_the_visitors_own_mail_with_the_token_is_seen_and_proves(
    chat: ChatTestDesk, around: dict[str, Any]
) -> None:
    replies(chat, "r1", **around)
    assert lines(chat) == []
    assert addresses(visitor(chat)) == []


def test_a_mail_of_a_blocked_sender_is_not_seen(chat: ChatTestDesk) -> None:
    chat.has(BlockedSender(f"email:{EMAIL}", "email", EMAIL, NOW, DESK))
    replies(chat, "r1")
    assert (lines(chat), addresses(visitor(chat))) == ([], [])


def test_a_transcript_has_all_that_was_said_to_all(chat: ChatTestDesk) -> None:
    chat.writes("E la fattura?")
    chat.does(visitor_acted.ASKED_TRANSCRIPT)
    sent = chat.told(mail_requested.TYPE)[-1]
    assert (sent.to[0].address, sent.ticket_number) == (EMAIL, "TT1")
    assert sent.subject == "[TT1] Our conversation in the chat"
    assert sent.text == (
        "Here is the copy of our conversation that you asked for:\n\n"
        "2025-02-27 21:21, Giulia:\nDov'è il mio ordine?\n\n"
        "2025-02-27 21:21, Anna Rossi:\nArriva domani.\n\n"
        "2025-02-27 21:26, Giulia:\nE la fattura?\n\n"
        "Just reply to this mail: what you write becomes part of the same conversation."
    )
    assert DESK_MAIL.is_token_of(sent.token, chat.ticket()["_id"], "TT1")
    assert [each["to"] for each in chat.history(TRANSCRIPT)] == [EMAIL]


def test_a_transcript_is_sent_once_in_ten_minutes_and_only_where_the_desk_offers_it(
    chat: ChatTestDesk,
) -> None:
    def transcripts() -> int:
        chat.does(visitor_acted.ASKED_TRANSCRIPT)
        return len(chat.history(TRANSCRIPT))

    assert [transcripts(), transcripts()] == [1, 1]
    chat.now += timedelta(minutes=10)
    chat.answers("È partito.")
    assert transcripts() == 2
    chat.now += timedelta(minutes=10)
    chat.answers("È arrivato?")
    chat.set(transcript=False)
    assert transcripts() == 2


def test_who_gave_no_address_or_never_wrote_gets_no_transcript() -> None:
    desk = ChatTestDesk()
    desk.does(visitor_acted.ASKED_TRANSCRIPT)
    desk.writes("Ciao")
    desk.does(visitor_acted.ASKED_TRANSCRIPT)
    assert desk.told(mail_requested.TYPE) == []


def test_an_address_that_is_given_with_the_wish_is_where_the_transcript_goes() -> None:
    desk = ChatTestDesk()
    desk.writes("Ciao")
    desk.answers("Buongiorno")
    desk.does(visitor_acted.ASKED_TRANSCRIPT, told=Visitor(email="Giulia@verdi.example"))
    (sent,) = desk.told(mail_requested.TYPE)
    assert [each.address for each in sent.to] == ["giulia@verdi.example"]
    (contact,) = desk.store.collections["contacts"].values()
    assert [each["value"] for each in contact["claims"]] == ["giulia@verdi.example"]
    assert [each["kind"] for each in contact["identities"]] == ["webchat"]


def test_an_address_is_kept_where_no_transcript_is_sent_and_a_known_one_comes_first(
    chat: ChatTestDesk,
) -> None:
    replies(chat, "r1")
    chat.set(transcript=False)
    chat.does(visitor_acted.ASKED_TRANSCRIPT, told=Visitor(email="another@verdi.example"))
    assert chat.history(TRANSCRIPT) == []
    chat.set(transcript=True)
    chat.forward(minutes=1)
    chat.does(visitor_acted.ASKED_TRANSCRIPT, told=Visitor(email="third@verdi.example"))
    assert [each["to"] for each in chat.history(TRANSCRIPT)] == [EMAIL]
    claimed = {
        claim["value"] for each in chat.store.collections["contacts"].values() for claim in each["claims"]
    }
    assert {"another@verdi.example", "third@verdi.example"} <= claimed


def test_nobody_has_the_desk_mail_strangers_what_they_like() -> None:
    def transcripts() -> int:
        desk.does(visitor_acted.ASKED_TRANSCRIPT)
        return len(desk.history(TRANSCRIPT))

    desk = ChatTestDesk()
    desk.writes("Buy this: https://evil.example", email="stranger@verdi.example")
    assert transcripts() == 0, "nobody at the desk has said a word"
    desk.answers("What can we do for you?")
    assert transcripts() == 1
    desk.writes("The same to somebody else", email="another@verdi.example")
    desk.forward(hours=1)
    assert transcripts() == 1, "nobody has answered since"
    desk.answers("Pardon?")
    assert transcripts() == 2


def test_a_proven_address_gets_each_transcript(chat: ChatTestDesk) -> None:
    replies(chat, "r1")
    chat.does(visitor_acted.ASKED_TRANSCRIPT)
    chat.forward(minutes=10)
    chat.does(visitor_acted.ASKED_TRANSCRIPT)
    assert [each["to"] for each in chat.history(TRANSCRIPT)] == [EMAIL, EMAIL]
    assert chat.told(mail_requested.TYPE)[-1].to[0].name == "Giulia"


def test_of_a_blocked_visitor_the_desk_only_knows_whether_they_are_there(chat: ChatTestDesk) -> None:
    chat.has(BlockedSender(f"webchat:{GIULIA}", "webchat", GIULIA, NOW, DESK))
    chat.does(visitor_acted.ASKED_TRANSCRIPT)
    chat.does(visitor_acted.RATED, ticket_number="TT1", score=1, text="Buy this")
    typed: list[str] = []
    typing = acted(visitor_acted.TYPED, chat.now)
    apply_visits([typing], chat.desk, lambda ids, at: typed.extend(ids))
    chat.forward(minutes=1)
    chat.does(visitor_acted.LEFT)
    (talk,) = chat.store.collections["conversations"].values()
    assert (chat.history(TRANSCRIPT), chat.ticket()["satisfaction"], typed) == ([], None, [])
    assert talk["left_at"] == chat.now
