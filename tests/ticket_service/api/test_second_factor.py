"""A second factor is begun with the password, confirmed with a code, and never lets a code count twice."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from services.ticket_service.auth import FREE_PER_ACCOUNT
from services.ticket_service.domain.audit import HIDDEN
from services.ticket_service.domain.second_factor import RECOVERY_CODES
from tests.ticket_service.api.rig import BRUNO, EMAIL, OTHER_TOKEN, PASSWORD, TOKEN, Rig

pytestmark = pytest.mark.integration
MINE = "/me/second-factor"


def begun(rig: Rig) -> pyotp.TOTP:
    """The administrator's device, which knows the secret."""
    answer = rig.post(MINE, {"password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return pyotp.TOTP(answer.get_json()["secret"])


def code(rig: Rig, device: pyotp.TOTP, steps: int = 0) -> str:
    return device.at(rig.clock.now + timedelta(seconds=30 * steps))


def confirmed(rig: Rig) -> tuple[pyotp.TOTP, list[str]]:
    """A second factor that counts; the step of its confirmation has passed."""
    device = begun(rig)
    answer = rig.post(f"{MINE}/confirmation", {"code": code(rig, device)})
    assert answer.status_code == 201, answer.text
    rig.clock.forward(seconds=30)
    return device, answer.get_json()["recovery_codes"]


def test_it_counts_when_a_code_of_the_device_has_confirmed_it(rig: Rig) -> None:
    assert rig.get(MINE).get_json() == {
        "confirmed_at": None,
        "begun": False,
        "recovery_codes_left": 0,
        "demanded": False,
    }
    device = begun(rig)
    assert rig.get(MINE).get_json()["begun"] is True
    assert rig.post(f"{MINE}/confirmation", {"code": "000000"}).status_code == 403
    done = rig.post(f"{MINE}/confirmation", {"code": code(rig, device)}).get_json()
    assert len(set(done["recovery_codes"])) == RECOVERY_CODES
    state = rig.get(MINE).get_json()
    assert (state["confirmed_at"], state["begun"]) == ("2025-02-27T12:00:00Z", False)
    assert rig.post(MINE, {"password": PASSWORD}).get_json()["type"].endswith("second-factor-there")


def test_nobody_begins_without_the_password(rig: Rig) -> None:
    for body in ({}, {"password": "wrong"}):
        assert rig.post(MINE, body).status_code == 403


def test_neither_the_database_nor_a_repeat_nor_the_audit_log_tells_a_secret(rig: Rig) -> None:
    first = rig.post(MINE, {"password": PASSWORD}, key="k")
    again = rig.post(MINE, {"password": PASSWORD}, key="k")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json() == {"secret": None, "address": None, "picture": None}
    shown = first.get_json()
    assert shown["address"].startswith("otpauth://totp/Sportello:anna%40example.org?")
    assert shown["picture"].startswith("data:image/svg+xml")
    device = pyotp.TOTP(shown["secret"])
    codes = rig.post(f"{MINE}/confirmation", {"code": code(rig, device)}, key="c").get_json()
    assert rig.post(f"{MINE}/confirmation", {"code": code(rig, device)}, key="c").get_json() == {
        "recovery_codes": None
    }
    kept = str([list(rig.db[name].find()) for name in rig.db.list_collection_names()])
    for secret in (shown["secret"], PASSWORD, code(rig, device), *codes["recovery_codes"]):
        assert secret not in kept
    entries = rig.get("/audit?what=second_factor").get_json()["items"]
    assert HIDDEN in str(entries)


def test_a_code_counts_once_also_among_simultaneous_requests(rig: Rig) -> None:
    device, _ = confirmed(rig)
    typed = code(rig, device)
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: rig.post(f"{MINE}/recovery-codes", {"code": typed}).status_code, range(4))
        )
    assert sorted(answers) == [201, 403, 403, 403]


def test_the_code_of_the_confirmation_counts_no_more(rig: Rig) -> None:
    device = begun(rig)
    typed = code(rig, device)
    rig.post(f"{MINE}/confirmation", {"code": typed})
    assert rig.post(f"{MINE}/recovery-codes", {"code": typed}).status_code == 403
    assert rig.post(f"{MINE}/recovery-codes", {"code": code(rig, device, 1)}).status_code == 201
    assert rig.post(f"{MINE}/recovery-codes", {"code": code(rig, device)}).status_code == 403


@pytest.mark.parametrize(("steps", "status"), [(-2, 403), (-1, 201), (0, 201), (1, 201), (2, 403)])
def test_clocks_may_differ_by_half_a_minute(rig: Rig, steps: int, status: int) -> None:
    device, _ = confirmed(rig)
    rig.clock.forward(minutes=5)
    answer = rig.post(f"{MINE}/recovery-codes", {"code": code(rig, device, steps)})
    assert answer.status_code == status


@pytest.mark.parametrize("typed", ["12345", "1234567", "abcdef", "١٢٣٤٥٦", "------", "a" * 100, " "])
def test_what_is_no_code_is_refused(rig: Rig, typed: str) -> None:
    confirmed(rig)
    assert rig.post(f"{MINE}/recovery-codes", {"code": typed}).status_code == 403


def test_a_recovery_code_counts_once_however_it_is_typed(rig: Rig) -> None:
    _, codes = confirmed(rig)
    typed = codes[0].upper().replace("-", " ")
    renewed = rig.post(f"{MINE}/recovery-codes", {"code": typed})
    assert renewed.status_code == 201
    others = renewed.get_json()["recovery_codes"]
    assert not set(others) & set(codes)
    assert rig.post(f"{MINE}/recovery-codes", {"code": codes[1]}).status_code == 403, "an earlier one"
    assert rig.post(f"{MINE}/removal", {"code": others[0]}).status_code == 200
    assert rig.get(MINE).get_json()["confirmed_at"] is None
    assert rig.post(f"{MINE}/removal", {"code": others[1]}).status_code == 404


def test_guessing_codes_slows_down(rig: Rig) -> None:
    device, _ = confirmed(rig)
    tried = [rig.post(f"{MINE}/removal", {"code": "000000"}).status_code for _ in range(FREE_PER_ACCOUNT + 1)]
    assert tried == [403] * FREE_PER_ACCOUNT + [429]
    blocked = rig.post(f"{MINE}/removal", {"code": code(rig, device)})
    assert (blocked.status_code, int(blocked.headers["Retry-After"]) > 0) == (429, True)


def test_a_password_alone_makes_no_token_any_more(rig: Rig) -> None:
    confirmed(rig)
    login = {"Authorization": "Basic " + base64.b64encode(f"{EMAIL}:{PASSWORD}".encode()).decode()}
    refused = rig.client.post("/api/v1/settings/api-tokens", json={"name": "x"}, headers=login)
    assert (refused.status_code, refused.get_json()["type"].rpartition(":")[2]) == (
        403,
        "second-factor-needed",
    )


def test_who_runs_the_users_resets_it_and_nobody_else(rig: Rig) -> None:
    path = f"/users/{BRUNO}/second-factor"
    answer = rig.post(MINE, {"password": PASSWORD}, token=OTHER_TOKEN)
    assert answer.status_code == 201
    assert rig.get(path).get_json()["begun"] is True
    assert rig.call("DELETE", path, token=OTHER_TOKEN).status_code == 403
    assert rig.call("DELETE", path).status_code == 204
    assert rig.call("DELETE", path).status_code == 404
    assert rig.call("DELETE", "/users/nobody/second-factor").status_code == 404


@pytest.mark.parametrize(
    ("policy", "admin", "agent"),
    [("nobody", False, False), ("admins", True, False), ("everybody", True, True)],
)
def test_the_desk_says_who_has_to_have_one(rig: Rig, policy: str, admin: bool, agent: bool) -> None:
    if policy != "nobody":
        assert rig.change("/settings/access", {"second_factor": policy}).status_code == 200
    rig.store._cached.clear()  # type: ignore[attr-defined]
    states: list[Any] = [rig.get(MINE, token=token).get_json() for token in (TOKEN, OTHER_TOKEN)]
    assert [state["demanded"] for state in states] == [admin, agent]
    login = {"Authorization": "Basic " + base64.b64encode(f"bruno@example.org:{PASSWORD}".encode()).decode()}
    made = rig.client.post("/api/v1/settings/api-tokens", json={"name": "x"}, headers=login)
    assert made.status_code == (403 if agent else 201)


def test_who_must_have_one_does_not_take_it_away(rig: Rig) -> None:
    device, _ = confirmed(rig)
    rig.change("/settings/access", {"second_factor": "admins"})
    rig.store._cached.clear()  # type: ignore[attr-defined]
    refused = rig.post(f"{MINE}/removal", {"code": code(rig, device)})
    assert (refused.status_code, refused.get_json()["type"].rpartition(":")[2]) == (
        409,
        "second-factor-demanded",
    )
