"""What every desk store finds for those who open tickets; run on the real one and on its in-memory twin."""

from __future__ import annotations

from datetime import datetime

import pytest

from services.ticket_service.domain.assignment import AssignmentRule, Condition, RuleActions
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.opening_question import Choice, OpeningQuestion, asked
from services.ticket_service.domain.rotation import Rotation
from services.ticket_service.ports import Changes, Conflict
from tests.ticket_service.building import NOW, at
from tests.ticket_service.conftest import Stored
from tests.ticket_service.test_store_port import a_contact, a_conversation, a_message, a_ticket


def test_open_tickets_are_counted_by_who_is_responsible(stored: Stored) -> None:
    changes = Changes()
    rows: list[tuple[str | None, datetime | None, datetime | None]] = [
        ("anna", None, None),
        ("anna", None, None),
        ("anna", NOW, None),
        ("bruno", None, NOW),
        (None, None, None),
    ]
    for number, (assignee, closed, deleted) in enumerate(rows, 1):
        ticket = a_ticket(f"t{number}", number)
        ticket.assignee, ticket.closed_at, ticket.deleted_at = assignee, closed, deleted
        changes.touch(ticket)
    stored.store.save(changes)
    found = stored.store.open_tickets(["anna", "bruno", "carla"])
    assert {name: found.get(name, 0) for name in ("anna", "bruno", "carla")} == {
        "anna": 2,
        "bruno": 0,
        "carla": 0,
    }


def test_what_is_on_no_ticket_is_found_in_its_order_the_latest_of_very_much(stored: Stored) -> None:
    changes = Changes()
    for seconds in (3, 1, 2):
        message = a_message(f"m{seconds}")
        message.ticket_id, message.occurred_at = None, at(seconds)
        changes.messages.append(message)
    reaction, other, placed = a_message("r"), a_message("o"), a_message("p")
    reaction.ticket_id, reaction.kind = None, "reaction"
    other.ticket_id, other.conversation_id = None, "v2"
    changes.messages += [reaction, other, placed]
    stored.store.save(changes)
    assert [each.id for each in stored.store.load_unplaced("v1", 10)] == ["m1", "m2", "m3"]
    assert [each.id for each in stored.store.load_unplaced("v1", 2)] == ["m2", "m3"]


def test_contacts_and_files_are_found(stored: Stored) -> None:
    changes = Changes()
    changes.touch(a_contact(), Attachment("f1", "image", "main", "chat", NOW, ticket_id="t1"))
    stored.store.save(changes)
    assert list(stored.store.load_contacts(["c1", "c2"])) == ["c1"]
    assert (stored.store.has_files("t1"), stored.store.has_files("t2")) == (True, False)


def test_a_ticket_keeps_what_its_customer_was_asked(stored: Stored) -> None:
    ticket, changes = a_ticket(), Changes()
    question = OpeningQuestion(text="?", buttons=(Choice("yes", "SI"),))
    ticket.question = asked(question, "m9", NOW)
    changes.touch(ticket)
    stored.store.save(changes)
    assert stored.store.load_tickets(["t1"])["t1"].question == ticket.question


def test_rules_and_the_question_come_back_as_they_were(stored: Stored) -> None:
    rule = AssignmentRule(
        "r1",
        "Invoices",
        10,
        (Condition("keyword", ("fattura", "invoice")),),
        RuleActions({"priority": "high"}, ("billing",), "anna", reply_template={"components": [{}]}),
    )
    question = OpeningQuestion(enabled=True, channels=("main",), text="?", buttons=(Choice("yes", "SI"),))
    changes = Changes()
    changes.touch(rule, question)
    stored.store.save(changes)
    (found,) = stored.store.all(AssignmentRule)
    rule.version = question.version = 1
    assert (found, stored.store.setting(OpeningQuestion)) == (rule, question)


def test_two_cannot_take_the_same_turn(stored: Stored) -> None:
    def take(last: str) -> None:
        changes = Changes()
        changes.touch(Rotation("team", last))
        stored.store.save(changes)

    take("anna")
    with pytest.raises(Conflict):
        take("bruno")


def test_reads_on_either_side_of_a_merge_are_not_decided_on(stored: Stored) -> None:
    contact, emptied = a_contact(), a_conversation()
    changes = Changes()
    changes.touch(contact, emptied)
    stored.store.save(changes)
    keys, channels = [each.key for each in contact.identities], [emptied.channel_id]
    assert list(stored.store.load_inbound(keys, channels).conversations) == [emptied.id]
    emptied.merged_into, emptied.version = "another", 1
    changes = Changes()
    changes.touch(emptied)
    stored.store.save(changes)
    with pytest.raises(Conflict):
        stored.store.load_inbound(keys, channels)
