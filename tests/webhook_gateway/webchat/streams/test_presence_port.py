"""What every memory of who is there must do; run on MongoDB and on the in-memory twin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from services.webhook_gateway.chat_ports import Guest, Presence
from services.webhook_gateway.store.chat_presence import DEAD_AFTER, RETIRED_FOR, MongoPresence
from shared.mongo.connect import connect, database
from tests.support.memory_chats import MemoryPresence
from tests.webhook_gateway.webchat.streams.building import ANNA, BRUNO, CARLA, CHANNEL, NOW, chat

SECOND = timedelta(seconds=1)
GUEST = Guest(CHANNEL, ANNA)
NAMED = Guest(CHANNEL, CARLA, (BRUNO,), "$name", "carla@example.org")


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.integration)])
def presence(request: pytest.FixtureRequest) -> Iterator[Presence]:
    if request.param == "memory":
        yield MemoryPresence()
        return
    with connect(request.getfixturevalue("mongodb_uri"), "test") as client:
        yield MongoPresence(database(client, request.getfixturevalue("database_name")))


def tell(presence: Presence) -> list[tuple[str, bool]]:
    """What the desk is told now."""
    changes = presence.untold(10)
    presence.told(changes)
    return sorted((change.guest.visitor_id, change.there) for change in changes)


def test_who_came_is_told_once_with_all_that_is_known(presence: Presence) -> None:
    presence.mark("one", [NAMED], [], NOW)
    (change,) = presence.untold(10)
    assert (change.guest, change.there, change.since) == (NAMED, True, NOW)
    presence.told([change])
    presence.mark("one", [NAMED], [], NOW)
    assert presence.untold(10) == []


def test_who_left_everywhere_is_told_once(presence: Presence) -> None:
    presence.mark("one", [GUEST], [], NOW)
    presence.mark("two", [GUEST], [], NOW)
    assert tell(presence) == [(ANNA, True)]
    presence.mark("one", [], [chat()], NOW)
    assert tell(presence) == []
    presence.mark("two", [], [chat()], NOW)
    assert tell(presence) == [(ANNA, False)]
    assert tell(presence) == []
    presence.mark("two", [GUEST], [], NOW)
    assert tell(presence) == [(ANNA, True)]


def test_who_came_and_left_before_anybody_was_told_is_not_told(presence: Presence) -> None:
    presence.mark("one", [GUEST], [], NOW)
    presence.mark("one", [], [chat(), "no such chat"], NOW)
    assert tell(presence) == []


def test_who_comes_back_while_their_leaving_is_told_is_told_again(presence: Presence) -> None:
    presence.mark("one", [GUEST], [], NOW)
    tell(presence)
    presence.mark("one", [], [chat()], NOW)
    leaving = presence.untold(10)
    presence.mark("one", [GUEST], [], NOW)
    presence.told(leaving)
    assert tell(presence) == [(ANNA, True)]


def test_visitors_of_a_process_that_died_have_left_unless_they_are_elsewhere(presence: Presence) -> None:
    assert not presence.beat("dies", NOW)
    assert not presence.beat("lives", NOW)
    presence.mark("dies", [GUEST, NAMED], [], NOW)
    presence.mark("lives", [NAMED], [], NOW)
    assert len(tell(presence)) == 2
    later = NOW + DEAD_AFTER + SECOND
    assert presence.beat("lives", later)
    presence.sweep(NOW + DEAD_AFTER)
    assert tell(presence) == []
    presence.sweep(later)
    assert tell(presence) == [(ANNA, False)]
    assert not presence.beat("dies", later)


def test_visitors_of_a_process_that_ended_have_a_moment_to_come_back(presence: Presence) -> None:
    presence.beat("ends", NOW)
    presence.mark("ends", [GUEST], [], NOW)
    tell(presence)
    presence.retire("ends", NOW)
    presence.sweep(NOW + RETIRED_FOR)
    assert tell(presence) == []
    presence.sweep(NOW + RETIRED_FOR + SECOND)
    assert tell(presence) == [(ANNA, False)]
