"""The timers in the database, and the active process killed: another goes on, and each thing is told once."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pymongo.database import Database

from services.ticket_service.acting import Desk
from services.ticket_service.domain.sla import FIRST_RESPONSE, RESOLUTION
from services.ticket_service.domain.sla_policy import SlaPolicy, TargetRule
from services.ticket_service.ports import Changes
from services.ticket_service.store.mongo import MongoDeskStore
from services.ticket_service.store.timed import TimedTickets
from shared.contracts.catalogue import decode
from shared.mongo.connect import Document, connect, database
from shared.runtime.clock import utc_now
from tests.support.forked import Forks
from tests.support.waiting import wait_until
from tests.ticket_service.building import apply, counting_ids, message
from tests.ticket_service.conftest import MongoDesk
from tests.ticket_service.processes import Processes, desk_processes

TICKETS = 130
"""More than two batches."""


def promised(store: MongoDeskStore, tickets: int) -> None:
    """Tickets whose first response was due long ago, and nobody has looked since they were opened."""
    written = utc_now() - timedelta(hours=1)
    desk = Desk(store, lambda: written, counting_ids("late"))
    changes = Changes()
    targets = [TargetRule(FIRST_RESPONSE, 10), TargetRule(RESOLUTION, 100_000)]
    changes.touch(SlaPolicy("p1", "Standard", written, targets=targets))
    desk.save(changes)
    events = [
        message(str(each), sender=f"+39335{each:07d}", occurred=written, received=written)
        for each in range(tickets)
    ]
    apply(store, *events, now=written)


def told(db: Database[Document]) -> Counter[tuple[str, str]]:
    events = [decode(bytes(each["body"])) for each in db["outbox"].find()]
    return Counter((each.type, each.subject) for each in events if "sla" in each.type)


@pytest.mark.integration
def test_tickets_are_found_by_the_clock_and_by_an_index(mongo_desk: MongoDesk) -> None:
    promised(mongo_desk.store(), 5)
    timed = TimedTickets(mongo_desk.db)
    now = utc_now()
    assert timed.due(now - timedelta(minutes=51), 10) == []
    assert len(timed.due(now, 3)) == 3
    ids, last = timed.open_after("", 3)
    rest, end = timed.open_after(last or "", 3)
    assert (len(ids), len(rest), end in rest) == (3, 2, True)
    assert timed.open_after(end or "", 3) == ([], None)
    assert len(timed.entered_before("open", now, 10)) == 5
    assert timed.entered_before("open", now - timedelta(days=1), 10) == []
    mongo_desk.db["tickets"].update_one({"_id": ids[0]}, {"$set": {"closed_at": now}})
    assert timed.open_after("", 3)[0][0] == ids[1]
    mongo_desk.db.command("profile", 2)
    timed.due(now, 3)
    timed.entered_before("open", now, 3)
    mongo_desk.db.command("profile", 0)
    plans = [each["planSummary"] for each in mongo_desk.db["system.profile"].find({"op": "query"})]
    assert len(plans) == 2
    assert all(plan.startswith("IXSCAN") for plan in plans), plans


@pytest.fixture
def processes(forks: Forks, mongodb_uri: str, database_name: str, tmp_path: Path) -> Iterator[Processes]:
    # The timers know the database only; nothing listens at this broker's address.
    with desk_processes(
        forks, "amqp://nobody:none@127.0.0.1:9/", mongodb_uri, database_name, tmp_path
    ) as found:
        yield found


@pytest.mark.integration
@pytest.mark.fault
@pytest.mark.timeout(180)
def test_killed_again_and_again_the_timers_tell_each_thing_once_and_another_takes_over(
    processes: Processes, mongodb_uri: str, database_name: str
) -> None:
    with connect(mongodb_uri, "test") as client:
        db = database(client, database_name)
        promised(MongoDeskStore(client, db), TICKETS)
        first = processes.start("timers", SPORTELLO_CRASH_AT="before_commit:2")
        assert first.wait(60) == -signal.SIGKILL
        # As if its time were over, so that the test need not wait for it twice.
        db["leases"].update_one({"_id": "timers"}, {"$set": {"until": utc_now() - timedelta(seconds=1)}})
        second = processes.start("timers", SPORTELLO_CRASH_AT="after_commit:1")
        assert second.wait(60) == -signal.SIGKILL
        killed_at = utc_now()
        before = sum(told(db).values())
        assert 0 < before < TICKETS
        processes.start("timers")
        processes.start("timers")
        wait_until(lambda: sum(told(db).values()) > before, 60, every=0.2)
        assert utc_now() - killed_at < timedelta(seconds=30)
        wait_until(lambda: sum(told(db).values()) >= TICKETS, 60, every=0.2)
        processes.stop()
        assert set(told(db).values()) == {1}
        assert {kind for kind, _ in told(db)} == {"ticket.sla_breached"}
        assert db["tickets"].count_documents({"sla.next_check_at": {"$lte": utc_now()}}) == 0
        assert db["leases"].count_documents({"_id": "timers"}) == 0
        assert len(re.findall("timers are active here", processes.said())) == 3
