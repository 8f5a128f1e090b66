"""Where answers go when a mail wants them elsewhere (Reply-To): on the ticket it opens, and on no other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ticket_service.act.composing import Said
from services.ticket_service.act.replies import Then, reply
from services.ticket_service.acting import Desk, Frame
from services.ticket_service.domain.history import AGENT, Actor
from services.ticket_service.domain.mail_rule import MailAction, MailRule
from services.ticket_service.domain.merge import take_over
from services.ticket_service.domain.notices import Notices
from services.ticket_service.domain.opening_question import OpeningQuestion
from shared.contracts import mail_requested, reply_requested, ticket_fact
from shared.contracts.envelope import new_traceparent
from shared.runtime.ids import new_id
from tests.ticket_service.building import NOW
from tests.ticket_service.mails import ANNA, EVE, LUCA, SUPPORT, MailTestDesk, mail, message_id

FORM = "form@shop.example"
FRAME = Frame(Actor(AGENT, "u", "Ugo"), new_traceparent(), lambda: None)


@pytest.fixture
def desk() -> MailTestDesk:
    return MailTestDesk()


def wants(address: str) -> dict[str, Any]:
    """The headers of a mail whose answers shall go there."""
    return {"headers": {"reply-to": address}}


def answered(desk: MailTestDesk, number: str) -> str:
    """Whom an agent's answer on a ticket goes to; the desk shows the same."""
    doing = Desk(desk.store, lambda: NOW, new_id, mail=desk.mail)
    done = reply(doing, number, Said("Ecco."), Then(), lambda channel: True, FRAME, lambda done: None)
    asked = desk.events(reply_requested.TYPE)[-1].data
    assert done.message.mail is not None
    assert [each.address for each in done.message.mail.to] == [asked.recipient.address]
    return str(asked.recipient.address)


def test_answers_go_where_the_mail_that_opened_the_ticket_wants_them(desk: MailTestDesk) -> None:
    desk.gets(mail("1", sender=FORM, **wants("Luca Bianchi <Luca@Bianchi.example>")))
    (opened,) = desk.events(ticket_fact.OPENED)
    assert opened.data.recipient.address == "Luca@Bianchi.example"
    assert answered(desk, "TT1") == "Luca@Bianchi.example"
    assert desk.tickets()[0]["thread"]["people"] == [LUCA, FORM]


def test_who_wrote_and_who_is_answered_take_part_and_later_mails_change_nothing(desk: MailTestDesk) -> None:
    desk.gets(mail("1", sender=FORM, **wants(LUCA)))
    tagged = "Re: [TT1] Stampante"
    desk.gets(mail("2", sender=LUCA, subject=tagged), mail("3", sender=FORM, subject=tagged))
    desk.gets(mail("4", sender=FORM, subject=tagged, **wants(EVE)))
    assert [desk.on(each) for each in ("2", "3", "4")] == ["TT1"] * 3
    desk.gets(mail("5", sender=EVE, subject=tagged))
    assert desk.on("5") == "TT2", "a later mail's wish makes nobody a participant"
    assert answered(desk, "TT1") == LUCA


def test_a_forged_wish_redirects_nothing_of_the_senders_other_tickets(desk: MailTestDesk) -> None:
    desk.gets(mail("1"))
    desk.gets(mail("2", subject="Altro", **wants(EVE)), mail("3", subject="Ancora"))
    desk.gets(mail("4", answers=[message_id("1")], **wants(EVE)))
    assert [desk.on(each) for each in ("1", "2", "3", "4")] == ["TT1", "TT2", "TT3", "TT1"]
    assert [answered(desk, each) for each in ("TT1", "TT2", "TT3")] == [ANNA, EVE, ANNA]


@pytest.mark.parametrize(
    "given_header",
    [
        "",
        ANNA.upper(),
        SUPPORT,
        "support+tt1-abcdefghij23@desk.example",
        f"{LUCA}, {EVE}",
        f"Team: {LUCA}, {EVE};",
        f"{LUCA}\n{EVE}",
        "nobody",
        "two@at@signs.example",
        f"{'x' * 65}@long.example",
        f"{'(' * 2_000}{LUCA}",
    ],
)
def test_a_wish_that_names_nobody_else_or_several_is_none(desk: MailTestDesk, given_header: str) -> None:
    desk.gets(mail("1", **wants(given_header)))
    assert desk.tickets()[0]["thread"]["reply_to"] == ""
    assert answered(desk, "TT1") == ANNA


@pytest.mark.parametrize(
    "given_header", [LUCA, f"<{LUCA}>", f'"Bianchi, Luca" <{LUCA}>', f"{LUCA}, <{LUCA}>"]
)
def test_one_address_is_found_however_it_is_written(desk: MailTestDesk, given_header: str) -> None:
    desk.gets(mail("1", **wants(given_header)))
    assert answered(desk, "TT1") == LUCA


def test_what_the_desk_says_by_itself_goes_there_as_well(desk: MailTestDesk) -> None:
    desk.has(
        Notices(sends={"closed": ("requester", "cc"), "status_changed": ("requester",)}),
        OpeningQuestion(enabled=True, text="Is it urgent?"),
    )
    desk.gets(mail("1", sender=FORM, cc=(EVE,), **wants(LUCA)))
    asked = [each.data.recipient.address for each in desk.events(reply_requested.TYPE)]
    doing = Desk(desk.store, lambda: NOW, new_id, mail=desk.mail)
    then = Then("closed")
    reply(doing, "TT1", Said("Fatto."), then, lambda channel: True, FRAME, lambda done: None)
    notices = [each.data.to[0].address for each in desk.events(mail_requested.TYPE)]
    assert asked == [LUCA]
    assert sorted(notices) == sorted([LUCA, EVE])


def test_a_machines_wish_is_not_followed(desk: MailTestDesk) -> None:
    desk.has(MailRule("r1", "All", 1, (), then=MailAction("open")))
    desk.gets(mail("1", automatic="notice", **wants(LUCA)))
    assert desk.tickets()[0]["thread"]["reply_to"] == ""


def test_a_ticket_that_takes_over_another_is_answered_as_before(desk: MailTestDesk) -> None:
    desk.gets(mail("1"), mail("2", sender=FORM, subject="Altro", **wants(LUCA)))
    first, second = (desk.store.load_ticket(each) for each in ("TT1", "TT2"))
    assert first is not None
    assert second is not None
    take_over(first.ticket, second.ticket, NOW)
    assert first.ticket.answers_to() == ""
    assert first.ticket.thread is not None
    assert LUCA in first.ticket.thread.people, "who was answered there goes on taking part"


@settings(max_examples=150)
@given(st.text(alphabet=' <>@,;:"()[]\\abx.=?\n\t\x00é', max_size=200))
def test_whatever_a_wish_looks_like_the_mail_is_taken(header: str) -> None:
    desk = MailTestDesk()
    desk.gets(mail("1", **wants(header)))
    assert len(desk.events(ticket_fact.OPENED)) == 1
