"""Users, teams and oneself over REST: who gets in, who may what, and that nobody is left out by mistake."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.ticket_service.api.rig import ANNA, BRUNO, EMAIL, OTHER_TOKEN, PASSWORD, Rig

pytestmark = pytest.mark.integration
NEW = {"email": "Carla@Example.org", "name": "Carla", "roles": ["operator"], "password": "a long password"}


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"].removeprefix("urn:sportello:problem:")


def log_in(rig: Rig, email: str, password: str) -> Any:
    return rig.client.post("/api/v1/settings/api-tokens", json={"name": "mine"}, auth=(email, password))


def test_a_user_is_added_gets_in_and_is_out_at_once_when_switched_off(rig: Rig) -> None:
    made = rig.post("/users", NEW)
    assert made.status_code == 201
    user = made.get_json()
    assert (user["email"], user["roles"], user["active"], user["has_password"]) == (
        "carla@example.org",
        ["operator"],
        True,
        True,
    )
    token = log_in(rig, "carla@example.org", "a long password").get_json()["token"]
    path = f"/users/{user['id']}"
    assert rig.get(path, token=token).get_json() == user
    assert rig.change(path, {"active": False}).get_json()["active"] is False
    assert rig.get("/me", token=token).status_code == 401
    assert log_in(rig, "carla@example.org", "a long password").status_code == 401
    assert [each["id"] for each in rig.get("/users?active=false").get_json()["items"]] == [user["id"]]
    assert rig.change(path, {"active": True}).status_code == 200
    assert rig.get("/me", token=token).status_code == 200


def test_without_a_password_nobody_gets_in_until_one_is_set(rig: Rig) -> None:
    bare = {name: value for name, value in NEW.items() if name != "password"}
    user = rig.post("/users", bare).get_json()
    assert user["has_password"] is False
    for guess in ("", "nobody has this account", "a long password"):
        assert log_in(rig, "carla@example.org", guess).status_code == 401
    assert rig.call("PUT", f"/users/{user['id']}/password", json={"password": "short"}).status_code == 422
    set_ = rig.call("PUT", f"/users/{user['id']}/password", json={"password": "another password"})
    assert set_.status_code == 204
    assert log_in(rig, "carla@example.org", "another password").status_code == 201


def test_an_address_has_one_user(rig: Rig) -> None:
    refused = rig.post("/users", {**NEW, "email": EMAIL.upper()})
    assert problem(refused) == (409, "taken")
    assert refused.get_json()["owner"] == ANNA
    assert problem(rig.change(f"/users/{BRUNO}", {"email": EMAIL})) == (409, "taken")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: rig.post("/users", NEW).status_code, range(4)))
    assert sorted(answers) == [201, 409, 409, 409]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"roles": ["boss"]}, "roles.0"),
        ({"roles": []}, "roles"),
        ({"capacity": -1}, "capacity"),
        ({"language": "Italian!"}, "language"),
        ({"name": " "}, "name"),
        ({"password": "short"}, "password"),
        ({"salary": 1}, "salary"),
    ],
)
def test_wrong_values_name_their_field(rig: Rig, wrong: dict[str, Any], field: str) -> None:
    refused = rig.post("/users", {**NEW, **wrong})
    assert refused.status_code == 422
    assert [error["field"] for error in refused.get_json()["errors"]] == [field]


def test_somebody_remains_who_can_administer_the_desk(rig: Rig) -> None:
    me = f"/users/{ANNA}"
    assert problem(rig.change(me, {"active": False})) == (409, "last-admin")
    assert problem(rig.change(me, {"roles": ["operator"]})) == (409, "last-admin")
    assert rig.change(f"/users/{BRUNO}", {"roles": ["admin"]}).status_code == 200
    assert rig.change(me, {"roles": ["operator"]}).status_code == 200


def test_two_administrators_cannot_switch_each_other_off(rig: Rig) -> None:
    rig.change(f"/users/{BRUNO}", {"roles": ["admin"]})
    etags = {user: rig.get(f"/users/{user}").headers["ETag"] for user in (ANNA, BRUNO)}

    def switch_off(user: str) -> int:
        return rig.patch(f"/users/{user}", {"active": False}, match=etags[user]).status_code

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(switch_off, (ANNA, BRUNO)))
    assert rig.db["users"].count_documents({"roles": "admin", "active": True}) >= 1


def test_nobody_gives_away_more_than_they_have(rig: Rig) -> None:
    secret = rig.post(
        "/settings/api-tokens", {"name": "hr", "scopes": ["users.read", "users.write", "tickets.read"]}
    ).get_json()["token"]
    assert problem(rig.post("/users", {**NEW, "roles": ["admin"]}, token=secret)) == (
        403,
        "permission-missing",
    )
    answer = rig.call("PUT", f"/users/{ANNA}/password", json={"password": "x" * 12}, token=secret)
    assert problem(answer) == (403, "permission-missing")


def test_a_repeated_request_makes_one_user_and_keeps_no_password(rig: Rig) -> None:
    first = rig.post("/users", NEW, key="k1")
    again = rig.post("/users", NEW, key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert "a long password" not in str(list(rig.db["idempotency"].find()))


def test_everybody_changes_their_own_name_sign_and_password_and_no_more(rig: Rig) -> None:
    etag = rig.get("/me", token=OTHER_TOKEN).headers["ETag"]

    def patch(body: dict[str, Any]) -> Any:
        return rig.call("PATCH", "/me", json=body, headers={"If-Match": etag}, token=OTHER_TOKEN)

    assert patch({"roles": ["admin"]}).status_code == 422
    assert patch({"available": False}).get_json()["available"] is False
    own = {"current": "wrong", "password": "a new password"}
    assert problem(rig.call("PUT", "/me/password", json=own, token=OTHER_TOKEN)) == (403, "wrong-password")
    own["current"] = PASSWORD
    assert rig.call("PUT", "/me/password", json=own, token=OTHER_TOKEN).status_code == 204
    assert log_in(rig, "bruno@example.org", "a new password").status_code == 201
    assert log_in(rig, "bruno@example.org", PASSWORD).status_code == 401


def test_administrators_revoke_anybodys_token(rig: Rig) -> None:
    (token,) = rig.get(f"/users/{BRUNO}/api-tokens").get_json()["items"]
    assert rig.call("DELETE", f"/users/{BRUNO}/api-tokens/{token['id']}").status_code == 204
    assert rig.get("/me", token=OTHER_TOKEN).status_code == 401
    assert rig.get("/users/nobody/api-tokens").status_code == 404


def test_a_team_is_made_filled_and_deleted_only_when_no_ticket_is_its(rig: Rig) -> None:
    team = rig.post("/teams", {"name": "First line", "members": [ANNA, ANNA]}).get_json()
    assert team["members"] == [ANNA]
    path = f"/teams/{team['id']}"
    unknown = rig.change(path, {"members": [BRUNO, "nobody"]})
    assert (unknown.status_code, unknown.get_json()["errors"][0]["field"]) == (422, "members.1")
    assert rig.change(path, {"members": [BRUNO]}).get_json()["members"] == [BRUNO]
    assert problem(rig.post("/teams", {"name": "First line"})) == (409, "taken")
    number = rig.hear()
    rig.elsewhere(number, group=team["id"])
    etag = rig.get(path).headers["ETag"]
    busy = rig.call("DELETE", path, headers={"If-Match": etag})
    assert (problem(busy), busy.get_json()["count"]) == ((409, "in-use"), 1)
    rig.elsewhere(number, group=None)
    assert rig.call("DELETE", path, headers={"If-Match": etag}).status_code == 204
    assert rig.get(path).status_code == 404


def test_what_was_administered_is_in_the_audit_log(rig: Rig) -> None:
    user = rig.post("/users", NEW).get_json()
    rig.clock.forward(minutes=1)
    rig.change(f"/users/{user['id']}", {"roles": ["agent"]})
    rig.clock.forward(minutes=1)
    rig.post("/settings/api-tokens", {"name": "sync"})
    token, changed, created = rig.get("/audit").get_json()["items"]
    assert (token["what"], token["action"], token["who"]["id"]) == ("api_token", "created", ANNA)
    assert (created["what"], created["subject"], created["action"]) == ("user", user["id"], "created")
    assert changed["changes"] == [{"field": "roles", "before": "operator", "after": "agent"}]
    assert "argon2" not in rig.get("/audit").text
    only = rig.get(f"/audit?what=user&who={ANNA}&subject={user['id']}&from=2025-02-27T12:00:30Z").get_json()
    assert [entry["id"] for entry in only["items"]] == [changed["id"]]
    assert rig.get("/audit", token=OTHER_TOKEN).status_code == 403
