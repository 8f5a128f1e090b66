"""What a user likes about the console, read and changed by that user alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from services.ticket_service.act.keeping import Check, save_record
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, until_saved
from services.ticket_service.domain.preferences import MOST_KEYS, Preferences, UiValue

_BY_KEY: Final = ("columns", "ui")


def preferences_of(desk: Desk, user_id: str) -> Preferences:
    """As stored this moment; the defaults for somebody who never chose."""
    return desk.store.record(Preferences, user_id) or Preferences(user_id)


def change_preferences(
    desk: Desk, user_id: str, wanted: Mapping[str, Any], frame: Frame, unchanged: Check[Preferences]
) -> Preferences:
    """Set what is named; of `columns` and `ui` only the keys that are named, None takes one away.

    Unfit when that would be more keys than are kept, TooBusy, and what `unchanged` raises.
    """

    def attempt() -> Preferences:
        before = preferences_of(desk, user_id)
        unchanged(before)
        merged = {name: _merged(name, before, wanted[name]) for name in _BY_KEY if name in wanted}
        after = replace(before, **{**wanted, **merged})
        if after == before:
            return before
        save_record(desk, after)
        return preferences_of(desk, user_id)

    return until_saved(attempt, frame)


def remember(desk: Desk, user_id: str, key: str, value: UiValue | None, frame: Frame) -> Preferences:
    """Set one key of `ui`, or forget it (None), whatever else was changed meanwhile. Unfit, TooBusy."""
    return change_preferences(desk, user_id, {"ui": {key: value}}, frame, lambda each: None)


def _merged(name: str, before: Preferences, wanted: Mapping[str, Any]) -> dict[str, Any]:
    both = {**getattr(before, name), **wanted}
    kept = {key: value for key, value in both.items() if value is not None}
    if len(kept) > MOST_KEYS:
        raise Unfit([(name, f"At most {MOST_KEYS} keys are remembered; take others away (null) first.")])
    return kept
