"""The desk's numbers, counted by the database through the indexes that lists have, at most once a minute."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any, Final

from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from services.ticket_service.domain.sla import BREACHED
from services.ticket_service.domain.statistics import (
    BROKEN,
    KEPT,
    RUNNING,
    STEP,
    Closed,
    Heap,
    Opened,
    Ratings,
    Shift,
    Span,
    day_of,
)
from services.ticket_service.domain.ticket import PUBLIC_TICKET
from services.ticket_service.store import collections as names
from services.ticket_service.store import ticket_indexes as by
from services.ticket_service.store.documents import Document
from services.ticket_service.store.keyset import MAX_MILLISECONDS
from services.ticket_service.store.remembering import Remembering
from shared.mongo.transactions import database_errors

CLOSED_AT: Final[by.Keys] = [("closed_at", 1)]
RATED_AT: Final[by.Keys] = [("satisfaction.at", 1)]
_IN_LISTS: Final[Document] = {"deleted_at": None, "merged_into": None}
_DAY: Final = 86_400_000
"""In milliseconds, as the database counts time."""
_ANSWERED: Final[Document] = {"wait": {"$ne": None}}


class TooMuch(Exception):
    """There is more to count than may be counted while somebody waits."""


class StatisticsQueries:
    """`group` is the id of a team: its tickets alone; None for all.

    Every method raises Unavailable when the database is away, TooMuch when counting takes too long.
    """

    def __init__(self, db: Database[Document], *, milliseconds: int = MAX_MILLISECONDS) -> None:
        """No query keeps the server busy for longer than so many milliseconds."""
        self._tickets = db[names.TICKETS]
        self._milliseconds = milliseconds
        self._remembered = Remembering((TooMuch,))

    def opened(self, span: Span, group: str | None) -> Opened:
        """The tickets that opened in these days; deleted and merged ones do not count."""

        def work() -> Opened:
            (found,) = self._run(opened_steps(span, group), by.CREATED)
            return Opened(
                {day_of(each["_id"]): each["count"] for each in found["days"]},
                _nested(found["waits"], lambda key: day_of(key["day"])),
                {each["_id"]: each["count"] for each in found["agents"]},
                _nested(found["waits_by_agent"], lambda key: key["assignee"]),
                _promises(found["promises"]),
            )

        return self._remembered.get(("opened", span, group), work)

    def closed(self, span: Span, group: str | None) -> Closed:
        """The tickets that were closed in these days and still are."""

        def work() -> Closed:
            days: dict[Any, int] = {}
            agents: dict[str | None, int] = {}
            for each in self._run(closed_steps(span, group), CLOSED_AT):
                day, agent = day_of(each["_id"]["day"]), each["_id"]["assignee"]
                days[day] = days.get(day, 0) + each["count"]
                agents[agent] = agents.get(agent, 0) + each["count"]
            return Closed(days, agents)

        return self._remembered.get(("closed", span, group), work)

    def backlog(self, statuses: Collection[str], group: str | None) -> list[Heap]:
        """What there is to do: the tickets in these statuses (the keys of those that are not closed)."""
        wanted = tuple(sorted(statuses))

        def work() -> list[Heap]:
            return [_heap(each) for each in self._run(backlog_steps(wanted, group), by.UPDATED)]

        return self._remembered.get(("backlog", wanted, group), work)

    def satisfaction(self, span: Span, group: str | None) -> list[Ratings]:
        """How content customers said to be in these days; of each ticket what they said last."""

        def work() -> list[Ratings]:
            return [_ratings(each) for each in self._run(satisfaction_steps(span, group), RATED_AT)]

        return self._remembered.get(("satisfaction", span, group), work)

    def forget(self) -> None:
        """Count anew from now on."""
        self._remembered.forget()

    def _run(self, steps: list[Document], hint: by.Keys) -> list[Document]:
        with database_errors():
            try:
                found = self._tickets.aggregate(steps, hint=dict(hint), maxTimeMS=self._milliseconds)
                return list(found)
            except ExecutionTimeout as error:
                raise TooMuch from error


def opened_steps(span: Span, group: str | None) -> list[Document]:
    """The pipeline of `opened`."""
    shown = {
        "day": _day("$created_at", span.shifts),
        "assignee": "$assignee",
        "wait": _wait(),
        "targets": {"$ifNull": ["$sla.targets", []]},
    }
    promises: list[Document] = [
        {"$unwind": "$targets"},
        {"$group": {"_id": {"target": "$targets.name", "outcome": _outcome()}, "count": {"$sum": 1}}},
    ]
    return [
        {
            "$match": {
                **by.in_lists([by.ALL]),
                "created_at": {"$gte": span.start, "$lt": span.end},
                **_of(group),
            }
        },
        {"$project": shown},
        {
            "$facet": {
                "days": _counted("$day"),
                "waits": [{"$match": _ANSWERED}, *_counted({"day": "$day", "wait": "$wait"})],
                "agents": _counted("$assignee"),
                "waits_by_agent": [
                    {"$match": _ANSWERED},
                    *_counted({"assignee": "$assignee", "wait": "$wait"}),
                ],
                "promises": promises,
            }
        },
    ]


def closed_steps(span: Span, group: str | None) -> list[Document]:
    """The pipeline of `closed`."""
    # `closed_at` has an index of those that are closed: the bounds alone say so.
    return [
        {"$match": {"closed_at": {"$gte": span.start, "$lt": span.end}, **_of(group)}},
        *_counted({"day": _day("$closed_at", span.shifts), "assignee": _filled("$assignee")}),
    ]


def satisfaction_steps(span: Span, group: str | None) -> list[Document]:
    """The pipeline of `satisfaction`."""
    key = {
        "day": _day("$satisfaction.at", span.shifts),
        "channel": "$channel_id",
        "assignee": _filled("$assignee"),
        "score": "$satisfaction.score",
    }
    return [
        {"$match": {"satisfaction.at": {"$gte": span.start, "$lt": span.end}, **_of(group)}},
        *_counted(key),
    ]


def backlog_steps(statuses: Collection[str], group: str | None) -> list[Document]:
    """The pipeline of `backlog`."""
    common = {
        "status": "$status",
        "channel": "$channel_id",
        "assignee": _filled("$assignee"),
        "late": {"$eq": ["$sla_state", BREACHED]},
    }
    sums: Document = {
        "count": {"$sum": 1},
        "unanswered": {"$sum": {"$cond": [{"$gt": ["$unanswered_since", None]}, 1, 0]}},
        "oldest": {"$min": "$created_at"},
    }
    return [
        {"$match": {**by.with_value("status", statuses), **_of(group)}},
        {"$group": {"_id": common, **sums}},
    ]


def _of(group: str | None) -> Document:
    return _IN_LISTS if group is None else {**_IN_LISTS, "group": {"$eq": group}}


def _counted(key: Any) -> list[Document]:
    return [{"$group": {"_id": key, "count": {"$sum": 1}}}]


def _filled(path: str) -> Document:
    """A field that is missing is left out of a group's key otherwise."""
    return {"$ifNull": [path, None]}


def _day(at: str, shifts: Collection[Shift]) -> Document:
    """The day's number in the span's zone."""
    branches = [
        {"case": {"$gte": [at, each.since]}, "then": round(each.ahead.total_seconds() * 1_000)}
        for each in reversed(tuple(shifts))
    ]
    ahead: Any = branches[0]["then"] if len(branches) == 1 else {"$switch": {"branches": branches}}
    return {"$floor": {"$divide": [{"$add": [{"$toLong": at}, ahead]}, _DAY]}}


def _wait() -> Document:
    """The class of a customer's wait for the first answer (domain/statistics.py); null while there is none.

    It begins with the provider's time of the first message, as promises do.
    """
    began = {"$min": ["$created_at", {"$first": "$description.at"}]}
    seconds = {"$max": [0, {"$divide": [{"$subtract": ["$first_response_at", began]}, 1_000]}]}
    number = {"$floor": {"$divide": [{"$ln": {"$add": [seconds, 1]}}, math.log(STEP)]}}
    answered = {"$and": [{"$eq": ["$type", PUBLIC_TICKET]}, {"$gt": ["$first_response_at", None]}]}
    return {"$cond": [answered, {"$toInt": number}, None]}


def _outcome() -> Document:
    kept = {"$cond": [{"$gt": ["$targets.met_at", None]}, KEPT, RUNNING]}
    return {"$cond": [{"$gt": ["$targets.breached_at", None]}, BROKEN, kept]}


def _nested(rows: Collection[Document], outer: Any) -> dict[Any, dict[int, int]]:
    found: dict[Any, dict[int, int]] = {}
    for each in rows:
        found.setdefault(outer(each["_id"]), {})[each["_id"]["wait"]] = each["count"]
    return found


def _promises(rows: Collection[Document]) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for each in rows:
        found.setdefault(each["_id"]["target"], {})[each["_id"]["outcome"]] = each["count"]
    return found


def _heap(row: Document) -> Heap:
    key = row["_id"]
    return Heap(
        *(key["status"], key["channel"], key["assignee"], key["late"]),
        *(row["count"], row["unanswered"], row["oldest"]),
    )


def _ratings(row: Document) -> Ratings:
    key = row["_id"]
    return Ratings(day_of(key["day"]), key["channel"], key["assignee"], key["score"], row["count"])
