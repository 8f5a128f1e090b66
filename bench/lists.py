"""G9: a page of any list the console offers and its counters, on very many tickets and on few."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pymongo.database import Database

from bench.many_tickets import (
    OPEN,
    PRIORITIES,
    WORDS,
    agent,
    created_at,
    customer,
    fill,
    id_of,
    organization,
    phone,
)
from bench.measure import CALIBRATION, calibrate, percentile
from bench.report import Report
from bench.servers import Servers
from bench.sizes import Sizes
from services.ticket_service.store.queries_tickets import TicketQueries
from services.ticket_service.store.ticket_filter import NOBODY, TicketFilter
from services.ticket_service.store.ticket_order import (
    CREATED,
    FORECAST,
    NUMBER,
    PRIORITY,
    UPDATED,
    TicketOrder,
    TicketPosition,
)
from shared.mongo.connect import Document, connect

GOAL_MS: Final = 25.0
GOAL_RATIO: Final = 2.0
PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class _Desk:
    """A database with so many tickets."""

    queries: TicketQueries
    count: int

    def someone(self, chance: random.Random) -> int:
        """The position of any ticket."""
        return chance.randrange(self.count)

    def deep(self, chance: random.Random) -> TicketPosition:
        """A place far down the list of all."""
        position = self.someone(chance)
        return TicketPosition(UPDATED, created_at(position, self.count), id_of(position))


Look = Callable[[_Desk, random.Random], object]


def _page(wanted: Callable[[_Desk, random.Random], TicketFilter], order: TicketOrder) -> Look:
    return lambda desk, chance: desk.queries.page(wanted(desk, chance), order, None, PAGE)


_NEWEST: Final = TicketOrder()
_MINE: Final[Callable[[_Desk, random.Random], TicketFilter]] = lambda desk, chance: TicketFilter(  # noqa: E731
    {"assignee": [agent(chance)]}
)
LISTS: Final[dict[str, Look]] = {
    "all, newest": _page(lambda desk, chance: TicketFilter(), _NEWEST),
    "all, far down": lambda desk, chance: desk.queries.page(TicketFilter(), _NEWEST, desk.deep(chance), PAGE),
    "all by number": _page(lambda desk, chance: TicketFilter(), TicketOrder(NUMBER, False)),
    "open": _page(lambda desk, chance: TicketFilter({"status": ["open"]}), _NEWEST),
    "three statuses": _page(lambda desk, chance: TicketFilter({"status": OPEN}), _NEWEST),
    "open, oldest first": _page(
        lambda desk, chance: TicketFilter({"status": OPEN}), TicketOrder(CREATED, False)
    ),
    "open by priority": _page(
        lambda desk, chance: TicketFilter({"status": OPEN}), TicketOrder(PRIORITY, True, PRIORITIES)
    ),
    "open by forecast": _page(
        lambda desk, chance: TicketFilter({"status": OPEN}), TicketOrder(FORECAST, False)
    ),
    "unassigned and open": _page(
        lambda desk, chance: TicketFilter({"status": OPEN, "assignee": [NOBODY]}), _NEWEST
    ),
    "mine": _page(_MINE, _NEWEST),
    "mine and open": _page(
        lambda desk, chance: TicketFilter({"assignee": [agent(chance)], "status": OPEN}), _NEWEST
    ),
    "one channel": _page(lambda desk, chance: TicketFilter({"channel": ["channel-1"]}), _NEWEST),
    "one category": _page(lambda desk, chance: TicketFilter({"category": ["category-3"]}), _NEWEST),
    "one customer": _page(
        lambda desk, chance: TicketFilter({"requester": [customer(desk.someone(chance))]}), _NEWEST
    ),
    "one organization": _page(
        lambda desk, chance: TicketFilter({"organization": [organization(desk.someone(chance))]}), _NEWEST
    ),
    "a number": _page(lambda desk, chance: TicketFilter(words=f"TT{desk.someone(chance)}"), _NEWEST),
    "part of a phone number": _page(
        lambda desk, chance: TicketFilter(words=phone(desk.someone(chance))[4:]), _NEWEST
    ),
    "a common word": _page(lambda desk, chance: TicketFilter(words=chance.choice(WORDS)), _NEWEST),
    "counters": lambda desk, chance: desk.queries.counters(),
    "count of mine": lambda desk, chance: desk.queries.count(_MINE(desk, chance)),
    "count of all open": lambda desk, chance: desk.queries.count(TicketFilter({"status": OPEN})),
}
"""What is measured, by name."""
_END_SOMEWHERE: Final = frozenset({"count of mine", "count of all open"})
"""Counts that end at a thousand: among few tickets fewer are counted, so the two do not compare."""


def run(servers: Servers, sizes: Sizes) -> Report:
    """Fill two databases, then look at each list of both in turn."""
    assert servers.mongo is not None
    client = connect(servers.mongo.uri, "bench")
    with client:
        few, many = (
            _desk(servers, client[f"bench_lists_{count}"], count)
            for count in (sizes.lists_few, sizes.lists_many)
        )
        chance = random.Random(9)
        for look in LISTS.values():
            for desk in (few, many):
                look(desk, chance)
        times = _measured(few, many, sizes.lists_rounds, chance)
    return _report(times, few, many)


def _measured(
    few: _Desk, many: _Desk, rounds: int, chance: random.Random
) -> dict[str, tuple[list[float], list[float]]]:
    """Milliseconds by list, of few and of many, as they had been on the machine at its best."""
    raw: list[tuple[float, str, int, float]] = []
    for _ in range(rounds):
        calibration = calibrate()
        for name, look in LISTS.items():
            for which, desk in enumerate((few, many)):
                began = time.perf_counter()
                look(desk, chance)
                raw.append((calibration, name, which, (time.perf_counter() - began) * 1e3))
    best = min(each[0] for each in raw)
    found: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in LISTS}
    for calibration, name, which, milliseconds in raw:
        found[name][which].append(milliseconds * best / calibration)
    return found


def _report(times: dict[str, tuple[list[float], list[float]]], few: _Desk, many: _Desk) -> Report:
    report = Report("lists")
    tails = {name: (percentile(both[0], 95), percentile(both[1], 95)) for name, both in times.items()}
    # The ratio is that within each round: one disturbance more or less would decide between two tails.
    ratios = {
        name: statistics.median(slow / fast for fast, slow in zip(*both, strict=True))
        for name, both in times.items()
    }
    slowest = max(tails, key=lambda name: tails[name][1])
    steepest = max(ratios.keys() - _END_SOMEWHERE, key=lambda name: ratios[name])
    report.at_most("G9", f"slowest of {many.count:,}: {slowest}, p95", GOAL_MS, tails[slowest][1], "ms")
    report.at_most("G9", f"against {few.count:,}: {steepest}", GOAL_RATIO, ratios[steepest], "×")
    for name, (of_few, of_many) in tails.items():
        shown = f"p95 {of_few:.1f} ms of few, {of_many:.1f} ms of many; {ratios[name]:.2f} × in the median"
        report.note(name, shown)
    report.note("scaled by", CALIBRATION)
    report.details = {"milliseconds": {name: list(both) for name, both in times.items()}}
    return report


def _desk(servers: Servers, db: Database[Document], count: int) -> _Desk:
    fill(servers, db, count)
    return _Desk(TicketQueries(db), count)
