"""The reply window, whom to answer, and which ticket a message joins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.ticket_service.domain.contact import CONTACT, LEAD, Contact
from services.ticket_service.domain.conversation import Conversation, Recipient
from services.ticket_service.domain.identity import Identity

AT = datetime(2025, 2, 27, 12, 0, 0, tzinfo=UTC)
DAY = 86_400
PHONE = Identity("phone", "+391", "391")


def a_conversation(window: int | None = DAY) -> Conversation:
    nobody = Recipient("", "", "")
    return Conversation("v", "c", "main", "chat", "k", nobody, None, window, None, None, AT, AT)


@pytest.mark.parametrize(
    ("window", "hours", "open_"),
    [(DAY, 23.99, True), (DAY, 24, False), (DAY, 48, False), (None, 1000, True), (DAY, 0, True)],
)
def test_the_window_counts_from_the_customers_last_message(
    window: int | None, hours: float, open_: bool
) -> None:
    conversation = a_conversation()
    conversation.heard(PHONE, "Anna", AT, AT, window)
    assert conversation.window_open(AT + timedelta(hours=hours)) is open_


def test_with_nothing_heard_a_channel_with_a_window_is_closed_and_one_without_is_open() -> None:
    assert not a_conversation(DAY).window_open(AT)
    assert a_conversation(None).window_open(AT)
    assert a_conversation(DAY).window_expires_at() is None


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0)])
def test_the_providers_time_rules_whatever_the_order_of_arrival(order: tuple[int, ...]) -> None:
    conversation = a_conversation()
    for hours in order:
        conversation.heard(PHONE, "Anna", AT + timedelta(hours=hours), AT + timedelta(hours=3), DAY)
    assert conversation.window_expires_at() == AT + timedelta(hours=2 + 24)


def test_a_providers_clock_that_runs_ahead_does_not_hold_the_window_open() -> None:
    conversation = a_conversation()
    conversation.heard(PHONE, "Anna", AT + timedelta(days=365), AT, DAY)
    assert conversation.window_expires_at() == AT + timedelta(days=1)


def test_the_answer_goes_where_the_provider_said_last() -> None:
    conversation = a_conversation()
    conversation.heard(PHONE, "Anna", AT, AT, DAY)
    conversation.heard(Identity("scoped", "IT.1", "IT.1"), "", AT, AT, DAY)
    assert conversation.recipient == Recipient("scoped", "IT.1", "Anna")


def test_a_further_message_joins_the_open_ticket_and_a_closed_one_is_remembered() -> None:
    conversation = a_conversation()
    conversation.ticket_moved("t1", closed=False)
    assert (conversation.open_ticket_id, conversation.last_ticket_id) == ("t1", "t1")
    conversation.ticket_moved("t1", closed=True)
    assert (conversation.open_ticket_id, conversation.last_ticket_id) == (None, "t1")


def test_closing_an_older_ticket_leaves_the_open_one_open() -> None:
    conversation = a_conversation()
    conversation.ticket_moved("t2", closed=False)
    conversation.ticket_moved("t1", closed=True)
    assert conversation.open_ticket_id == "t2"


@pytest.mark.parametrize(
    ("stage", "name", "given", "called"),
    [
        (LEAD, "Anna", "Anna Rossi", "Anna Rossi"),
        (LEAD, "Anna", "", "Anna"),
        (CONTACT, "Rossi & C.", "annie", "Rossi & C."),
        (CONTACT, "", "Anna", "Anna"),
    ],
)
def test_a_lead_is_called_what_the_provider_says_a_contact_what_the_desk_says(
    stage: str, name: str, given: str, called: str
) -> None:
    contact = Contact("c", stage, name, [PHONE], AT, AT)
    assert contact.learn([PHONE], given, AT) is (name != called)
    assert contact.name == called


def test_new_identities_are_added_once() -> None:
    contact = Contact("c", LEAD, "Anna", [PHONE], AT, AT)
    scoped = Identity("scoped", "IT.1", "IT.1")
    later = AT + timedelta(hours=1)
    assert contact.learn([scoped, PHONE], "Anna", later)
    assert not contact.learn([PHONE, scoped], "Anna", later)
    assert (contact.identities, contact.updated_at) == ([PHONE, scoped], later)
