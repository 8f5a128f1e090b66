"""What earlier versions stored of settings is adapted once; what an administrator chose is never undone."""

from __future__ import annotations

from typing import Any

import pytest

from services.ticket_service.domain.dictionary import FIRST_ENTRIES, DictionaryEntry, allowed
from services.ticket_service.domain.numbering import Numbering
from services.ticket_service.domain.presets import PRESETS
from services.ticket_service.domain.status import READ
from services.ticket_service.store.preparing import Preparing
from services.ticket_service.store.ticket_indexes import with_value
from tests.ticket_service.building import apply, message
from tests.ticket_service.conftest import MongoDesk

pytestmark = pytest.mark.integration


def test_statuses_that_nobody_could_change_get_what_their_preset_has_now(mongo_desk: MongoDesk) -> None:
    statuses = mongo_desk.db["statuses"]
    statuses.delete_many({})
    statuses.insert_many(
        [
            {
                "_id": each.key,
                "label": each.label,
                "description": each.description,
                "color": each.color,
                "order": each.order,
                "roles": sorted(each.roles - {READ}),
                "preset": "S002",
            }
            for each in PRESETS["S002"]
        ]
    )
    assert Preparing(mongo_desk.db).stored_before() == len(PRESETS["S002"])
    assert Preparing(mongo_desk.db).stored_before() == 0
    workflow = mongo_desk.store().workflow()
    assert workflow.after_read("unread").key == "read"
    assert all(each.version == 1 for each in workflow.statuses)


def test_what_numbers_began_with_is_kept(mongo_desk: MongoDesk) -> None:
    stored: dict[str, Any] = {"_id": "desk", "time_zone": "Europe/Rome", "title_pattern": "{name}"}
    mongo_desk.db["settings"].replace_one(
        {"_id": "desk"}, {**stored, "number_prefix": "ACME-", "preset": "S000"}, upsert=True
    )
    mongo_desk.db["numbering"].delete_many({})
    Preparing(mongo_desk.db).stored_before()
    store = mongo_desk.store()
    assert store.setting(Numbering).prefix == "ACME-"
    assert (store.desk().title_pattern, store.desk().version) == ("{name}", 1)
    apply(store, message("1"))
    assert (mongo_desk.db["tickets"].find_one() or {})["number"] == "ACME-1"


def test_the_environment_sets_the_prefix_and_leaves_another_scheme_in_peace(mongo_desk: MongoDesk) -> None:
    preparing = Preparing(mongo_desk.db)
    preparing.settings.numbering("A-")
    mongo_desk.db["numbering"].update_one({}, {"$set": {"scheme": "integer"}})
    preparing.settings.numbering("B-")
    preparing.settings.numbering(None)
    found = mongo_desk.store().setting(Numbering)
    assert (found.scheme, found.prefix) == ("integer", "B-")


def test_texts_that_tickets_had_become_entries_that_fit_them(mongo_desk: MongoDesk) -> None:
    store = mongo_desk.store()
    apply(store, *[message(str(n), sender=f"+39335{n:07d}") for n in range(3)])
    tickets = mongo_desk.db["tickets"]
    for number, priority in (("TT1", "High"), ("TT2", "Ganz dringend"), ("TT3", "急")):
        tickets.update_one({"number": number}, {"$set": {"priority": priority}})
    preparing = Preparing(mongo_desk.db)
    preparing.settings.dictionaries()
    assert preparing.lists.stored_before() == 3
    entries = {each.key: each for each in mongo_desk.store().all(DictionaryEntry)}
    found = {each["number"]: entries[each["priority"]].label for each in tickets.find()}
    assert found == {"TT1": "High", "TT2": "Ganz dringend", "TT3": "急"}
    assert entries["high"].order == 30, "it is the one that was there"
    assert tickets.count_documents(with_value("priority", list(entries))) == 3, "they are found by them"


def test_a_dictionary_that_was_emptied_stays_empty(mongo_desk: MongoDesk) -> None:
    preparing = Preparing(mongo_desk.db)
    preparing.settings.dictionaries()
    assert len(mongo_desk.store().all(DictionaryEntry)) == len(FIRST_ENTRIES)
    mongo_desk.db["dictionary_entries"].delete_many({"dictionary": "severity"})
    preparing.settings.dictionaries()
    assert allowed(mongo_desk.store().all(DictionaryEntry), "severity") == []
