"""What every store of visitors' files must do; run on MongoDB and on the in-memory twin."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from services.webhook_gateway.chat_ports import Uploads
from services.webhook_gateway.store.uploads import MongoUploads
from shared.mongo.connect import connect, database
from tests.support.memory_uploads import MemoryUploads
from tests.webhook_gateway.webchat.streams.building import NOW

DAY = timedelta(days=1)


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.integration)])
def uploads(request: pytest.FixtureRequest) -> Iterator[Uploads]:
    if request.param == "memory":
        yield MemoryUploads()
        return
    with connect(request.getfixturevalue("mongodb_uri"), "test") as client:
        yield MongoUploads(database(client, request.getfixturevalue("database_name")))


def begin(uploads: Uploads, *blob_ids: str) -> None:
    """These files, each a minute younger than the one before."""
    for minute, blob_id in enumerate(blob_ids):
        uploads.begin(blob_id, NOW + timedelta(minutes=minute))


def test_old_files_that_no_message_named_are_claimed_the_oldest_first(uploads: Uploads) -> None:
    begin(uploads, "a", "b", "c", "d")
    assert uploads.name({"b"}, NOW) == set()
    assert uploads.claim(NOW, 10) == []
    assert uploads.claim(NOW + DAY, 2) == ["a", "c"]
    uploads.removed(["a", "c"], NOW)
    assert uploads.claim(NOW + timedelta(minutes=3), 10) == []
    assert uploads.claim(NOW + DAY, 10) == ["d"]


def test_what_was_claimed_and_not_removed_is_claimed_again(uploads: Uploads) -> None:
    begin(uploads, "a", "b")
    assert uploads.claim(NOW + DAY, 10) == ["a", "b"]
    uploads.removed(["a"], NOW)
    assert uploads.claim(NOW + DAY, 10) == ["b"]


def test_a_message_is_told_which_of_its_files_are_gone(uploads: Uploads) -> None:
    begin(uploads, "going", "gone")
    uploads.claim(NOW + DAY, 10)
    uploads.removed(["gone"], NOW)
    begin(uploads, "there")
    assert uploads.name({"going", "gone", "there", "of an older gateway"}, NOW) == {"going", "gone"}
    assert uploads.claim(NOW + DAY, 10) == ["going"]


def test_a_file_that_was_named_is_not_removed_because_somebody_says_so(uploads: Uploads) -> None:
    begin(uploads, "a")
    uploads.name({"a"}, NOW)
    uploads.removed(["a"], NOW)
    assert uploads.name({"a"}, NOW) == set()


def test_of_a_message_and_who_removes_at_the_same_moment_one_has_the_file(uploads: Uploads) -> None:
    files = [f"file-{number:03}" for number in range(60)]
    begin(uploads, *files)
    with ThreadPoolExecutor(4) as pool:
        sweepers = [pool.submit(lambda: [uploads.claim(NOW + DAY, 5) for _ in range(12)]) for _ in range(2)]
        named = [pool.submit(uploads.name, {blob_id}, NOW) for blob_id in reversed(files)]
        refused = set().union(*(each.result() for each in named))
    removed = {blob_id for each in sweepers for turn in each.result() for blob_id in turn}
    assert removed == refused


@pytest.mark.integration
def test_a_message_that_comes_between_looking_and_claiming_keeps_its_file(
    mongodb_uri: str, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(mongodb_uri, "test") as client:
        sweeping, web = (MongoUploads(database(client, database_name)) for _ in range(2))
        begin(sweeping, "named in between", "never named")
        claiming = sweeping._uploads.update_many

        def late(*args: Any, **options: Any) -> Any:
            assert web.name({"named in between"}, NOW) == set()
            return claiming(*args, **options)

        monkeypatch.setattr(sweeping._uploads, "update_many", late)
        assert sweeping.claim(NOW + DAY, 10) == ["never named"]
        assert web.name({"named in between"}, NOW) == set()
