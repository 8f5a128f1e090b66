"""The second factor at the door: asked for, demanded, replayed, guessed, and lost."""

from __future__ import annotations

import pyotp
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from services.ticket_service.auth import FREE_PER_ACCOUNT
from tests.ticket_service.api.rig import ANNA, EMAIL, PASSWORD, Rig
from tests.ticket_service.console.doors.doors import is_in, log_in, send, token_of

pytestmark = pytest.mark.integration


def with_device(rig: Rig) -> tuple[pyotp.TOTP, list[str]]:
    """The administrator's device and recovery codes; the code of the confirmation is over."""
    secret = rig.post("/me/second-factor", {"password": PASSWORD}).get_json()["secret"]
    device = pyotp.TOTP(secret)
    made = rig.post("/me/second-factor/confirmation", {"code": device.at(rig.clock.now)})
    rig.clock.forward(seconds=60)
    return device, made.get_json()["recovery_codes"]


def demand(rig: Rig) -> None:
    rig.change("/settings/access", {"second_factor": "admins"})
    rig.store._cached.clear()  # type: ignore[attr-defined]


def shown_secret(client: FlaskClient) -> str:
    page = BeautifulSoup(client.get("/login/device").text, "html.parser")
    secret = page.find("code", class_="door-secret")
    assert secret is not None
    return secret.get_text(strip=True)


def test_the_password_alone_opens_nothing(rig: Rig) -> None:
    device, _ = with_device(rig)
    client, answer = log_in(rig, next="/tickets")
    assert answer.headers["Location"] == "/login/code"
    assert not is_in(client)
    assert client.get("/profile").status_code == 302
    assert send(client, "/login/code", code="000000").status_code == 401
    assert not is_in(client)
    done = send(client, "/login/code", code=device.at(rig.clock.now))
    assert done.headers["Location"] == "/tickets"
    assert is_in(client)


def test_a_code_that_was_used_is_worth_nothing_to_who_saw_it(rig: Rig) -> None:
    device, codes = with_device(rig)
    code = device.at(rig.clock.now)
    first, _ = log_in(rig)
    second, _ = log_in(rig)
    assert send(first, "/login/code", code=code).status_code == 302
    assert send(second, "/login/code", code=code).status_code == 401
    assert send(second, "/login/code", code=codes[0]).status_code == 302
    third, _ = log_in(rig)
    assert send(third, "/login/code", code=codes[0]).status_code == 401
    assert not is_in(third)


def test_guessing_codes_slows_down_over_all_browsers(rig: Rig) -> None:
    device, _ = with_device(rig)
    for _ in range(FREE_PER_ACCOUNT):
        client, _ = log_in(rig)
        assert send(client, "/login/code", code="000000").status_code == 401
    client, _ = log_in(rig)
    blocked = send(client, "/login/code", code=device.at(rig.clock.now))
    assert (blocked.status_code, "Try again in" in blocked.text) == (429, True)
    assert not is_in(client)


@pytest.mark.parametrize("what", ["late", "password", "switched off", "reset"])
def test_between_the_two_steps_nothing_may_change(rig: Rig, what: str) -> None:
    device, _ = with_device(rig)
    client, _ = log_in(rig)
    token = token_of(client, "/login/code")
    if what == "late":
        rig.clock.forward(minutes=10)
    elif what == "password":
        rig.db["users"].update_one({"_id": ANNA}, {"$set": {"password_hash": "another"}})
    elif what == "switched off":
        rig.db["users"].update_one({"_id": ANNA}, {"$set": {"active": False}})
    else:
        rig.db["users"].delete_one({"_id": ANNA})
    answer = client.post("/login/code", data={"csrf_token": token, "code": device.at(rig.clock.now)})
    assert answer.headers["Location"] == "/login"
    assert not is_in(client)


def test_nobody_comes_to_the_second_step_without_the_first(rig: Rig) -> None:
    client = rig.app.test_client()
    for path in ("/login/code", "/login/device"):
        assert client.get(path).headers["Location"] == "/login"
        token = token_of(client)
        answer = client.post(path, data={"csrf_token": token, "code": "000000"})
        assert answer.headers["Location"] == "/login"
    client, _ = log_in(rig, EMAIL, "wrong")
    assert client.get("/login/code").headers["Location"] == "/login"


def test_both_steps_need_a_form_of_ours(rig: Rig) -> None:
    device, _ = with_device(rig)
    client, _ = log_in(rig)
    answer = client.post("/login/code", data={"code": device.at(rig.clock.now)})
    assert answer.status_code == 403
    assert not is_in(client)


def test_who_must_have_one_sets_it_up_before_anything_else(rig: Rig) -> None:
    demand(rig)
    client, answer = log_in(rig, next="/tickets")
    assert answer.headers["Location"] == "/login/device"
    assert not is_in(client)
    secret = shown_secret(client)
    assert shown_secret(client) == secret, "looking twice is no new secret"
    with client.session_transaction() as session:
        assert secret not in str(dict(session)), "the cookie is signed, not secret"
    assert send(client, "/login/device", code="000000").status_code == 401
    assert (
        client.post(
            "/login/code", data={"csrf_token": token_of(client, "/login/device"), "code": ""}
        ).headers["Location"]
        == "/login/device"
    )
    assert not is_in(client)
    done = send(client, "/login/device", code=pyotp.TOTP(secret).at(rig.clock.now))
    page = BeautifulSoup(done.text, "html.parser")
    assert len(page.select(".door-codes li")) == 10
    assert page.find("a", href="/tickets") is not None
    assert is_in(client)
    again, answer = log_in(rig)
    assert answer.headers["Location"] == "/login/code"
    assert not is_in(again)


def test_a_device_set_up_in_one_browser_ends_the_setting_up_in_another(rig: Rig) -> None:
    demand(rig)
    thief, _ = log_in(rig)
    owner, _ = log_in(rig)
    mine, theirs = shown_secret(owner), shown_secret(thief)
    assert mine != theirs
    assert send(owner, "/login/device", code=pyotp.TOTP(mine).at(rig.clock.now)).status_code == 200
    rig.clock.forward(seconds=30)
    answer = send(thief, "/login/device", code=pyotp.TOTP(theirs).at(rig.clock.now))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login")
    assert not is_in(thief)


def test_a_reset_lets_in_with_the_password_again(rig: Rig) -> None:
    with_device(rig)
    assert rig.call("DELETE", f"/users/{ANNA}/second-factor").status_code == 204
    assert is_in(log_in(rig)[0])
