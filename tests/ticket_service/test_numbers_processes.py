"""Two processes that open tickets at the same moment never give two of them the same number."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.ticket_service.domain.numbering import Numbering
from services.ticket_service.ports import Changes
from tests.ticket_service.building import apply, message
from tests.ticket_service.conftest import MongoDesk

pytestmark = pytest.mark.integration

EACH = 40
ROOT = Path(__file__).parents[2]
OPENING = """
import sys
from services.ticket_service.store.mongo import MongoDeskStore
from shared.mongo.connect import connect, database
from shared.runtime.ids import new_id
from tests.ticket_service.building import apply, message

uri, name, who, count = sys.argv[1:]
with connect(uri, "test") as client:
    store = MongoDeskStore(client, database(client, name))
    store.workflow()
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(int(count)):
        apply(store, message(f"{who}{n}", sender=f"+39{who}{n:07d}"), new_id=new_id)
"""


@pytest.mark.parametrize(
    ("scheme", "first"),
    [
        (Numbering(scheme="integer"), "1"),
        (Numbering(scheme="mask", reset="monthly"), "2025-02-00001"),
    ],
)
def test_two_processes_never_give_the_same_number(
    mongo_desk: MongoDesk, mongodb_uri: str, scheme: Numbering, first: str
) -> None:
    mongo_desk.store().save(Changes(records=[scheme]))
    taken = mongo_desk.store()
    apply(taken, message("before"))
    # What begins anew comes upon a number that is there, in the middle of the race.
    mongo_desk.db["sequences"].update_many({}, {"$set": {"value": 0}})
    processes = [_process(mongodb_uri, mongo_desk.db.name, who) for who in ("335", "347")]
    try:
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        assert [process.wait(60) for process in processes] == [0, 0]
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    numbers = sorted(each["number"] for each in mongo_desk.db["tickets"].find())
    assert len(numbers) == len(set(numbers)) == 2 * EACH + 1
    assert first in numbers


def _process(uri: str, name: str, who: str) -> Any:
    return subprocess.Popen(
        [sys.executable, "-c", OPENING, uri, name, who, str(EACH)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
