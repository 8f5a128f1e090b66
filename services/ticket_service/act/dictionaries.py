"""Entries of dictionaries: added, changed, and deleted only while nothing has or names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.ticket_service.act import ordering
from services.ticket_service.act.records_of_work import InUse, Unfit
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.dictionary import (
    CLOSED_LISTS,
    MAX_ENTRIES,
    DictionaryEntry,
    entry_id,
    key_of,
)
from services.ticket_service.ports import Changes

UsedBy = Callable[[str, str], Mapping[str, int]]
"""What has a value in a field or names it: what they are, in plural, and how many; nothing with none."""


class EntryExists(Exception):
    """The dictionary has an entry with this key."""


def found(desk: Desk, dictionary: str, key: str) -> DictionaryEntry:
    """The entry as it is stored this moment. NotFound."""
    entry = desk.store.record(DictionaryEntry, entry_id(dictionary, key))
    if entry is None:
        raise NotFound("entry of this dictionary")
    return entry


def create(
    desk: Desk, dictionary: str, wanted: Mapping[str, Any], frame: Frame, remember: Remember[DictionaryEntry]
) -> DictionaryEntry:
    """A new entry, the last in order unless it says otherwise; its key follows from its label unless given.

    EntryExists, Unfit, TooBusy.
    """
    key = wanted.get("key") or key_of(wanted["label"])

    def attempt() -> DictionaryEntry:
        entries = desk.store.records(DictionaryEntry, {"dictionary": dictionary})
        if not key:
            raise Unfit([("key", "Give a key of a-z, 0-9, _ and -: the label has none of these.")])
        if any(each.key == key for each in entries):
            raise EntryExists(key)
        if len(entries) >= MAX_ENTRIES:
            raise Unfit([("label", f"A dictionary has at most {MAX_ENTRIES} entries; delete unused ones.")])
        last = max((each.order for each in entries), default=0)
        values = {"order": last + 10, **wanted, "key": key}
        new = DictionaryEntry(id=entry_id(dictionary, key), dictionary=dictionary, **values)
        changes = Changes()
        changes.touch(new)
        return save_once(desk, changes, new, remember)

    return until_saved(attempt, frame)


def change(
    desk: Desk,
    dictionary: str,
    key: str,
    wanted: Mapping[str, Any],
    frame: Frame,
    check: Callable[[DictionaryEntry], None],
) -> DictionaryEntry:
    """Set its fields; `check` as in change_ticket. NotFound, TooBusy."""

    def attempt() -> DictionaryEntry:
        before = found(desk, dictionary, key)
        check(before)
        after = replace(before, **wanted)
        if after == before:
            return before
        changes = Changes()
        changes.touch(after)
        desk.save(changes)
        return replace(after, version=after.version + 1)

    return until_saved(attempt, frame)


def put_in_order(
    desk: Desk,
    dictionary: str,
    keys: Sequence[str],
    frame: Frame,
    remember: Remember[list[DictionaryEntry]],
) -> list[DictionaryEntry]:
    """The order of a dictionary's entries, each named once. Unfit, TooBusy."""
    return ordering.put_in_order(
        desk,
        lambda: {each.key: each for each in desk.store.records(DictionaryEntry, {"dictionary": dictionary})},
        keys,
        "keys",
        Changes,
        frame,
        remember,
    )


def delete(
    desk: Desk,
    dictionary: str,
    key: str,
    used_by: UsedBy,
    frame: Frame,
    check: Callable[[DictionaryEntry], None],
) -> None:
    """Take it out for good. NotFound, InUse (switch it off instead), TooBusy."""

    def attempt() -> None:
        entry = found(desk, dictionary, key)
        check(entry)
        if dictionary in CLOSED_LISTS:
            for what, count in used_by(dictionary, key).items():
                raise InUse("entry", what, count)
        changes = Changes()
        changes.remove(entry)
        desk.save(changes)

    until_saved(attempt, frame)
