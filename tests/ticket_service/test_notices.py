"""Notices: who is told what in which words, who is not, and that nothing set up is nothing done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.ticket_service import announce
from services.ticket_service.announce import Cause
from services.ticket_service.domain.contact import CONTACT, Contact
from services.ticket_service.domain.history import AGENT, CUSTOMER, Actor
from services.ticket_service.domain.identity import EMAIL, Identity
from services.ticket_service.domain.mail_token import NO_MAIL
from services.ticket_service.domain.notice_texts import INSIDE_LINES, REQUESTER_LINES, default_text
from services.ticket_service.domain.notices import (
    EVENTS,
    LANGUAGES,
    NEVER_OUTSIDE,
    RECIPIENTS,
    REQUESTER,
    Notices,
    NoticeText,
    spoken,
)
from services.ticket_service.domain.status import Status
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.user import User
from services.ticket_service.notices.follow_up import notify
from services.ticket_service.notices.writing import filled
from services.ticket_service.ports import Changes
from shared.contracts import ticket_fact
from shared.contracts.catalogue import encode
from shared.contracts.mail_requested import MailRequested
from shared.contracts.ticket_fact import SlaRef
from tests.support.memory_desk_store import MemoryDeskStore

AT = datetime(2025, 2, 27, 12, 0, 0, tzinfo=UTC)
OPEN = Status("open", "Open", "", "#000000", 1, frozenset())
DONE = Status("done", "Solved", "", "#000000", 2, frozenset())
ANNA = Actor(AGENT, "anna", "Anna Rossi")
DANIELE = Actor(CUSTOMER, "daniele", "Daniele Asmonti")
ALL = dict.fromkeys(EVENTS, RECIPIENTS)


class Desk:
    """A desk with two users, a team and a customer, and the mails that follow from facts."""

    def __init__(self, **notices: Any) -> None:
        self.store = MemoryDeskStore()
        changes = Changes()
        self.section = Notices(**{"sends": ALL, **notices})
        changes.touch(
            self.section,
            User("anna", "anna@desk.example", "Anna Rossi", ["agent"], AT, language="it"),
            User("bruno", "bruno@desk.example", "Bruno", ["agent"], AT),
            User("gone", "gone@desk.example", "Gone", ["agent"], AT, active=False),
            Team("first", "First line", AT, members=["anna", "bruno", "gone"]),
        )
        self.store.save(changes)
        email = Identity(EMAIL, "daniele@customer.example", "daniele@customer.example")
        self.customer = Contact("daniele", CONTACT, "Daniele Asmonti", [email], AT, AT, language="fr-CA")
        self.ticket = Ticket(
            *("t1", "TT1"), 1, "Caldaia", "open", "wa", "whatsapp_cloud", "daniele", None, AT, AT, DANIELE
        )
        self.status = OPEN

    def mails(
        self, kind: str = ticket_fact.NOTED, actor: Actor = DANIELE, **more: Any
    ) -> list[MailRequested]:
        return self.after([(kind, actor, more)])

    def after(self, facts: list[tuple[str, Actor, dict[str, Any]]]) -> list[MailRequested]:
        changes = Changes()
        changes.tickets["t1"], changes.contacts["daniele"] = self.ticket, self.customer
        for position, (kind, actor, more) in enumerate(facts):
            changes.events.append(
                announce.fact(
                    *(kind, self.ticket, None, self.status, AT, f"e{position}", Cause("00-0-0-00")),
                    actor=actor,
                    **more,
                )
            )
        notify(changes, self.store, AT, NO_MAIL)
        found = [event for event in changes.events if isinstance(event.data, MailRequested)]
        for event in found:
            encode(event)
        return [event.data for event in found]


def addresses(mails: list[MailRequested]) -> list[str]:
    return [mail.to[0].address for mail in mails]


def test_a_desk_that_set_up_nothing_reads_one_section_and_sends_nothing() -> None:
    class OnlyOneSection:
        def setting(self, kind: type[Notices]) -> Notices:
            return kind()

    desk = Desk()
    desk.store = OnlyOneSection()  # type: ignore[assignment]
    assert desk.mails() == []


def test_each_kind_of_recipient_is_who_it_says() -> None:
    for recipient, expected in {
        "staff": ["desk@desk.example"],
        "responsible": ["anna@desk.example"],
        "watchers": ["bruno@desk.example"],
        "team": ["anna@desk.example", "bruno@desk.example"],
        "mentioned": ["bruno@desk.example"],
        "requester": ["daniele@customer.example"],
        "cc": ["boss@customer.example"],
    }.items():
        desk = Desk(staff_address="desk@desk.example", sends={"agent_replied": (recipient,)})
        desk.ticket.assignee, desk.ticket.group, desk.ticket.watchers = "anna", "first", ["bruno", "gone"]
        desk.ticket.cc = ["boss@customer.example"]
        mails = desk.mails(ticket_fact.AGENT_REPLIED, Actor(AGENT, "carla", "Carla"), mentions=["bruno"])
        assert addresses(mails) == expected, recipient


def test_who_did_it_is_not_told_and_nobody_is_told_twice() -> None:
    desk = Desk(staff_address="BRUNO@desk.example")
    desk.ticket.assignee, desk.ticket.group, desk.ticket.watchers = "bruno", "first", ["anna", "bruno"]
    assert addresses(desk.mails(actor=ANNA, mentions=["anna", "bruno"])) == ["BRUNO@desk.example"]


@pytest.mark.parametrize("kind", sorted(NEVER_OUTSIDE))
def test_customers_never_hear_what_is_for_inside(kind: str) -> None:
    desk = Desk()
    desk.ticket.cc = ["boss@customer.example"]
    assert desk.mails(f"ticket.{kind}", ANNA, sla=SlaRef("resolution", AT)) == []


@pytest.mark.parametrize(
    ("changed", "kind", "actor", "told"),
    [
        ({}, ticket_fact.OPENED, DANIELE, True),
        ({"type": "internal"}, ticket_fact.OPENED, DANIELE, False),
        ({"notify_requester": False}, ticket_fact.CLOSED, ANNA, False),
        # S001: a ticket made from a mail by hand is announced to nobody.
        ({"channel_kind": "email"}, ticket_fact.OPENED, ANNA, False),
        ({"channel_kind": "email"}, ticket_fact.OPENED, DANIELE, True),
        # On a mail channel the answer itself is the mail.
        ({"channel_kind": "email"}, ticket_fact.AGENT_REPLIED, ANNA, False),
        ({"channel_kind": "email"}, ticket_fact.CLOSED, ANNA, True),
    ],
)
def test_the_customer_is_told_only_what_concerns_them(
    changed: dict[str, Any], kind: str, actor: Actor, told: bool
) -> None:
    desk = Desk()
    for name, value in changed.items():
        setattr(desk.ticket, name, value)
    assert addresses(desk.mails(kind, actor)) == (["daniele@customer.example"] if told else [])


def test_a_customer_without_a_mail_address_is_told_nothing() -> None:
    desk = Desk()
    desk.customer = replace(desk.customer, identities=[])
    assert desk.mails(ticket_fact.OPENED) == []


def test_no_notice_goes_to_the_desks_own_address_or_to_what_is_none() -> None:
    desk = Desk(sender_address="desk@desk.example", staff_address="Desk@desk.example")
    desk.ticket.cc = ["desk@desk.example", "no address", "a@b.example\r\nBcc: eve@example.com"]
    assert addresses(desk.mails(ticket_fact.CLOSED, ANNA)) == ["daniele@customer.example"]


def test_a_mail_says_in_the_readers_language_what_happened() -> None:
    desk = Desk(
        sender_address="desk@desk.example",
        sender_name="Il\r\ndesk",
        header="<h1>Sportello</h1>",
        footer="<p>Ciao &amp; a presto</p>",
    )
    desk.ticket.assignee = "anna"
    inside, outside = desk.mails(ticket_fact.AGENT_REPLIED, Actor(AGENT, "c", "Carla <b>"), text="Sì <b>&")
    assert inside.subject == "[TT1] Caldaia"
    assert inside.text == "Sportello\n\nCarla <b> ha risposto sul ticket TT1.\n\nSì <b>&\n\nCiao & a presto"
    assert inside.html == (
        "<h1>Sportello</h1><p>Carla &lt;b&gt; ha risposto sul ticket TT1.</p><p>Sì &lt;b&gt;&amp;</p>"
        "<p>Ciao &amp; a presto</p>"
    )
    assert (inside.automatic, inside.sender and inside.sender.name) == (True, "Il desk")
    assert outside.text.startswith("Sportello\n\nBonjour Daniele Asmonti,\n\nune réponse")
    assert inside.mail_id != outside.mail_id


def test_own_words_replace_those_of_the_desk_and_those_for_a_status_both() -> None:
    texts = (
        NoticeText("status_changed", REQUESTER, "fr", "S {{ ticket.number }}", "Etat: {{ ticket.status }}"),
        NoticeText("status_changed", REQUESTER, "fr", "Fini", "C'est {{ ticket.status }}", "done"),
    )
    desk = Desk(texts=texts)
    [mail] = desk.mails(ticket_fact.STATUS_CHANGED, ANNA)
    assert (mail.subject, mail.text) == ("S TT1", "Etat: Open")
    desk.status = DONE
    [mail] = desk.mails(ticket_fact.STATUS_CHANGED, ANNA)
    assert (mail.subject, mail.text) == ("Fini", "C'est Solved")


def test_words_that_broke_since_do_not_keep_the_notice_back() -> None:
    desk = Desk(texts=(NoticeText("closed", REQUESTER, "fr", "S", "{{ nothing.there }}"),))
    [mail] = desk.mails(ticket_fact.CLOSED, ANNA)
    assert "clôturé" in mail.text


def test_a_status_can_be_told_to_others_than_the_rest() -> None:
    desk = Desk(
        staff_address="staff@desk.example",
        sends={"status_changed": ("requester",)},
        statuses={"done": ("staff",), "open": ()},
    )
    assert desk.mails(ticket_fact.STATUS_CHANGED, ANNA) == []
    desk.status = DONE
    assert addresses(desk.mails(ticket_fact.STATUS_CHANGED, ANNA)) == ["staff@desk.example"]


def test_a_closing_is_told_once_and_as_a_change_of_status_where_only_that_is_told() -> None:
    facts: list[tuple[str, Actor, dict[str, Any]]] = [
        (ticket_fact.STATUS_CHANGED, ANNA, {}),
        (ticket_fact.CLOSED, ANNA, {}),
    ]
    assert len(Desk().after(facts)) == 1
    assert len(Desk(sends={"status_changed": ("requester",)}).after(facts)) == 1


def test_the_time_of_a_service_level_is_the_desks_own() -> None:
    desk = Desk()
    desk.ticket.assignee = "bruno"
    [mail] = desk.mails(ticket_fact.SLA_WARNING, ANNA, sla=SlaRef("first_response", AT))
    assert "first response is due at 2025-02-27 1" in mail.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_event_has_words_that_can_be_filled_in_every_language(language: str) -> None:
    values = {
        "ticket": {"number": "TT1", "title": "t", "status": "Open", "previous_status": "New"},
        "customer": {"name": "D"},
        "actor": {"name": "A"},
        "sla": {"target": "resolution", "due_at": "noon"},
        "text": "Hello",
        "name": "",
    }
    for event in EVENTS:
        assert event in INSIDE_LINES[language]
        assert (event in REQUESTER_LINES[language]) is (event not in NEVER_OUTSIDE)
        for audience in ("inside", *((REQUESTER,) if event not in NEVER_OUTSIDE else ())):
            subject, body = filled(default_text(event, audience, language), values)
            assert "TT1" in subject
            assert "<" not in body


def test_a_language_is_known_by_its_first_part() -> None:
    assert spoken(INSIDE_LINES, "pt-BR", "en") == "pt"
    assert spoken(INSIDE_LINES, "nl", "it_IT") == "it"
    assert spoken(INSIDE_LINES, "", "xx") == "en"
