"""Files that no message names are removed, and none that one names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from prometheus_client import REGISTRY

from services.webhook_gateway.channels.webchat.uploads import LIFE, UNNAMED_FOR
from services.webhook_gateway.chats import sweeping
from services.webhook_gateway.chats.sweeping import UploadSweeper
from shared.blobs.gridfs import GridFsBlobStore
from shared.messaging.message import Unavailable
from shared.mongo.connect import connect
from shared.runtime.stop import Stop
from tests.support.waiting import wait_until
from tests.webhook_gateway.webchat.doors.rig import NOW, Chats, somebody


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def sweeper_of(chats: Chats, at: datetime = NOW + UNNAMED_FOR + timedelta(seconds=1)) -> UploadSweeper:
    return UploadSweeper(chats.uploads, chats.blobs, Stop(), lambda: at)


def removed() -> float:
    return REGISTRY.get_sample_value("sportello_chat_uploads_removed_total") or 0.0


def test_a_file_that_no_message_named_is_removed_when_none_can_name_it_any_more() -> None:
    chats, (_, token), before = Chats(), somebody(), removed()
    named = chats.upload(token).json or {}
    chats.upload(token)
    assert chats.say(token, "", kind="files", files=[named]).status_code == 202
    (stored,) = chats.events("media.stored")
    assert sweeper_of(chats, NOW + LIFE + timedelta(minutes=30)).sweep() == 0, "a slow upload's token lives"
    assert sweeper_of(chats, NOW + UNNAMED_FOR).sweep() == 0
    assert sweeper_of(chats).sweep() == 1
    assert chats.blobs.kept() == [stored.data.file.blob_id]
    assert sweeper_of(chats).sweep() == 0
    assert removed() == before + 1


def test_whoever_writes_while_the_file_is_removed_is_told_and_nothing_is_sent() -> None:
    chats, (_, token) = Chats(), somebody()
    going = chats.upload(token).json or {}
    chats.now += timedelta(minutes=1)
    kept = chats.upload(token).json or {}
    chats.uploads.claim(NOW + UNNAMED_FOR, 1)
    refused = chats.say(token, "", kind="files", files=[kept, going])
    assert refused.status_code == 422
    assert [error["field"] for error in (refused.json or {})["errors"]] == ["files.1.token"]
    assert chats.events() == []


def test_a_message_sent_twice_has_its_file_twice_named() -> None:
    chats, (_, token) = Chats(), somebody()
    file = chats.upload(token).json or {}
    for _ in range(2):
        assert chats.say(token, "", kind="files", files=[file], id="message-1").status_code == 202
    assert sweeper_of(chats).sweep() == 0


def test_without_the_database_files_wait_and_texts_do_not() -> None:
    chats, (_, token) = Chats(), somebody()
    file = chats.upload(token).json or {}
    chats.uploads.away = True
    assert chats.upload(token).status_code == 503
    refused = chats.say(token, "", kind="files", files=[file])
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert chats.events() == []
    assert chats.say(token, "a text").status_code == 202
    chats.uploads.away = False
    assert chats.say(token, "", kind="files", files=[file]).status_code == 202


def test_an_upload_that_came_to_nothing_is_forgotten_as_well() -> None:
    chats, (_, token), before = Chats(), somebody(), removed()
    chats.blobs.fail()
    assert chats.upload(token).status_code == 503
    assert sweeper_of(chats).sweep() == 1
    assert sweeper_of(chats).sweep() == 0
    assert removed() == before


def test_what_could_not_be_removed_is_removed_the_next_time() -> None:
    chats, (_, token) = Chats(), somebody()
    for _ in range(3):
        chats.upload(token)
    chats.blobs.fail()
    with pytest.raises(Unavailable):
        sweeper_of(chats).sweep()
    assert len(chats.blobs.kept()) == 3
    assert sweeper_of(chats).sweep() == 3
    assert chats.blobs.kept() == []


def test_a_round_is_bounded_and_the_thread_goes_on_until_all_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 2)
    chats, stop = Chats(), Stop()
    for _ in range(5):
        chats.upload(somebody()[1])
    assert sweeper_of(chats).sweep() == 2
    sweeper = UploadSweeper(chats.uploads, chats.blobs, stop, lambda: NOW + UNNAMED_FOR * 2)
    sweeper.start()
    wait_until(lambda: chats.blobs.kept() == [])
    stop.request()
    sweeper.join()


@pytest.mark.integration
def test_what_a_process_left_behind_that_died_while_a_file_came_is_removed(
    mongodb_uri: str, database_name: str
) -> None:
    chats = Chats()
    with connect(mongodb_uri, "test") as client:
        blobs, pieces = GridFsBlobStore(client, database_name), client[database_name]["blobs.chunks"]
        began = int(NOW.timestamp()) - 90_000
        pieces.insert_one({"files_id": f"chat-1/{began:010d}-0", "n": 0, "data": b"half of it"})
        pieces.insert_one({"files_id": f"chat-10/{began:010d}-0", "n": 0, "data": b"another's"})
        chats.uploads.begin("chat-1", NOW)
        assert UploadSweeper(chats.uploads, blobs, Stop(), lambda: NOW + UNNAMED_FOR * 2).sweep() == 1
        assert [piece["files_id"][:8] for piece in pieces.find()] == ["chat-10/"]
