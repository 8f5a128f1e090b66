"""Who may do what: the written table is that of the code, and every route holds it for every role."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from services.ticket_service import permission_table
from services.ticket_service.api.openapi import ANYBODY
from services.ticket_service.domain.permissions import ADMIN, AGENT, ALL, OPERATOR, ROLES, VIEWER, granted
from tests.ticket_service.api.rig import NOON, Rig

ROOT = Path(__file__).parents[3]
# Written down once more by hand: what a role may is no place for a slip of the pen.
EXPECTED = {
    VIEWER: {
        *("tickets.read", "contacts.read", "records.read", "settings.read", "users.read", "tokens.own"),
        "triage.read",
    },
    AGENT: {"tickets.write", "tickets.reply", "contacts.write", "records.write", "triage.write"},
    OPERATOR: {
        *("tickets.delete", "tickets.forecast", "tickets.bulk", "tickets.export", "actions.edit"),
        *("confidential.read", "contacts.merge", "views.share", "quarantine.write"),
    },
    ADMIN: {"contacts.erase", "settings.write", "users.write", "audit.read"},
}


def test_each_role_has_what_the_one_before_has_and_its_own() -> None:
    allowed: set[str] = set()
    for role, own in EXPECTED.items():
        allowed |= own
        assert ROLES[role] == allowed, role
    assert allowed == ALL
    assert granted(["boss"]) == frozenset()
    assert granted([VIEWER, AGENT]) == ROLES[AGENT]


def test_the_written_table_is_that_of_the_code() -> None:
    written = (ROOT / permission_table.PAGE).read_text()
    assert written == permission_table.page(), "run `python -m services.ticket_service.permission_table`"


def test_every_route_asks_for_a_permission_there_is_and_every_permission_is_asked_for() -> None:
    asked = {needs for _, _, needs in permission_table.routes()}
    assert asked - {ANYBODY} <= ALL
    in_one_field_only = {"tickets.forecast", "views.share", "actions.edit"}
    assert ALL - asked <= in_one_field_only


def test_what_anybody_may_is_about_oneself() -> None:
    open_ = {(method, path) for method, path, needs in permission_table.routes() if needs == ANYBODY}
    others = {(method, path) for method, path in open_ if not f"{path}/".startswith("/api/v1/me/")}
    assert others == {("GET", "/api/v1/permissions")}


@pytest.mark.integration
@pytest.mark.parametrize("role", list(ROLES))
def test_every_route_holds_the_table(rig: Rig, role: str) -> None:
    secret = f"spt_a-token-of-a-{role}"
    user = {"_id": role, "email": f"{role}@example.org", "name": role, "password_hash": ""}
    rig.db["users"].insert_one({**user, "roles": [role], "created_at": NOON, "version": 1})
    digest = hashlib.sha256(secret.encode()).hexdigest()
    rig.db["api_tokens"].insert_one({"_id": digest, "name": "x", "user_id": role, "created_at": NOON})
    wrong = []
    for method, path, needs in permission_table.routes():
        place = path.removeprefix("/api/v1").replace("{", "").replace("}", "")
        answer = rig.call(method, place, token=secret)
        refused = answer.status_code == 403 and answer.get_json()["type"].endswith("permission-missing")
        expected = needs != ANYBODY and needs not in ROLES[role]
        if refused != expected or answer.status_code in (401, 500):
            wrong.append((method, path, answer.status_code))
        if refused:
            assert answer.get_json()["permission"] == needs
    assert wrong == []
