"""From a request for a file to what the desk is told, with time in the test's hands."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from services.webhook_gateway.domain.media_job import FAILED, STORED, WAITING, Trouble, Wanted
from services.webhook_gateway.media.fetch import OneTry
from services.webhook_gateway.media.intake import MediaIntake
from services.webhook_gateway.media.standings import Standings
from services.webhook_gateway.media.threads import MediaThreads
from services.webhook_gateway.media.work import MediaWork, Surroundings
from services.webhook_gateway.ports import FetchTrouble, Incoming
from shared.contracts.attachment import RemoteFile, attachment_id
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.media_requested import TYPE, MediaRequested
from shared.messaging.message import Delivery, Poison, Unavailable, outgoing
from shared.runtime.stop import Stop
from tests.support.memory_blobs import MemoryBlobStore
from tests.support.memory_broker import MemoryBroker
from tests.support.memory_media_jobs import MemoryMediaJobs
from tests.support.waiting import wait_until
from tests.webhook_gateway.media.building import CHANNEL, JPEG, MESSAGE, NOW

LATER = Trouble("status-503", "The provider answered with status 503.")
GONE = Trouble(
    "media-gone", "The provider does not have the file any more.", "Ask for it again.", lasting=True
)
TOKEN = Trouble("channel-refused", "190", "Put a valid token.", channel=True, counted=True)
BUG = RuntimeError("something unforeseen")
FILE = attachment_id(MESSAGE, 0)


class Script:
    """A Fetcher that does what the test says, then succeeds for ever."""

    max_bytes = 1 << 20

    def __init__(self) -> None:
        self.plays: list[Trouble | Exception] = []
        self.opened: list[str] = []
        self.during: Callable[[], None] = lambda: None

    @contextmanager
    def open(self, wanted: Wanted) -> Iterator[Incoming]:
        self.opened.append(wanted.id)
        if self.plays:
            play = self.plays.pop(0)
            raise FetchTrouble(play) if isinstance(play, Trouble) else play
        yield Incoming(self._content(), "image/jpeg")

    def _content(self) -> Iterator[bytes]:
        yield JPEG[:9_000]
        self.during()
        yield JPEG[9_000:]


class Rig:
    """The worker's parts over twins; `now` is moved by the test."""

    def __init__(self) -> None:
        self.now = NOW
        self.script = Script()
        self.jobs = MemoryMediaJobs()
        self.blobs = MemoryBlobStore()
        self.broker = MemoryBroker()
        self.stop = Stop()
        self.woken = 0
        self.work = self.new_work()
        self.intake = MediaIntake(self.jobs, self.broker.publisher(), lambda: self.now, self._wake)

    def new_work(self, lease: timedelta = timedelta(seconds=60)) -> MediaWork:
        """As after a restart of the process."""
        ids = iter(range(10**6))
        around = Surroundings(
            self.broker.publisher(),
            self.stop,
            lambda: self.now,
            lambda: f"{id(ids)}-{next(ids)}",
            lease=lease,
        )
        return MediaWork(self.jobs, OneTry({CHANNEL: self.script}, self.blobs), Standings(), around)

    def ask(self, *messages: str, channel_id: str = CHANNEL) -> None:
        self.intake([request(message, channel_id) for message in messages or (MESSAGE,)])

    def run(self, seconds: float = 0.0) -> int:
        """Let time pass, then do all that is due; how many tries."""
        self.now += timedelta(seconds=seconds)
        tries = 0
        while self.work.do_next():
            tries += 1
            assert tries < 1_000
        return tries

    def told(self) -> list[str]:
        """What the desk was told, in short."""
        return [brief(event) for event in self.broker.events()]

    def state(self) -> str:
        return self.jobs.jobs[FILE].state

    def _wake(self) -> None:
        self.woken += 1


def request(message: str = MESSAGE, channel_id: str = CHANNEL) -> Delivery:
    file = RemoteFile(attachment_id(message, 0), "image", "123", "image/jpeg", "photo.jpg")
    data = MediaRequested(file, message, channel_id, "whatsapp_cloud", NOW)
    event = Event(f"{file.id}:requested", "webhook_gateway", TYPE, NOW, message, data, new_traceparent())
    made = outgoing(event)
    return Delivery("webhook_gateway.media", made.exchange, made.routing_key, made.body)


def brief(event: Event) -> str:
    data: Any = event.data
    if event.type == "channel.reported":
        return f"channel {data.level}"
    return f"failed {data.code}" if event.type == "media.failed" else "stored"


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_request_ends_with_the_file_stored_and_the_desk_told(rig: Rig) -> None:
    rig.ask()
    assert rig.woken == 1
    assert rig.run() == 1
    stored, channel = rig.broker.events()
    file = stored.data.file
    assert (stored.id, stored.causationid) == (f"{FILE}:stored", f"{FILE}:requested")
    assert (file.id, file.blob_id, file.kind, file.filename) == (FILE, FILE, "image", "photo.jpg")
    assert (file.size, file.mime_type) == (len(JPEG), "image/jpeg")
    assert stored.data.message_id == MESSAGE
    assert (channel.data.aspect, channel.data.level) == ("media", "ok")
    with rig.blobs.open(FILE) as (_, pieces):
        assert b"".join(pieces) == JPEG
    assert rig.state() == STORED
    assert rig.run(10**7) == 0


def test_a_host_that_fails_three_times_and_then_is_fine_costs_only_time(rig: Rig) -> None:
    rig.script.plays = [LATER, LATER, BUG]
    rig.ask()
    assert [rig.run(seconds) for seconds in (0, 1, 4, 15, 45)] == [1, 0, 1, 1, 1]
    assert rig.told() == ["stored", "channel ok"]


def test_the_providers_wish_to_wait_is_kept(rig: Rig) -> None:
    rig.script.plays = [replace(LATER, after=900.0)]
    rig.ask()
    assert [rig.run(seconds) for seconds in (0, 899, 1)] == [1, 0, 1]


def test_a_file_that_is_gone_is_told_at_once_and_can_be_asked_for_again(rig: Rig) -> None:
    rig.script.plays = [GONE, GONE]
    rig.ask()
    assert rig.run() == 1
    (failed,) = rig.broker.events()
    assert (failed.data.code, failed.data.remedy) == ("media-gone", "Ask for it again.")
    assert rig.run(10**7) == 0
    rig.ask()
    assert rig.run() == 1
    first, second = rig.broker.events()
    assert first.id != second.id, "the desk would take a second one with the same id for a copy"
    rig.ask()
    rig.run()
    assert rig.told()[2:] == ["stored", "channel ok"]


def test_a_file_that_never_comes_is_given_up_after_a_day(rig: Rig) -> None:
    rig.script.plays = [LATER] * 500
    rig.ask()
    while rig.state() == WAITING:
        rig.run(600)
    assert timedelta(hours=24) <= rig.now - NOW < timedelta(hours=26)
    assert rig.told() == ["failed status-503"]
    assert 24 < len(rig.script.opened) < 60
    assert rig.broker.events()[0].data.remedy


def test_a_stored_file_that_is_asked_for_again_is_told_again_and_not_fetched(rig: Rig) -> None:
    rig.ask()
    rig.run()
    rig.ask()
    assert [brief(event) for event in rig.broker.events("media.stored")] == ["stored", "stored"]
    first, second = rig.broker.events("media.stored")
    assert first.id == second.id
    assert first.data == second.data
    assert rig.run() == 0
    assert rig.script.opened == [FILE]


def test_a_revoked_token_keeps_every_file_and_tells_the_desk_once_and_when_it_is_over(rig: Rig) -> None:
    rig.script.plays = [TOKEN] * 8
    rig.ask("m1", "m2", "m3")
    rig.run()
    assert len(rig.script.opened) == 1, "the others wait for what the first found out"
    for _ in range(60):
        rig.run(120)
    assert rig.told()[0] == "channel failing"
    assert rig.told()[-1] == "stored"
    assert sorted(rig.told()) == ["channel failing", "channel ok", "stored", "stored", "stored"]
    failing = rig.broker.events("channel.reported")[0].data
    assert (failing.channel_id, failing.aspect, failing.remedy) == (CHANNEL, "media", "Put a valid token.")


def test_a_revoked_token_gives_up_nothing_for_days(rig: Rig) -> None:
    rig.script.plays = [TOKEN] * 100_000
    rig.ask()
    while rig.now - NOW < timedelta(days=6):
        rig.run(3_600)
    assert rig.state() == WAITING
    while rig.now - NOW < timedelta(days=8):
        rig.run(3_600)
    assert rig.state() == FAILED


def test_one_channels_trouble_is_not_anothers(rig: Rig) -> None:
    other = Script()
    around = Surroundings(rig.broker.publisher(), rig.stop, lambda: rig.now, lambda: "mark")
    fetch = OneTry({CHANNEL: rig.script, "other": other}, rig.blobs)
    rig.work = MediaWork(rig.jobs, fetch, Standings(), around)
    rig.script.plays = [TOKEN] * 10
    rig.ask("m1", "m2")
    rig.ask("m3", "m4", channel_id="other")
    rig.run()
    assert (len(rig.script.opened), len(other.opened)) == (1, 2)


def test_a_channel_that_is_gone_fails_its_files(rig: Rig) -> None:
    rig.ask(channel_id="removed")
    rig.run()
    assert rig.told() == ["failed unknown-channel"]


def test_while_the_broker_is_away_nothing_is_fetched_twice_nor_untold(rig: Rig) -> None:
    rig.ask()
    rig.broker.fail(2)
    assert [rig.run(seconds) for seconds in (0, 5, 5)] == [1, 1, 1]
    assert rig.told() == ["stored", "channel ok"]
    assert rig.script.opened == [FILE]


def test_while_the_blob_store_is_away_a_file_waits(rig: Rig) -> None:
    rig.ask()
    rig.blobs.fail(3)
    assert [rig.run(seconds) for seconds in (0, 5, 5, 5)] == [1, 1, 1, 1]
    assert rig.told() == ["stored", "channel ok"]


def test_while_the_database_is_away_requests_wait_at_the_broker(rig: Rig) -> None:
    rig.jobs.fail()
    with pytest.raises(Unavailable):
        rig.ask()
    rig.ask()
    rig.jobs.fail()
    with pytest.raises(Unavailable):
        rig.work.do_next()
    rig.run()
    rig.broker.fail()
    with pytest.raises(Unavailable):
        rig.ask()


def test_what_is_no_request_for_a_file_is_poison(rig: Rig) -> None:
    with pytest.raises(Poison) as nonsense:
        rig.intake([Delivery("q", "e", "k", b"{")])
    assert nonsense.value.reason == "malformed-event"
    rig.ask()
    rig.run()
    other = rig.broker.published[0]
    with pytest.raises(Poison) as wrong:
        rig.intake([Delivery("q", other.exchange, other.routing_key, other.body)])
    assert wrong.value.reason == "unexpected-event"


def test_a_stop_in_the_middle_gives_the_file_back_at_once(rig: Rig) -> None:
    rig.ask()
    rig.script.during = rig.stop.request
    assert rig.work.do_next()
    assert rig.told() == []
    rig.stop = Stop()
    rig.script.during = lambda: None
    rig.work = rig.new_work()
    assert rig.run() == 1
    assert rig.told()[0] == "stored"
    assert rig.jobs.jobs[FILE].attempts == 0


def test_a_long_fetch_keeps_its_claim_and_ends_when_it_has_lost_it(rig: Rig) -> None:
    rig.work = rig.new_work(lease=timedelta(0))
    rig.ask()

    def overtaken() -> None:
        rig.now += timedelta(seconds=1)
        assert rig.jobs.claim(rig.now, rig.now + timedelta(hours=1), "another", []) is not None

    rig.script.during = overtaken
    assert rig.work.do_next()
    assert rig.told() == []
    assert rig.jobs.jobs[FILE].claim == "another"
    assert not rig.blobs.delete(FILE)


def test_a_file_that_takes_the_worker_down_each_time_is_given_up(rig: Rig) -> None:
    rig.ask()
    for _ in range(5):  # claimed, and never heard of again
        assert rig.jobs.claim(rig.now, rig.now + timedelta(seconds=60), "dead", []) is not None
        rig.now += timedelta(seconds=60)
    rig.run()
    assert rig.told() == ["failed crashed-the-worker"]
    assert rig.script.opened == []


@settings(max_examples=100)
@given(
    st.lists(st.sampled_from([LATER, GONE, TOKEN, BUG, "broker", "blobs", "ask", "restart"]), max_size=25),
    st.randoms(use_true_random=False),
)
def test_whatever_happens_each_file_ends_and_the_desk_knows_how(plays: list[Any], chance: Any) -> None:
    with capture_logs():  # thousands of tracebacks, rendered for nobody
        live_through(Rig(), plays, chance)


def live_through(rig: Rig, plays: list[Any], chance: Any) -> None:
    rig.ask("m1", "m2")
    for play in plays:
        if play == "broker":
            rig.broker.fail(chance.randint(1, 3))
        elif play == "blobs":
            rig.blobs.fail(chance.randint(1, 3))
        elif play == "restart":
            rig.work = rig.new_work()
        elif play == "ask":
            try:
                rig.ask("m1")
            except Unavailable:
                rig.broker.fail(0)
                rig.ask("m1")
        else:
            rig.script.plays.append(play)
        rig.run(chance.choice([0, 1, 30, 4_000]))
    rig.broker.fail(0)
    rig.blobs.fail(0)
    rig.script.plays.clear()
    for _ in range(30):
        rig.run(3_600)
    assert rig.jobs.waiting() == 0
    for message in ("m1", "m2"):
        file = attachment_id(message, 0)
        last = [brief(event) for event in rig.broker.events() if event.id.startswith(file)][-1]
        assert last.split()[0] == rig.jobs.jobs[file].state
        assert rig.blobs.delete(file) is (rig.jobs.jobs[file].state == STORED)
        assert rig.script.opened.count(file) <= len(plays) + 2


def test_threads_fetch_at_once_and_stop_cleanly(rig: Rig) -> None:
    together = threading.Barrier(3)
    rig.script.during = lambda: meet(together)
    rig.jobs.fail(2)  # a database that is away when they start ends none of them
    threads = MediaThreads(rig.work, rig.jobs, rig.stop, count=3)
    threads.start()
    assert threads.running()
    wait_until(lambda: asked(rig))
    threads.wake()
    wait_until(lambda: rig.told().count("stored") == 3)
    rig.stop.request()
    threads.join()
    assert not threads.running()
    assert rig.jobs.waiting() == 0


def meet(barrier: threading.Barrier) -> None:
    barrier.wait(timeout=10)


def asked(rig: Rig) -> bool:
    try:
        rig.ask("m1", "m2", "m3")
    except Unavailable:
        return False
    return True


def test_times_of_the_request_and_the_answer_are_the_clocks(rig: Rig) -> None:
    rig.ask()
    rig.now = datetime(2025, 3, 1, tzinfo=NOW.tzinfo)
    rig.run()
    assert rig.broker.events("media.stored")[0].data.stored_at == rig.now
