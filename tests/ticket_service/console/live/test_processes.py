"""Streams over real web processes: several of them, killed, started again, told to stop, and full."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.request import Request, urlopen

import pytest

from services.ticket_service.auth import digest_of
from services.ticket_service.domain.session import Session, password_mark
from tests.support.waiting import wait_until
from tests.ticket_service.api.rig import BRUNO, TOKEN, Rig
from tests.ticket_service.console.live.listening import Ear, listening
from tests.ticket_service.console.live.processes import WebProcess, web_process
from tests.ticket_service.console.rig import begin_session, cookie_of

pytestmark = [pytest.mark.integration, pytest.mark.fault, pytest.mark.timeout(300)]
SOON = 15.0


def _heard(page: Ear, number: str) -> bool:
    return number in page.numbers()


@pytest.fixture
def desk(rig: Rig) -> Rig:
    """The desk by the clock of now, which the web processes have as well."""
    rig.clock.now = datetime.now(UTC).replace(microsecond=0)
    return rig


@pytest.fixture
def key(desk: Rig) -> str:
    """The cookie of a browser."""
    return "=".join(cookie_of(desk.app, begin_session(desk, "anna")))


@pytest.fixture
def process(desk: Rig, mongodb_uri: str) -> Iterator[WebProcess]:
    with web_process(desk, mongodb_uri) as running:
        yield running


def test_a_page_hears_of_everything_whichever_process_it_is_on_and_whichever_is_killed(
    desk: Rig, key: str, process: WebProcess, mongodb_uri: str
) -> None:
    with web_process(desk, mongodb_uri) as other:
        with listening(process.address, key) as one, listening(other.address, key) as two:
            first = desk.hear()
            for page in (one, two):
                wait_until(partial(_heard, page, first), SOON)
            process.kill()
            wait_until(one.ended.is_set, SOON)
        missed = {desk.hear(f"{each}") for each in range(5)}
        with listening(other.address, key, after=one.place) as moved:
            wait_until(lambda: missed <= moved.numbers(), SOON)
            assert not moved.gap
        process.start()
        with listening(process.address, key, after=one.place) as back:
            wait_until(lambda: missed <= back.numbers(), SOON)
            assert not back.gap
        with listening(other.address, key) as page:
            # Left alone it would be killed after half a minute, and so would every page's stream.
            assert other.stop(20) == 0
            wait_until(page.ended.is_set, SOON)


def test_pages_that_wait_leave_room_for_those_who_work(desk: Rig, process: WebProcess) -> None:
    keys = _many_users(desk, 60)
    with ThreadPoolExecutor(20) as pool:
        ears = list(pool.map(lambda each: Ear(process.address, each), keys))
    try:
        statuses = [ear.answer.status for ear in ears]
        assert statuses.count(200) == 48
        assert statuses.count(503) == 12
        asked = Request(f"{process.address}/api/v1/tickets", headers={"Authorization": f"Bearer {TOKEN}"})
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda _: _read(asked), range(24)))
        assert all("items" in answer for answer in answers)
    finally:
        for ear in ears:
            ear.drop()


def _read(asked: Request) -> dict[str, Any]:
    with urlopen(asked, timeout=20) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


def _many_users(rig: Rig, count: int) -> list[str]:
    """So many agents, each logged in in one browser; their cookies."""
    bruno = rig.db["users"].find_one({"_id": BRUNO}) or {}
    mark, keys = password_mark(bruno["password_hash"]), []
    for number in range(count):
        user_id, secret = f"agent-{number}", f"secret of agent {number}"
        rig.db["users"].insert_one({**bruno, "_id": user_id, "email": f"agent{number}@example.org"})
        session = Session(digest_of(secret), user_id, rig.clock.now, rig.clock.now, mark=mark)
        rig.web.services.doors.sessions.begin(session)
        keys.append("=".join(cookie_of(rig.app, secret)))
    return keys
