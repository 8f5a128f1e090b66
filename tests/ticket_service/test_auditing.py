"""The audit log follows from what is saved: nobody has to think of it, and no secret gets into it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.ticket_service.acting import Desk, Frame, until_saved
from services.ticket_service.domain.api_token import ApiToken
from services.ticket_service.domain.audit import AuditEntry, differences
from services.ticket_service.domain.history import AGENT, DESK, Actor
from services.ticket_service.domain.note import Note
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.user import User
from services.ticket_service.ports import Changes, Conflict, Record
from shared.runtime.ids import new_id
from tests.support.memory_desk_store import MemoryDeskStore

AT = datetime(2025, 2, 27, 12, 0, 0, tzinfo=UTC)
ANNA = Actor(AGENT, "anna", "Anna")


@pytest.fixture
def desk() -> Desk:
    return Desk(MemoryDeskStore(), lambda: AT, new_id)


def save(desk: Desk, *records: Record, removed: tuple[Record, ...] = (), by: Actor = ANNA) -> None:
    def attempt() -> None:
        changes = Changes()
        changes.touch(*records)
        changes.remove(*removed)
        desk.save(changes)

    until_saved(attempt, Frame(by, "00-0-0-00", lambda: None))


def log(desk: Desk) -> list[tuple[str, str, str, list[tuple[str, str | None, str | None]]]]:
    return [
        (each.who.name, each.what, each.action, [(c.field, c.before, c.after) for c in each.changes])
        for each in desk.store.records(AuditEntry, {})
    ]


def test_what_an_administrator_makes_changes_and_removes_is_written_down(desk: Desk) -> None:
    save(desk, Team("t", "First line", AT, members=["anna"]))
    team = desk.store.record(Team, "t")
    assert team is not None
    team.members = ["anna", "bruno"]
    save(desk, team)
    team = desk.store.record(Team, "t")
    assert team is not None
    save(desk, removed=(team,))
    created, changed, removed = log(desk)
    assert created[:3] == ("Anna", "team", "created")
    assert ("name", None, "First line") in created[3]
    assert changed == ("Anna", "team", "changed", [("members", "anna", "anna, bruno")])
    assert removed[:3] == ("Anna", "team", "removed")


def test_what_changes_nothing_or_is_nobodys_administration_is_not_written_down(desk: Desk) -> None:
    save(desk, Note("n", "contact:c", ANNA, "Calls after 17.", AT))
    save(desk, Team("t", "First line", AT))
    team = desk.store.record(Team, "t")
    assert team is not None
    save(desk, team)
    assert [entry[:3] for entry in log(desk)] == [("Anna", "team", "created")]


def test_no_secret_gets_into_the_log(desk: Desk) -> None:
    save(desk, User("u", "u@example.org", "U", ["agent"], AT, password_hash="$argon2id$one"))
    save(desk, ApiToken("d1" * 32, "sync", "u", AT))
    user = desk.store.record(User, "u")
    assert user is not None
    user.password_hash = "$argon2id$two"
    save(desk, user)
    entries = {entry.what: entry for entry in desk.store.records(AuditEntry, {})}
    assert "argon2id" not in str(entries)
    assert "d1" * 20 not in str(entries)
    assert entries["api_token"].subject == "d1" * 8
    assert log(desk)[-1][3] == [("password_hash", "(hidden)", "(hidden)")]


def test_a_decision_on_something_stale_leaves_no_entry(desk: Desk) -> None:
    save(desk, Team("t", "First line", AT))
    stale = desk.store.record(Team, "t")
    assert stale is not None
    save(desk, desk.store.record(Team, "t") or stale)
    stale.name = "Second line"
    changes = Changes()
    changes.touch(stale)
    with pytest.raises(Conflict):
        desk.save(changes)
    assert len(log(desk)) == 1


def test_what_nobody_asked_for_is_the_desks_own_decision(desk: Desk) -> None:
    changes = Changes()
    changes.touch(Team("t", "First line", AT))
    desk.save(changes)
    (entry,) = desk.store.records(AuditEntry, {})
    assert entry.who == DESK


def test_long_values_are_cut_and_times_and_flags_readable() -> None:
    before = Team("t", "x", AT)
    after = Team("t", "x" * 5_000, AT, active=False)
    name, active = differences(before, after)
    assert len(name.after or "") == 2_000
    assert (active.before, active.after) == ("true", "false")
