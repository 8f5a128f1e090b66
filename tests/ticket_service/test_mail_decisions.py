"""What becomes of a mail that no thread takes: rules, triage, machines, floods; and what nobody is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.domain.blocked_sender import BlockedSender
from services.ticket_service.domain.canned_reply import CannedReply
from services.ticket_service.domain.history import AGENT, DESK, Actor
from services.ticket_service.domain.mail_rule import MailAction, MailCondition, MailRule
from services.ticket_service.domain.mail_settings import ChannelMail, MailSettings
from services.ticket_service.domain.message import Message
from services.ticket_service.domain.notices import Notices
from services.ticket_service.domain.opening_question import OpeningQuestion
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.user import User
from shared.contracts import mail_requested, reply_requested, ticket_fact
from shared.contracts.envelope import Event
from tests.ticket_service.building import NOW, at
from tests.ticket_service.mails import ANNA, EVE, LUCA, MAILBOX, SUPPORT, MailTestDesk, mail, message_id

MACHINES = ("auto-reply", "out-of-office", "notice", "bulk", "bounce", "receipt")


@pytest.fixture
def desk() -> MailTestDesk:
    return MailTestDesk()


def rule(do: str, *conditions: MailCondition, position: int = 1, **then: Any) -> MailRule:
    return MailRule(f"r{position}", f"Rule {position}", position, conditions, then=MailAction(do, **then))


def subject_has(words: str) -> MailCondition:
    return MailCondition("subject", "contains", words)


def told(desk: MailTestDesk) -> list[str]:
    """Whom anything goes to by mail, in the order of asking."""
    found = []
    for event in desk.events():
        if event.type == mail_requested.TYPE:
            found += [each.address for each in event.data.to]
        elif event.type == reply_requested.TYPE or (
            event.type == ticket_fact.OPENED and event.data.mail is not None
        ):
            found.append(event.data.recipient.address)
    return found


def test_a_rule_opens_a_ticket_with_its_fields_and_is_recorded_on_it(desk: MailTestDesk) -> None:
    desk.has(Team("t1", "Cash", NOW), User("u9", "gone@desk.example", "G", [], NOW, active=False))
    fields = {"priority": "high", "group": "t1", "assignee": "u9", "tags": ["invoice"]}
    desk.has(rule("open", subject_has("FATTURA"), fields=fields))
    desk.gets(mail("1", subject="La fattura n. 3"))
    (ticket,) = desk.tickets()
    assert (ticket["priority"], ticket["group"], ticket["tags"]) == ("high", "t1", ["invoice"])
    assert ticket["assignee"] is None
    assert ticket["source_rule"] == "Rule 1"
    assert desk.said("1")["mail"]["rule"] == "Rule 1"
    history = [each for each in desk.store.collections["history"].values() if each["what"] == "rule"]
    assert [(each["to"], each["ticket_id"]) for each in history] == [("Rule 1", ticket["_id"])]


@pytest.mark.parametrize(("do", "state"), [("hold", "held"), ("ignore", "ignored")])
def test_a_rule_keeps_a_mail_in_its_conversation_and_off_all_tickets(
    desk: MailTestDesk, do: str, state: str
) -> None:
    desk.has(rule(do, subject_has("offerta"), reason="Vendors"))
    desk.gets(mail("1", subject="Offerta speciale", text="  Compra\n ora "))
    assert desk.tickets() == []
    assert desk.said("1")["conversation_id"] in desk.store.collections["conversations"]
    assert desk.said("1")["mail"]["rule"] == "Rule 1"
    triage = desk.triage("1")
    assert triage is not None
    assert (triage["state"], triage["reason"], triage["rule"]) == (state, "Vendors", "Rule 1")
    assert (triage["sender_address"], triage["subject"]) == (ANNA, "Offerta speciale")
    assert (triage["snippet"], triage["attachments"]) == ("Compra ora", 0)
    assert desk.events() == []


def test_of_the_rules_the_first_that_fires_decides(desk: MailTestDesk) -> None:
    desk.has(
        replace(rule("ignore", position=1), active=False),
        rule("ignore", subject_has("nothing"), position=2),
        rule("hold", position=3),
        rule("open", position=4),
    )
    desk.gets(mail("1"))
    triage = desk.triage("1")
    assert triage is not None
    assert (triage["state"], triage["rule"], triage["reason"]) == ("held", "Rule 3", "rule")


def test_a_rule_that_opens_leaves_answers_on_their_ticket(desk: MailTestDesk) -> None:
    desk.has(rule("open", fields={"priority": "high"}))
    desk.gets(mail("1"), mail("2", answers=[message_id("1")]))
    assert len(desk.tickets()) == 1


def test_a_rule_joins_the_senders_newest_open_ticket_or_opens_one(desk: MailTestDesk) -> None:
    desk.has(rule("join", subject_has("report")))
    desk.gets(mail("1", subject="Report"), mail("2", subject="Report"))
    assert (desk.on("1"), desk.on("2")) == ("TT1", "TT1")
    desk.gets(mail("3", subject="Other"))
    desk.gets(mail("4", subject="Report"))
    assert (desk.on("3"), desk.on("4")) == ("TT2", "TT2")
    desk.becomes("TT2", "closed")
    desk.gets(mail("5", subject="Report"))
    assert desk.on("5") == "TT1"
    desk.becomes("TT1", "closed")
    desk.gets(mail("6", subject="Report"))
    assert desk.on("6") == "TT3"


def test_a_rules_answer_goes_to_the_sender_instead_of_any_other(desk: MailTestDesk) -> None:
    words = CannedReply("c1", "Got it", "{{ ticket.number }} for {{ customer.name }}", NOW, NOW, owner="u1")
    settings = MailSettings(footer="Desk Ltd", channels={MAILBOX: ChannelMail(from_name="The desk")})
    desk.has(words, settings, rule("open", reply_with="c1"))
    desk.gets(mail("1"))
    (request,) = desk.events(reply_requested.TYPE)
    assert request.data.content.text == "TT1 for Anna Bianchi"
    assert request.data.mail.subject == "Re: [TT1] Stampante"
    assert (request.data.mail.automatic, request.data.mail.footer) == (True, "Desk Ltd")
    assert request.data.mail.from_name == "The desk"
    assert request.data.mail.references == [message_id("1")]
    assert request.data.mail.token == desk.token("TT1")
    (opened,) = desk.events(ticket_fact.OPENED)
    assert opened.data.mail is None


def test_the_sender_of_a_new_ticket_is_told_once(desk: MailTestDesk) -> None:
    desk.gets(mail("1"))
    (opened,) = desk.events(ticket_fact.OPENED)
    assert (opened.data.mail.subject, opened.data.mail.automatic) == ("Re: [TT1] Stampante", True)
    assert opened.data.mail.token == desk.token("TT1")
    desk.has(Notices(sends={"opened": ("requester", "staff", "cc")}, staff_address=SUPPORT))
    desk.gets(mail("2", sender=LUCA, cc=(EVE,)))
    assert desk.events(ticket_fact.OPENED)[-1].data.mail is None
    mails = desk.events(mail_requested.TYPE)
    assert [each.data.to[0].address for each in mails] == [LUCA, EVE]
    assert {(each.data.channel_id, each.data.token) for each in mails} == {(MAILBOX, desk.token("TT2"))}
    assert mails[0].data.references == [message_id("2")]


def test_a_silent_rule_tells_nobody_anything(desk: MailTestDesk) -> None:
    everybody = ("requester", "staff", "responsible", "team", "cc")
    desk.has(
        Notices(sends=dict.fromkeys(("opened", "assigned", "status_changed"), everybody), staff_address=EVE),
        OpeningQuestion(enabled=True, text="Is it urgent?"),
        User("u1", "agent@desk.example", "Agent", ["agent"], NOW),
        rule("open", silent=True, fields={"assignee": "u1"}, reply_with="none"),
    )
    desk.gets(mail("1", cc=(LUCA,)))
    assert desk.tickets()[0]["assignee"] == "u1"
    assert told(desk) == []
    desk.gets(mail("2", answers=[message_id("1")]))
    assert desk.tickets()[0]["comments_count"] == 1


@pytest.mark.parametrize("kind", MACHINES)
def test_a_machine_on_a_thread_is_shown_and_moves_nothing(desk: MailTestDesk, kind: str) -> None:
    desk.has(Notices(sends={"reopened": ("requester", "staff")}, staff_address=EVE))
    desk.gets(mail("1"))
    desk.becomes("TT1", "closed")
    before, events = desk.tickets()[0], len(desk.events())
    desk.gets(mail("2", automatic=kind, answers=[message_id("1")], cc=(LUCA,), occurred=at(60)), now=at(60))
    (ticket,) = desk.tickets()
    assert (desk.on("2"), desk.said("2")["part"], desk.said("2")["number"]) == ("TT1", "comment", 1)
    assert desk.said("2")["mail"]["automatic"] == kind
    assert len(desk.events()) == events
    kept = ("status", "closed_at", "last_customer_message_at", "last_action_at", "unanswered_since", "cc")
    assert {name: ticket[name] for name in kept} == {name: before[name] for name in kept}
    assert ticket["thread"]["people"] == [ANNA]
    assert desk.triage("2") is None


@pytest.mark.parametrize("kind", MACHINES)
def test_a_machine_without_a_thread_opens_nothing_and_says_why(desk: MailTestDesk, kind: str) -> None:
    state = "held" if kind in ("notice", "bulk") else "ignored"
    desk.gets(mail("1", automatic=kind))
    triage = desk.triage("1")
    assert triage is not None
    assert (desk.tickets(), triage["state"], triage["reason"]) == ([], state, kind)
    assert desk.events() == []


def test_a_mail_servers_report_is_shown_on_its_ticket_even_where_strangers_never_join(
    desk: MailTestDesk,
) -> None:
    desk.has(MailSettings(strangers="never"))
    desk.gets(mail("1"))
    server = "mailer-daemon@mx.example"
    desk.gets(mail("2", sender=server, automatic="bounce", tokens=[desk.token("TT1")]))
    desk.gets(mail("3", sender=server, automatic="auto-reply", tokens=[desk.token("TT1")]))
    assert (desk.on("2"), desk.on("3")) == ("TT1", None)


def test_a_rule_may_open_a_ticket_from_a_machines_mail_and_nothing_is_sent_there(desk: MailTestDesk) -> None:
    desk.has(
        Notices(sends={"opened": ("requester", "cc", "staff")}, staff_address=EVE),
        OpeningQuestion(enabled=True, text="Is it urgent?"),
        CannedReply("c1", "Got it", "Thanks", NOW, NOW, owner="u1"),
        rule("open", MailCondition("header:x-monitor", "present"), reply_with="c1"),
    )
    desk.gets(mail("1", automatic="notice", headers={"x-monitor": "disk full"}, cc=(LUCA,)))
    assert desk.tickets()[0]["notify_requester"] is False
    assert told(desk) == [EVE]


@pytest.mark.parametrize("sender", [SUPPORT, "Help@Desk.example", "support+tt1-abc@desk.example"])
def test_the_desks_own_mail_goes_nowhere(desk: MailTestDesk, sender: str) -> None:
    desk.has(rule("open"))
    desk.gets(mail("1"))
    desk.gets(mail("2", sender=sender, tokens=[desk.token("TT1")]))
    triage = desk.triage("2")
    assert triage is not None
    assert (desk.on("2"), triage["state"], triage["reason"]) == (None, "ignored", "own")


def test_a_blocked_senders_mail_is_listed_and_reaches_nothing(desk: MailTestDesk) -> None:
    desk.gets(mail("1"))
    desk.has(BlockedSender(f"email:{ANNA}", "email", ANNA, NOW, Actor(AGENT, "u1", "A")), rule("open"))
    desk.gets(mail("2", tokens=[desk.token("TT1")]))
    triage = desk.triage("2")
    assert triage is not None
    assert (desk.on("2"), triage["state"], triage["reason"]) == (None, "blocked", "blocked-sender")


def test_a_mailbox_that_opens_no_tickets_holds_its_mails(desk: MailTestDesk) -> None:
    desk.automatic = {MAILBOX: False}
    desk.has(rule("open", subject_has("urgent")))
    desk.gets(mail("1"), mail("2", subject="Urgent"), mail("3", answers=[message_id("2")]))
    triage = desk.triage("1")
    assert triage is not None
    assert (triage["state"], triage["reason"]) == ("held", "no-tickets")
    assert (desk.on("1"), desk.on("2"), desk.on("3")) == (None, "TT1", "TT1")


@pytest.mark.parametrize("size", [1, 7, 50])
def test_a_flood_of_one_sender_waits_in_triage_and_nobody_else_does(desk: MailTestDesk, size: int) -> None:
    desk.has(MailSettings(most_per_sender=5))
    flood = [mail(f"f{n}", sender=EVE, subject=f"Cheap {n}") for n in range(20)]
    for start in range(0, 20, size):
        desk.gets(*flood[start : start + size], mail(f"a{start}", answers=[message_id("f0")]))
    mine = [each for each in desk.tickets() if each["title"].startswith("Cheap")]
    held = [each for each in desk.store.collections["triage"].values() if each["reason"] == "flood"]
    assert (len(mine), len(held)) == (5, 15)
    assert {each["state"] for each in held} == {"held"}
    later = NOW + timedelta(hours=2)
    desk.gets(mail("z", sender=EVE, subject="Cheap z", occurred=later), now=later)
    assert desk.on("z") is not None


def test_the_numbers_of_a_batch_have_no_gaps(desk: MailTestDesk) -> None:
    desk.has(rule("hold", subject_has("hold")))
    desk.gets(
        *(mail("1"), mail("2", subject="hold"), mail("3", automatic="bulk"), mail("4", sender=SUPPORT)),
        *(mail("5", answers=[message_id("1")]), mail("6", sender=EVE)),
    )
    desk.gets(mail("7"))
    assert [each["number"] for each in desk.tickets()] == ["TT1", "TT2", "TT3"]


def test_a_mail_that_comes_again_changes_nothing(desk: MailTestDesk) -> None:
    desk.has(rule("hold", subject_has("hold")))
    events = [mail("1"), mail("2", subject="hold"), mail("3", answers=[message_id("1")])]
    desk.gets(*events)
    before = {name: dict(each) for name, each in desk.store.collections.items()}
    desk.gets(*reversed(events))
    assert {name: dict(each) for name, each in desk.store.collections.items()} == before


class Responder:
    """Somebody's machine that answers every mail of the desk, at once and for ever."""

    def __init__(self, desk: MailTestDesk, **how: Any) -> None:
        self.desk, self.how, self.answered = desk, how, 0

    def run(self, rounds: int) -> int:
        """How many mails the desk sent by itself until nothing more came, at most so many rounds."""
        seen: set[str] = set()
        for _ in range(rounds):
            new = [each for each in self.desk.events() if each.id not in seen and _goes_out(each)]
            seen |= {each.id for each in self.desk.events()}
            if not new:
                return self.answered
            for _each in new:
                self.answered += 1
                self.desk.gets(mail(f"auto{self.answered}", sender=EVE, subject="Away", **self.how))
        raise AssertionError("it never stopped")


def _goes_out(event: Event) -> bool:
    if event.type == ticket_fact.OPENED:
        return event.data.mail is not None
    return event.type in (mail_requested.TYPE, reply_requested.TYPE)


@pytest.mark.parametrize(
    ("how", "most"),
    [
        ({"automatic": "out-of-office"}, 1),
        ({"automatic": "auto-reply", "answers": [message_id("first")]}, 1),
        ({"answers": [message_id("first")]}, 1),  # says nothing of being a machine, but keeps the thread
        ({}, 30),  # a machine that hides, and answers with a new mail each time
    ],
)
def test_two_that_answer_each_other_by_themselves_stop(
    desk: MailTestDesk, how: dict[str, Any], most: int
) -> None:
    desk.has(OpeningQuestion(enabled=False))
    desk.gets(mail("first", sender=EVE))
    assert Responder(desk, **how).run(100) <= most


def test_a_machines_mail_is_nobodys_action() -> None:
    said = Message("m", "in", "public", DESK, "text", "x", NOW, NOW)
    assert not said.by_machine
