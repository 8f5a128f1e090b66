"""Every list and counter the console offers: right, in order, and through an index (as the database says)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from pymongo.database import Database

from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.satisfaction import Satisfaction
from services.ticket_service.domain.sla import Sla, SlaTarget
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.store.collections import create_indexes
from services.ticket_service.store.documents import message_document, ticket_document
from services.ticket_service.store.preparing import Preparing
from services.ticket_service.store.queries_tickets import TicketQueries
from services.ticket_service.store.text_search import TextSearch
from services.ticket_service.store.ticket_filter import FIELDS, NOBODY, TIMES, TicketFilter
from services.ticket_service.store.ticket_order import ORDERS, PRIORITY, TicketOrder, TicketPosition
from services.ticket_service.store.ticket_reading import Find
from shared.mongo.connect import Document, connect, database
from tests.ticket_service.building import NOW
from tests.ticket_service.conftest import MongoDesk
from tests.ticket_service.store.said import said

pytestmark = pytest.mark.integration

COUNT: Final = 120
SOON: Final = NOW + timedelta(days=2)
STATUSES: Final = ("open", "waiting", "closed")
PRIORITIES: Final = ("low", "high")
AGENTS: Final = ("anna", "bruno", None)


def made(position: int) -> Ticket:
    """The ticket of this position: a mixture in which every field has values that many and few have."""
    at = NOW + timedelta(minutes=position)
    status = STATUSES[position % 3]
    ticket = Ticket(
        id=f"ticket-{position:04d}",
        number=f"TT{position}",
        sequence=position,
        title=f"Ticket {position} common" + (" rare" if position % 40 == 0 else ""),
        status=status,
        channel_id=f"channel-{position % 2}",
        channel_kind="whatsapp_cloud",
        requester_id=f"contact-{position // 3}",
        conversation_id=None,
        created_at=at,
        updated_at=at + timedelta(minutes=(position * 37) % 100),
        created_by=DESK,
        assignee=AGENTS[position % 3],
        group="team" if position % 5 == 0 else None,
        priority=(*PRIORITIES, None)[position % 3 if position % 7 else 2],
        category="problem" if position % 2 else None,
        organization=f"organization-{position // 50}" if position % 3 else None,
        tags=["vip"] if position % 60 == 0 else ["all"],
        solution_forecast=at + timedelta(days=(position * 13) % 9) if position % 4 else None,
        closed_at=at if status == "closed" else None,
    )
    if position % 8 == 0:
        ticket.satisfaction = Satisfaction(position % 5 + 1, "", at)
    if position % 6 == 0:
        ticket.sla = Sla(
            "p", targets=[SlaTarget("resolution", 60, at, at + timedelta(minutes=position % 50))]
        )
    return ticket


@pytest.fixture(scope="module")
def desk(mongodb_uri: str) -> Iterator[tuple[Database[Document], list[Ticket]]]:
    """A database with tickets, of which every third has something said on it."""
    client = connect(mongodb_uri, "test")
    with client:
        db = database(client, "test_ticket_lists")
        client.drop_database(db.name)
        create_indexes(db)
        tickets = [made(position) for position in range(COUNT)]
        for ticket in tickets:
            db["tickets"].insert_one({"_id": ticket.id, "version": 1, **ticket_document(ticket)})
        messages = [said(ticket.id, f"spoken {ticket.sequence}") for ticket in tickets[::3]]
        db["messages"].insert_many([message_document(each) for each in messages])
        yield db, tickets
        client.drop_database(db.name)


def lists(db: Database[Document]) -> Iterator[TicketQueries]:
    """Reading a few and sorting them, and walking: whatever the sizes, both have to be right."""
    yield TicketQueries(db, at_most=COUNT)
    yield TicketQueries(db, at_most=20, search=TextSearch(db, rare=10))
    yield TicketQueries(db, at_most=0, search=TextSearch(db, rare=1))


FILTERS: Final[list[tuple[TicketFilter, Any]]] = [
    (TicketFilter(), lambda t: True),
    (TicketFilter({"status": ["open"]}), lambda t: t.status == "open"),
    (TicketFilter({"status": ["open", "waiting"]}), lambda t: t.status != "closed"),
    (TicketFilter({"channel": ["channel-1"]}), lambda t: t.channel_id == "channel-1"),
    (TicketFilter({"assignee": ["anna"]}), lambda t: t.assignee == "anna"),
    (TicketFilter({"assignee": [NOBODY]}), lambda t: t.assignee is None),
    (TicketFilter({"assignee": ["anna", NOBODY]}), lambda t: t.assignee != "bruno"),
    (TicketFilter({"group": ["team"], "status": ["open"]}), lambda t: t.group and t.status == "open"),
    (TicketFilter({"requester": ["contact-5"]}), lambda t: t.requester_id == "contact-5"),
    (TicketFilter({"organization": ["organization-1"]}), lambda t: t.organization == "organization-1"),
    (TicketFilter({"priority": ["high"]}), lambda t: t.priority == "high"),
    (TicketFilter({"priority": ["high", NOBODY]}), lambda t: t.priority != "low"),
    (TicketFilter({"category": ["problem"], "tag": ["vip", "all"]}), lambda t: t.category == "problem"),
    (TicketFilter({"tag": ["vip"]}), lambda t: t.tags == ["vip"]),
    (TicketFilter({"sla": ["pending"]}), lambda t: t.sla is not None),
    (TicketFilter({"satisfaction": ["4", "5"]}), lambda t: t.satisfaction and t.satisfaction.score > 3),
    (TicketFilter({"satisfaction": ["5"]}, rated=False), lambda t: False),
    (TicketFilter(rated=True), lambda t: t.satisfaction),
    (TicketFilter(open=True), lambda t: t.status != "closed"),
    (
        TicketFilter(between={"forecast": (NOW, SOON)}),
        lambda t: t.solution_forecast and t.solution_forecast < SOON,
    ),
    (TicketFilter(between={"created": (None, NOW + timedelta(hours=1))}), lambda t: t.sequence < 60),
    (TicketFilter(unread=True), lambda t: True),
    (TicketFilter(amounts={"hours": (None, 0.0), "days": (1.0, None)}), lambda t: False),
    (TicketFilter(amounts={"comments": (0, 3)}, notify_requester=True), lambda t: True),
    (TicketFilter(unanswered=True), lambda t: False),
    (TicketFilter({"assignee": ["anna"]}, open=True), lambda t: t.assignee == "anna" and not t.closed_at),
    (TicketFilter(words="common"), lambda t: True),
    (TicketFilter(words="rar tt4"), lambda t: "rare" in t.title and t.number.startswith("TT4")),
    (TicketFilter(words="spok common"), lambda t: t.sequence % 3 == 0),
    (TicketFilter({"status": ["open"]}, words="spoken"), lambda t: t.sequence % 3 == 0),
    (TicketFilter(words="absent"), lambda t: False),
    (TicketFilter(has_attachments=False, words="rare"), lambda t: "rare" in t.title),
    (TicketFilter(merged=True), lambda t: False),
]
EVERY_ORDER: Final = [TicketOrder(by, down, PRIORITIES) for by in ORDERS for down in (True, False)]


def in_order(tickets: list[Ticket], order: TicketOrder) -> list[str]:
    """The same order in plain Python."""

    def due(ticket: Ticket) -> datetime | None:
        return ticket.sla.targets[0].due_at if ticket.sla else None

    def sorted_by(rows: list[Ticket], key: Any, descending: bool) -> list[str]:
        return [t.id for t in sorted(rows, key=lambda t: (key(t), t.id), reverse=descending)]

    if order.by == PRIORITY:
        names = PRIORITIES[::-1] if order.descending else PRIORITIES
        rows = [[t for t in tickets if t.priority == name] for name in (*names, None)]
        return [each for part in rows for each in sorted_by(part, lambda t: t.created_at, False)]
    key = {
        "updated": lambda t: t.updated_at,
        "created": lambda t: t.created_at,
        "number": lambda t: t.sequence,
        "forecast": lambda t: t.solution_forecast,
        "due": due,
    }[order.by]
    having = [t for t in tickets if key(t) is not None]
    rest = [t for t in tickets if key(t) is None]
    return sorted_by(having, key, order.descending) + sorted_by(rest, lambda t: t.created_at, False)


def walked(queries: TicketQueries, wanted: TicketFilter, order: TicketOrder, limit: int) -> list[str]:
    """The ids on all pages."""
    found: list[str] = []
    position: TicketPosition | None = None
    for _ in range(COUNT + 2):
        page = queries.page(wanted, order, position, limit)
        assert len(page.tickets) <= limit
        found += [ticket.id for ticket in page.tickets]
        position = page.next
        if position is None:
            return found
    raise AssertionError("the pages have no end")


def test_every_filter_in_every_order_finds_each_ticket_once(
    desk: tuple[Database[Document], list[Ticket]],
) -> None:
    db, tickets = desk
    for queries, (wanted, fits) in itertools.product(lists(db), FILTERS):
        expected = [ticket for ticket in tickets if fits(ticket)]
        for order in EVERY_ORDER:
            found = walked(queries, wanted, order, 100)
            assert found == in_order(expected, order), (wanted, order.name, queries._at_most)


def test_pages_of_any_size_hold_the_same(desk: tuple[Database[Document], list[Ticket]]) -> None:
    db, tickets = desk
    wanted = TicketFilter({"status": ["open", "closed"]})
    expected = [ticket for ticket in tickets if ticket.status != "waiting"]
    for queries, order in itertools.product(lists(db), EVERY_ORDER):
        assert walked(queries, wanted, order, 17) == in_order(expected, order), order.name


def stages(db: Database[Document], find: Find, sort: list[tuple[str, int]] | None) -> str:
    """What the database would do, as text."""
    cursor = db["tickets"].find(find.query).hint(find.hint)
    plan = (cursor.sort(sort) if sort else cursor).limit(26).explain()
    return str(plan["queryPlanner"]["winningPlan"])


def offered() -> Iterator[TicketFilter]:
    """Each filter by itself, and beside the statuses that a list mostly has."""
    alone = [TicketFilter(), TicketFilter(open=True), TicketFilter(unread=True), TicketFilter(deleted=True)]
    alone += [TicketFilter(unanswered=True), TicketFilter(merged=True), TicketFilter(rated=True)]
    alone += [TicketFilter({"assignee": ["x"]}, open=True)]
    for name in FIELDS:
        alone += [
            TicketFilter({name: ["x"]}),
            TicketFilter({name: ["x", NOBODY]}),
            TicketFilter({name: ["x", "y"]}),
        ]
    alone += [TicketFilter(between={name: (NOW, None)}) for name in TIMES]
    yield from alone
    for wanted in alone:
        if not any(len(values) > 1 for values in wanted.any_of.values()):
            yield replace(wanted, any_of={**wanted.any_of, "status": ["open", "waiting"]})


def test_no_list_reads_the_collection_or_sorts_what_has_no_bound(
    desk: tuple[Database[Document], list[Ticket]], monkeypatch: pytest.MonkeyPatch
) -> None:
    db, _ = desk
    for wanted in offered():
        for find, segment in TicketQueries(db, at_most=COUNT).finds(wanted, TicketOrder()):
            # Where few fit they are read whole, at most so many, and sorted by the desk.
            plan = stages(db, find, None if find.few else segment.sort())
            assert_bounded(plan, wanted, "few")
    monkeypatch.setattr("services.ticket_service.store.queries_tickets.few", lambda *given: None)
    for wanted, order in itertools.product(offered(), EVERY_ORDER):
        for find, segment in TicketQueries(db).finds(wanted, order):
            assert find.few is None
            assert_bounded(stages(db, find, segment.sort()), wanted, order.name)


def assert_bounded(plan: str, wanted: TicketFilter, where: str) -> None:
    """Nothing is read but through an index, and nothing sorted."""
    assert "COLLSCAN" not in plan, (wanted, where)
    assert "IXSCAN" in plan, (wanted, where)
    assert "'SORT'" not in plan, (wanted, where)


def test_what_few_tickets_have_is_read_from_its_own_index(
    desk: tuple[Database[Document], list[Ticket]],
) -> None:
    db, _ = desk
    queries = TicketQueries(db, at_most=30)
    for name in ("organization", "contract", "tag", "cc", "watcher", "category", "linked_to", "satisfaction"):
        (find, _), *_ = queries.finds(TicketFilter({name: ["x"]}), TicketOrder())
        assert (find.few, find.hint) == (30, [("traits", 1)])
        assert f"{FIELDS[name]}=x" in str(find.query)
    (find, _), *_ = queries.finds(TicketFilter({"status": ["open"]}), TicketOrder())
    assert find.few is None


def test_counters_go_through_an_index_and_end_somewhere(
    desk: tuple[Database[Document], list[Ticket]], monkeypatch: pytest.MonkeyPatch
) -> None:
    db, tickets = desk
    for queries, (wanted, fits) in itertools.product(lists(db), FILTERS):
        found = queries.count(wanted)
        assert found.count in (None, sum(1 for ticket in tickets if fits(ticket))), wanted
        assert found.count is not None or wanted.words or wanted.has_attachments is not None
    monkeypatch.setattr("services.ticket_service.store.queries_tickets.MOST_COUNTED", 100)
    counted = TicketQueries(db).count(TicketFilter())
    assert (counted.count, counted.more) == (100, True)


def test_what_an_earlier_version_stored_is_found_after_preparing(mongo_desk: MongoDesk) -> None:
    db, ticket, message = mongo_desk.db, made(7), said("ticket-0007", "Già detto")
    old = {"_id": ticket.id, "version": 1, **ticket_document(ticket)}
    spoken = message_document(message)
    for name in ("search", "number_key", "due_at", "sla_state", "listed", "rating"):
        del old[name]
    del spoken["words"]
    db["tickets"].insert_one(old)
    rated = made(8)
    less_old = {"_id": rated.id, "version": 1, **ticket_document(rated)}
    del less_old["rating"]
    less_old["traits"] = []
    db["tickets"].insert_one(less_old)
    db["messages"].insert_one(spoken)
    db["tickets"].create_index([("search", 1)])
    preparing = Preparing(db)
    preparing.indexes()
    assert preparing.lists.stored_before() == 3
    assert preparing.lists.stored_before() == 0
    assert "search_1" not in db["tickets"].index_information()
    for words in ("TT7", "gia detto"):
        assert walked(TicketQueries(db), TicketFilter(words=words), TicketOrder("number"), 5) == [ticket.id]
    assert walked(TicketQueries(db), TicketFilter(rated=True), TicketOrder("number"), 5) == [rated.id]


def test_words_are_looked_up_in_indexes_only(desk: tuple[Database[Document], list[Ticket]]) -> None:
    db, _ = desk
    begins = {"$regex": "^spok"}
    for collection, field, shown in (("tickets", "search", "_id"), ("messages", "words", "ticket_id")):
        cursor = db[collection].find({field: begins}, {shown: 1, **({} if shown == "_id" else {"_id": 0})})
        plan = str(cursor.hint([(field, 1), (shown, 1)]).explain()["queryPlanner"]["winningPlan"])
        assert "IXSCAN" in plan
        assert "FETCH" not in plan
    checked = db["messages"].find({"ticket_id": {"$in": ["ticket-0001"]}, "words": begins}).explain()
    assert "COLLSCAN" not in str(checked["queryPlanner"]["winningPlan"])
