"""Shaping the desk for one journey, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.support.desk import Desk, new_number
from tests.support.waiting import wait_until

OPENING: Final = {"S000": "open", "S001": "open", "S002": "unread", "S003": "open", "S004": "new"}
REPLIED: Final = {**OPENING, "S000": "customer_responded", "S004": "in_progress"}
BETWEEN: Final = {
    "S000": "waiting_for_response",
    "S001": "in_progress",
    "S002": "in_progress",
    "S003": "pending",
    "S004": "resolved",
}


@contextmanager
def working_like(desk: Desk, preset: str) -> Iterator[None]:
    """The desk with the statuses of one of the five documents; afterwards those of the first again."""
    _take(desk, preset)
    try:
        yield
    finally:
        _take(desk, "S000")


def _take(desk: Desk, preset: str) -> None:
    now = desk.items("/settings/statuses")
    successors = {each["key"]: "closed" if "closed" in each["roles"] else OPENING[preset] for each in now}
    answer = desk.api("POST", "/settings/statuses/preset", json={"preset": preset, "map": successors})
    if answer.status_code == 422:  # those that stay may not be named
        going = {error["field"].removeprefix("map.") for error in answer.json()["errors"]}
        successors = {key: to for key, to in successors.items() if key not in going}
        answer = desk.api("POST", "/settings/statuses/preset", json={"preset": preset, "map": successors})
    assert answer.status_code == 200, answer.text
    # What is set reaches the processes that take messages within seconds.
    wait_until(lambda: _statuses_met(desk, BETWEEN[preset]) == (OPENING[preset], REPLIED[preset]), 30)


def _statuses_met(desk: Desk, between: str) -> tuple[str, str]:
    """Where a first message takes a ticket, and one that comes while it is in a status in between."""
    customer = new_number()
    desk.write(customer, text="prova")
    ticket = desk.ticket_of(customer)
    desk.change(f"/tickets/{ticket['number']}", {"status": between, "justification": "Solved"})
    desk.write(customer, text="ancora")
    action(desk, ticket["number"], text="ancora")
    return ticket["status"]["key"], desk.get(f"/tickets/{ticket['number']}")["status"]["key"]


@contextmanager
def settings(desk: Desk, path: str, wanted: dict[str, Any], *, method: str = "PATCH") -> Iterator[None]:
    """A section of settings as wanted; afterwards as it was."""
    before = desk.get(path)
    desk.change(path, wanted, method=method)
    try:
        yield
    finally:
        desk.change(path, {name: before[name] for name in wanted}, method=method)


def action(desk: Desk, number: str, **wanted: Any) -> dict[str, Any]:
    """The action of the ticket that looks like this, as soon as there is one."""

    def found() -> list[dict[str, Any]]:
        return [
            each
            for each in desk.actions(number)
            if all(each.get(name) == value for name, value in wanted.items())
        ]

    first: dict[str, Any] = wait_until(found, 40)[0]
    return first


def has_status(desk: Desk, number: str, key: str) -> bool:
    """Whether the ticket is in this status."""
    there: bool = desk.get(f"/tickets/{number}")["status"]["key"] == key
    return there


def changes(desk: Desk, number: str, what: str) -> list[tuple[Any, Any]]:
    """What its history says about one field, oldest first: from what to what."""
    history = desk.items(f"/tickets/{number}/history", order="oldest")
    return [(each["from"], each["to"]) for each in history if each["what"] == what]
