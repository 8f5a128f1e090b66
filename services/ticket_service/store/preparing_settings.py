"""The administrator's settings before anybody chose them: statuses, dictionaries, numbering, time zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from services.ticket_service.domain.dictionary import (
    CLOSED_LISTS,
    FIRST_ENTRIES,
    DictionaryEntry,
    entry_id,
    key_of,
)
from services.ticket_service.domain.numbering import Numbering
from services.ticket_service.domain.presets import PRESETS
from services.ticket_service.domain.settings import DeskSettings
from services.ticket_service.ports import SECTION
from services.ticket_service.store import collections as names
from services.ticket_service.store.documents import Document
from services.ticket_service.store.documents.record import record_document
from services.ticket_service.store.kinds import kind_of

_FILLED: Final = "dictionaries_filled"
"""In the desk's settings: the dictionaries have their first entries, or an administrator emptied them."""


class PreparingSettings:
    """Each step may be run any number of times, also by several processes at once."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def stored_before(self) -> int:
        """What an earlier version stored, made readable for this one; how many documents that were."""
        changed = self._statuses_before()
        stored = self._db[names.SETTINGS].find_one({"_id": SECTION})
        if stored is not None and "version" not in stored:
            if "number_prefix" in stored:
                self._insert(Numbering(prefix=stored["number_prefix"]))
            changed += (
                self._db[names.SETTINGS]
                .update_one(
                    {"_id": SECTION, "version": {"$exists": False}},
                    {"$set": {"version": 1}, "$unset": {"number_prefix": "", "preset": ""}},
                )
                .modified_count
            )
        return changed

    def statuses(self, preset: str) -> bool:
        """The statuses of a preset, when the desk has none at all yet; whether it had none."""
        if self._db[names.STATUSES].find_one({}, {"_id": 1}):
            return False
        for status in PRESETS[preset]:
            self._insert(status)
        return True

    def desk(self, time_zone: str | None, title_pattern: str | None) -> None:
        """The desk's settings; what is None stays as it is."""
        self._insert(DeskSettings())
        self._set(DeskSettings, {"time_zone": time_zone, "title_pattern": title_pattern})

    def numbering(self, prefix: str | None) -> None:
        """What numbers begin with; None leaves it as it is. Another scheme than the prefix stays."""
        self._insert(Numbering())
        self._set(Numbering, {"prefix": prefix})

    def dictionaries(self) -> None:
        """First entries, once; and an entry for each text that tickets of an earlier version have."""
        unfilled = {"_id": SECTION, _FILLED: {"$ne": True}}
        if self._db[names.SETTINGS].find_one(unfilled, {"_id": 1}) is None:
            return
        for entry in FIRST_ENTRIES:
            self._insert(entry)
        for dictionary in CLOSED_LISTS:
            self._texts_before(dictionary)
        self._db[names.SETTINGS].update_one(unfilled, {"$set": {_FILLED: True}})

    def _texts_before(self, dictionary: str) -> None:
        tickets = self._db[names.TICKETS]
        for position, text in enumerate(sorted(tickets.distinct(dictionary, {dictionary: {"$gt": ""}})), 100):
            key = key_of(text) or f"value_{position}"
            entry = DictionaryEntry(entry_id(dictionary, key), dictionary, key, text, order=position)
            self._insert(entry)
            if key != text:
                # By what it is found is made anew (preparing_lists.py).
                change = {"$set": {dictionary: key}, "$unset": {"listed": ""}, "$inc": {"version": 1}}
                tickets.update_many({dictionary: text}, change)

    def _statuses_before(self) -> int:
        """Statuses had no versions while nobody could change them: they are as their preset has them now."""
        changed = 0
        for stored in self._db[names.STATUSES].find({"version": {"$exists": False}}):
            preset = PRESETS.get(stored.get("preset", ""), ())
            now = next((each for each in preset if each.key == stored["_id"]), None)
            known: Document = record_document(now, "key") if now else {}
            changed += (
                self._db[names.STATUSES]
                .update_one(
                    {"_id": stored["_id"], "version": {"$exists": False}},
                    {"$set": {**known, "version": 1}, "$unset": {"preset": ""}},
                )
                .modified_count
            )
        return changed

    def _insert(self, new: Any) -> None:
        """The record unless one with its id is there."""
        kind = kind_of(type(new))
        document = {"_id": getattr(new, kind.id_field), **record_document(new, kind.id_field), "version": 1}
        try:
            self._db[kind.collection].update_one(
                {"_id": document["_id"]}, {"$setOnInsert": document}, upsert=True
            )
        except DuplicateKeyError:
            return  # another process was faster, with the same

    def _set(self, kind: type[Any], given: Mapping[str, str | None]) -> None:
        """Fields of a section that are given; its version says whether anything changed."""
        how = kind_of(kind)
        document = self._db[how.collection].find_one({"_id": SECTION})
        wanted = {name: value for name, value in given.items() if value is not None}
        if document is None or all(document.get(name) == value for name, value in wanted.items()):
            return
        self._db[how.collection].update_one({"_id": SECTION}, {"$set": wanted, "$inc": {"version": 1}})
