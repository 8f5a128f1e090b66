"""The desk's numbers: the same as counting by hand, through an index, within bounds, once a minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from pymongo.database import Database

from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.satisfaction import Satisfaction
from services.ticket_service.domain.sla import Sla, SlaTarget
from services.ticket_service.domain.statistics import BROKEN, KEPT, RUNNING, average, day_of, span, wait_class
from services.ticket_service.domain.ticket import DescriptionLine, Ticket
from services.ticket_service.store import ticket_indexes as by
from services.ticket_service.store.collections import create_indexes
from services.ticket_service.store.documents import ticket_document
from services.ticket_service.store.queries_statistics import (
    CLOSED_AT,
    RATED_AT,
    StatisticsQueries,
    TooMuch,
    backlog_steps,
    closed_steps,
    opened_steps,
    satisfaction_steps,
)
from services.ticket_service.store.remembering import SECONDS, Remembering
from shared.mongo.connect import Document, connect, database

ROME: Final = ZoneInfo("Europe/Rome")
NOW: Final = datetime(2025, 4, 2, 9, 30, tzinfo=UTC)
"""Clocks were put forward on the 30th of March: some of the days are not as long as others."""
SPAN: Final = span(NOW, ROME, 7)
COUNT: Final = 160
OPEN: Final = ("open", "waiting")
MINUTE: Final = timedelta(minutes=1)


def made(position: int) -> Ticket:
    """The ticket of this position: some too old, some deleted or merged, some without an answer."""
    at = NOW - timedelta(minutes=97 * position)
    status = ("open", "waiting", "closed")[position % 3]
    ticket = Ticket(
        id=f"ticket-{position:04d}",
        number=f"TT{position}",
        sequence=position,
        title="Ticket",
        status=status,
        type="internal" if position % 17 == 0 else "public",
        channel_id=f"channel-{position % 2}",
        channel_kind="whatsapp_cloud",
        requester_id="contact",
        conversation_id=None,
        created_at=at,
        updated_at=at,
        created_by=DESK,
        assignee=("anna", "bruno", None)[position % 5 % 3],
        group="team" if position % 4 == 0 else None,
        description=[DescriptionLine(at - MINUTE * (position % 3), "Buongiorno", "m")],
        first_response_at=at + MINUTE * (position * 7 % 300) if position % 4 else None,
        closed_at=min(at + MINUTE * (position * 11 % 900), NOW) if status == "closed" else None,
        unanswered_since=at if position % 7 == 0 else None,
        deleted_at=at if position % 23 == 0 else None,
        merged_into="TT1" if position % 29 == 0 else None,
    )
    if position % 3 == 0:
        ticket.satisfaction = Satisfaction(position % 5 + 1, "", at + MINUTE * (position * 5 % 700))
    if position % 2:
        late = at if position % 5 == 0 else None
        targets = [SlaTarget("first_response", 60, at, at, met_at=ticket.first_response_at, breached_at=late)]
        ticket.sla = Sla("p", targets=[*targets, SlaTarget("resolution", 600, at, at)])
    return ticket


@pytest.fixture(scope="module")
def desk(mongodb_uri: str) -> Iterator[tuple[Database[Document], list[Ticket]]]:
    with connect(mongodb_uri, "test") as client:
        db = database(client, "test_statistics")
        client.drop_database(db.name)
        create_indexes(db)
        tickets = [made(position) for position in range(COUNT)]
        db["tickets"].insert_many(
            [{"_id": ticket.id, "version": 1, **ticket_document(ticket)} for ticket in tickets]
        )
        yield db, tickets
        client.drop_database(db.name)


def counted(tickets: list[Ticket], group: str | None) -> list[Ticket]:
    """Those that count at all."""
    return [
        each
        for each in tickets
        if each.deleted_at is None and each.merged_into is None and group in (None, each.group)
    ]


def wait(ticket: Ticket) -> int | None:
    """The class of the wait for the first answer."""
    if ticket.type != "public" or ticket.first_response_at is None:
        return None
    return wait_class((ticket.first_response_at - ticket.description[0].at).total_seconds())


def outcome(target: SlaTarget) -> str:
    return BROKEN if target.breached_at else KEPT if target.met_at else RUNNING


@pytest.mark.integration
@pytest.mark.parametrize("group", [None, "team"])
def test_what_opened_is_counted_as_by_hand(
    desk: tuple[Database[Document], list[Ticket]], group: str | None
) -> None:
    db, tickets = desk
    own = [each for each in counted(tickets, group) if SPAN.start <= each.created_at < SPAN.end]
    assert 10 < len(own) < COUNT
    found = StatisticsQueries(db).opened(SPAN, group)
    assert found.days == Counter(each.created_at.astimezone(ROME).date() for each in own)
    assert found.agents == Counter(each.assignee for each in own)
    waits = [(each, number) for each in own if (number := wait(each)) is not None]
    for shown, key in ((found.waits, _day), (found.waits_by_agent, _assignee)):
        flat = {(outer, number): count for outer, inner in shown.items() for number, count in inner.items()}
        assert flat == Counter((key(each), number) for each, number in waits)
    promises = Counter((t.name, outcome(t)) for each in own for t in (each.sla.targets if each.sla else []))
    assert {(name, end): n for name, ends in found.promises.items() for end, n in ends.items()} == promises


@pytest.mark.integration
@pytest.mark.parametrize("group", [None, "team"])
def test_ratings_are_counted_as_by_hand(
    desk: tuple[Database[Document], list[Ticket]], group: str | None
) -> None:
    db, tickets = desk
    rated = [(each, each.satisfaction) for each in counted(tickets, group) if each.satisfaction]
    own = [(each, said) for each, said in rated if SPAN.start <= said.at < SPAN.end]
    assert 5 < len(own) < len(tickets)
    found = StatisticsQueries(db).satisfaction(SPAN, group)
    assert {(each.day, each.channel, each.assignee, each.score): each.count for each in found} == Counter(
        (said.at.astimezone(ROME).date(), each.channel_id, each.assignee, said.score) for each, said in own
    )
    assert average(found) == round(sum(said.score for _, said in own) / len(own), 2)


def _day(ticket: Ticket) -> Any:
    return ticket.created_at.astimezone(ROME).date()


def _assignee(ticket: Ticket) -> Any:
    return ticket.assignee


@pytest.mark.integration
@pytest.mark.parametrize("group", [None, "team"])
def test_what_was_closed_and_what_is_left_are_counted_as_by_hand(
    desk: tuple[Database[Document], list[Ticket]], group: str | None
) -> None:
    db, tickets = desk
    queries = StatisticsQueries(db)
    closed = [
        each
        for each in counted(tickets, group)
        if each.closed_at is not None and SPAN.start <= each.closed_at < SPAN.end
    ]
    found = queries.closed(SPAN, group)
    assert found.days == Counter(each.closed_at.astimezone(ROME).date() for each in closed if each.closed_at)
    assert found.agents == Counter(each.assignee for each in closed)
    left = [each for each in counted(tickets, group) if each.status in OPEN]
    heaps = queries.backlog(OPEN, group)
    assert sum(heap.count for heap in heaps) == len(left)
    assert {(h.status, h.channel, h.assignee, h.late): h.count for h in heaps} == Counter(
        (each.status, each.channel_id, each.assignee, _late(each)) for each in left
    )
    assert sum(heap.unanswered for heap in heaps) == sum(each.unanswered_since is not None for each in left)
    assert min(heap.oldest for heap in heaps) == min(each.created_at for each in left)


def _late(ticket: Ticket) -> bool:
    return ticket.sla is not None and any(each.breached_at for each in ticket.sla.targets)


@pytest.mark.integration
def test_nothing_reads_the_collection_or_sorts(desk: tuple[Database[Document], list[Ticket]]) -> None:
    db, _ = desk
    for steps, hint in (
        (opened_steps(SPAN, "team"), by.CREATED),
        (closed_steps(SPAN, None), CLOSED_AT),
        (backlog_steps(OPEN, None), by.UPDATED),
        (satisfaction_steps(SPAN, "team"), RATED_AT),
    ):
        aggregate = {"aggregate": "tickets", "pipeline": steps, "cursor": {}, "hint": dict(hint)}
        plan = db.command("explain", aggregate, verbosity="executionStats")
        assert "IXSCAN" in str(plan)
        assert "COLLSCAN" not in str(plan)
        assert "'SORT'" not in str(plan)
    read = db.command(
        "explain",
        {
            "aggregate": "tickets",
            "pipeline": closed_steps(SPAN, None),
            "cursor": {},
            "hint": {"closed_at": 1},
        },
        verbosity="executionStats",
    )
    examined = str(read).split("'totalDocsExamined': ")[1].split(",")[0]
    assert int(examined) <= 60, "what closed before the first day is not looked at"


@pytest.mark.integration
def test_what_takes_too_long_is_said_and_not_tried_again_at_once(
    desk: tuple[Database[Document], list[Ticket]], monkeypatch: pytest.MonkeyPatch
) -> None:
    db, _ = desk
    slow = StatisticsQueries(db, milliseconds=10)
    asked = []

    def steps(*given: Any) -> list[Document]:
        asked.append(given)
        many = {"$range": [0, {"$add": [200_000, {"$size": "$tags"}]}]}
        burn = {"$reduce": {"input": many, "initialValue": 0, "in": {"$add": ["$$value", 1]}}}
        return [{"$match": {"status": "open"}}, {"$project": {"n": burn}}]

    monkeypatch.setattr("services.ticket_service.store.queries_statistics.backlog_steps", steps)
    for _ in range(2):
        with pytest.raises(TooMuch):
            slow.backlog(OPEN, None)
    assert len(asked) == 1


def test_an_answer_is_kept_for_a_minute() -> None:
    now = [0.0]
    remembering = Remembering(clock=lambda: now[0])
    asked: list[int] = []

    def work() -> int:
        asked.append(1)
        return len(asked)

    assert [remembering.get("a", work), remembering.get("a", work), remembering.get("b", work)] == [1, 1, 2]
    now[0] = SECONDS
    assert remembering.get("a", work) == 3
    remembering.forget()
    assert remembering.get("a", work) == 4


def test_an_error_that_may_pass_is_not_kept() -> None:
    remembering = Remembering((LookupError,))
    asked: list[type[Exception]] = []

    def fails(kind: type[Exception]) -> Any:
        def work() -> Any:
            asked.append(kind)
            raise kind

        return work

    for kind in (OSError, OSError, LookupError, LookupError):
        with pytest.raises(kind):
            remembering.get(kind, fails(kind))
    assert asked == [OSError, OSError, LookupError]


def test_many_who_ask_at_once_are_answered_by_one() -> None:
    import threading
    from concurrent.futures import ThreadPoolExecutor

    remembering, begun, go, asked = Remembering(), threading.Event(), threading.Event(), []

    def work() -> int:
        asked.append(1)
        begun.set()
        assert go.wait(10)
        return 7

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(remembering.get, "a", work)
        assert begun.wait(10)
        rest = [pool.submit(remembering.get, "a", work) for _ in range(7)]
        go.set()
        assert [each.result(10) for each in [first, *rest]] == [7] * 8
    assert len(asked) == 1


def test_no_more_answers_are_kept_than_there_is_room_for() -> None:
    remembering = Remembering()
    for number in range(200):
        remembering.get(number, lambda: 1)
    assert len(remembering._kept) == 60


def test_a_day_without_anything_is_no_day() -> None:
    assert day_of(0).isoformat() == "1970-01-01"
