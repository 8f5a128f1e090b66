"""The same change on many tickets: each by itself, so that one that refuses stops none of the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.ticket_service.act.changing import Changing
from services.ticket_service.act.loading import load
from services.ticket_service.acting import Desk, Frame, Remember, keep_answer, until_saved
from services.ticket_service.ports import Changes

CHANGED: Final = "changed"
UNCHANGED: Final = "unchanged"
REFUSED: Final = "refused"
OUTCOMES: Final = (CHANGED, UNCHANGED, REFUSED)
MOST_TAGS: Final = 50

Why = Callable[[Exception], dict[str, Any] | None]
"""A refusal as the caller is told it; None for an error that is no refusal of this one ticket."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`fields` as change_ticket takes them; tags to put on and to take off, whatever others there are."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    add_tags: Sequence[str] = ()
    remove_tags: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one ticket; `problem` says why it refused."""

    number: str
    outcome: str
    problem: dict[str, Any] | None = None


def change_many(
    desk: Desk,
    numbers: Sequence[str],
    wanted: Wanted,
    may: Collection[str],
    frame: Frame,
    why: Why,
    remember: Remember[list[Result]],
) -> list[Result]:
    """Change each of these tickets in a transaction of its own, in the order given; what became of each.

    A request that broke off can be made again: what is so already stays as it is. Errors that are no refusal
    of one ticket (the database is away) end it.
    """
    frame.before_try()
    each = Frame(frame.actor, frame.traceparent, lambda: None)
    results = [_one(desk, number, wanted, may, each, why) for number in numbers]
    return keep_answer(desk, results, frame, remember)


def _one(desk: Desk, number: str, wanted: Wanted, may: Collection[str], frame: Frame, why: Why) -> Result:
    try:
        changed = until_saved(lambda: _attempt(desk, number, wanted, may, frame), frame)
    except Exception as error:
        # Whatever the use cases refuse with; what is not one of theirs goes on.
        problem = why(error)
        if problem is None:
            raise
        return Result(number, REFUSED, problem)
    return Result(number, CHANGED if changed else UNCHANGED)


def _attempt(desk: Desk, number: str, wanted: Wanted, may: Collection[str], frame: Frame) -> bool:
    loaded, workflow = load(desk, number)
    fields = dict(wanted.fields)
    if wanted.add_tags or wanted.remove_tags:
        before = fields.get("tags", loaded.ticket.tags)
        tags = [tag for tag in dict.fromkeys([*before, *wanted.add_tags]) if tag not in wanted.remove_tags]
        fields["tags"] = tags[:MOST_TAGS]
    changes = Changes(by=frame.actor)
    Changing(desk, changes, loaded, workflow, frame).set(fields, may)
    if changes.tickets:
        desk.save(changes)
    return bool(changes.tickets)
