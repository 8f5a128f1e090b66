"""Titles, numbers, description and comments of tickets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.ticket_service.domain.history import CUSTOMER, Actor
from services.ticket_service.domain.message import IN, PUBLIC, Message
from services.ticket_service.domain.status import CLOSED, WAITING_CUSTOMER, Status
from services.ticket_service.domain.ticket import DescriptionLine, Ticket, description_text
from services.ticket_service.domain.title import DEFAULT_PATTERN, chat_title, unknown_placeholders

AT = datetime(2025, 2, 27, 21, 22, 33, tzinfo=UTC)
ROME = ZoneInfo("Europe/Rome")
ANNA = Actor(CUSTOMER, "c1", "Anna")


def a_ticket() -> Ticket:
    return Ticket("t1", "TT1", 1, "title", "open", "main", "chat", "c1", "v1", AT, AT, ANNA)


def a_message(key: str, text: str = "text", kind: str = "text") -> Message:
    return Message(key, IN, PUBLIC, ANNA, kind, text, AT, AT)


@pytest.mark.parametrize(
    ("pattern", "title"),
    [
        (DEFAULT_PATTERN, "2025-02-27 22:22:33 - +393351032246"),
        ("{name}: {address}", "Anna: +393351032246"),
        ("{address} {nothing} {0} {date.year}", "+393351032246 {nothing} {0} {date.year}"),
        ("no placeholder", "no placeholder"),
    ],
)
def test_a_chat_tickets_title_follows_the_desks_pattern_and_zone(pattern: str, title: str) -> None:
    assert chat_title(pattern, AT, ROME, "+393351032246", "Anna") == title


def test_a_title_is_never_longer_than_a_list_can_show() -> None:
    assert len(chat_title("{name}", AT, ROME, "", "x" * 10_000)) == 500


def test_placeholders_that_do_not_exist_are_found() -> None:
    assert unknown_placeholders("{date} {nam} {} {name}") == ["nam", ""]


def test_the_first_message_is_the_description_and_later_ones_are_numbered_comments() -> None:
    ticket = a_ticket()
    first, second, third = a_message("1", "Buongiorno"), a_message("2"), a_message("3")
    ticket.describe(first)
    ticket.comment(second, AT)
    ticket.comment(third, AT)
    assert [(each.ticket_id, each.part, each.number) for each in (first, second, third)] == [
        ("t1", "description", None),
        ("t1", "comment", 1),
        ("t1", "comment", 2),
    ]
    assert ticket.comments_count == 2
    assert [line.text for line in ticket.description] == ["Buongiorno"]


def test_a_first_message_without_text_is_described_by_its_kind() -> None:
    ticket = a_ticket()
    ticket.describe(a_message("1", "", "voice"))
    assert ticket.description[0].text == "[voice]"


def test_the_description_shows_each_piece_under_its_time_in_the_desks_zone() -> None:
    lines = [
        DescriptionLine(AT - timedelta(minutes=1), "Buongiorno, vorrei contattarvi", "1"),
        DescriptionLine(AT - timedelta(seconds=50), "SI ✓", "2"),
    ]
    assert description_text(lines, ROME) == (
        "2025-02-27 22:21:33\nBuongiorno, vorrei contattarvi\n2025-02-27 22:21:43\nSI ✓"
    )


def test_closing_keeps_the_first_closing_time_and_reopening_forgets_it() -> None:
    closed, spam, opened = (_status("closed", CLOSED), _status("spam", CLOSED), _status("open"))
    ticket = a_ticket()
    ticket.set_status(closed, AT)
    ticket.set_status(spam, AT + timedelta(days=1))
    assert (ticket.status, ticket.closed_at) == ("spam", AT)
    ticket.set_status(opened, AT + timedelta(days=2))
    assert (ticket.closed_at, ticket.updated_at) == (None, AT + timedelta(days=2))


def test_the_latest_time_of_the_customer_counts_whatever_the_order_of_arrival() -> None:
    ticket = a_ticket()
    for seconds in (5, 9, 1):
        ticket.heard(AT + timedelta(seconds=seconds))
    assert ticket.last_customer_message_at == AT + timedelta(seconds=9)


def _status(key: str, *roles: str) -> Status:
    return Status(key, key, "", "#000000", 1, frozenset(roles))


def test_a_pause_ends_when_the_customer_wrote_however_late_the_message_came() -> None:
    ticket = a_ticket()
    waiting = Status("waiting", "Waiting", "", "#ffffff", 1, frozenset({WAITING_CUSTOMER}))
    back = Status("open", "Open", "", "#ffffff", 0, frozenset())
    ticket.set_status(waiting, AT)
    written, came = AT + timedelta(minutes=5), AT + timedelta(hours=3)
    ticket.set_status(back, came, written)
    assert [(pause.start, pause.end) for pause in ticket.pauses] == [(AT, written)]
    assert ticket.status_since == came
