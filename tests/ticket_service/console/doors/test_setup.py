"""The first page of a desk: there while nobody works at it, for whoever was shown the code."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from bs4 import BeautifulSoup

from services.ticket_service.auth import FREE_PER_ACCOUNT
from services.ticket_service.console.doors.preset_texts import ENTRIES, WORDS
from services.ticket_service.domain.dictionary import FIRST_ENTRIES
from services.ticket_service.domain.first_run import code_digest
from services.ticket_service.domain.presets import PRESETS
from services.ticket_service.store import collections as names
from services.ticket_service.store.preparing_people import PreparingPeople
from tests.ticket_service.api.rig import Rig
from tests.ticket_service.console.doors.doors import is_in, send, token_of

pytestmark = pytest.mark.integration
CODE = "abcd-efgh-jkmn"


@pytest.fixture
def new_desk(rig: Rig) -> Iterator[Rig]:
    """A prepared desk without users."""
    rig.db[names.USERS].delete_many({})
    rig.store._cached.clear()  # type: ignore[attr-defined]
    PreparingPeople(rig.db).first_run(code_digest(CODE), rig.clock.now)
    yield rig
    rig.clean()


def chosen(**changes: str) -> dict[str, Any]:
    typed = {"code": CODE, "name": "Carla Bianchi", "email": "Carla@Example.org"}
    typed |= {"password": "a long new password", "language": "it", "time_zone": "Europe/Rome"}
    return {**typed, "preset": "S003", **changes}


def test_the_desk_opens_with_its_administrator_language_and_way_of_working(new_desk: Rig) -> None:
    rig = new_desk
    client = rig.app.test_client()
    assert client.get("/").headers["Location"].startswith("/login")
    assert client.get("/login").headers["Location"] == "/setup"
    number = rig.hear("Buongiorno")
    done = send(client, "/setup", **chosen(code="ABCD EFGH JKMN"))
    assert (done.status_code, done.headers["Location"]) == (302, "/")
    me = client.get("/api/v1/me").get_json()["user"]
    assert (me["email"], me["name"], me["roles"]) == ("carla@example.org", "Carla Bianchi", ["admin"])
    rig.store._cached.clear()  # type: ignore[attr-defined]
    assert [each.key for each in rig.store.workflow().statuses] == ["open", "pending", "closed", "spam"]
    desk = client.get("/api/v1/settings/desk").get_json()
    assert (desk["language"], desk["time_zone"]) == ("it", "Europe/Rome")
    ticket = client.get(f"/api/v1/tickets/{number}").get_json()
    assert ticket["status"]["key"] == "open", "what customers opened meanwhile goes on"
    assert client.get("/setup").headers["Location"] == "/login"
    other = rig.app.test_client()
    assert other.get("/setup").headers["Location"] == "/login"
    stale = other.post("/setup", data={**chosen(), "csrf_token": token_of(other)})
    assert stale.headers["Location"] == "/login"
    assert rig.db[names.USERS].count_documents({}) == 1
    assert CODE not in str(list(rig.db["audit"].find()))


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"code": "abcd-efgh-jkmm"}, 403),
        ({"code": ""}, 403),
        ({"email": "nobody"}, 422),
        ({"password": "short"}, 422),
        ({"name": " "}, 422),
        ({"language": "xx"}, 422),
        ({"time_zone": "Europe/Atlantis"}, 422),
        ({"preset": "S999"}, 422),
    ],
)
def test_what_is_wrong_is_said_at_its_place_and_nothing_typed_is_lost(
    new_desk: Rig, wrong: dict[str, str], status: int
) -> None:
    client = new_desk.app.test_client()
    answer = send(client, "/setup", **chosen(**wrong))
    assert answer.status_code == status
    page = BeautifulSoup(answer.text, "html.parser")
    typed = {str(each.get("name")): each.get("value") for each in page.find_all("input")}
    expected = chosen(**wrong)
    for name in ("code", "name", "email"):
        assert typed[name] == expected[name]
    assert typed["password"] == ""
    assert new_desk.db[names.USERS].count_documents({}) == 0
    assert not is_in(client)


def test_the_code_is_not_guessed_and_the_page_takes_forms_of_ours_only(new_desk: Rig) -> None:
    client = new_desk.app.test_client()
    assert client.post("/setup", data=chosen()).status_code == 403
    tries = [
        send(client, "/setup", **chosen(code=f"wrong {n}")).status_code for n in range(FREE_PER_ACCOUNT + 1)
    ]
    assert tries == [403] * FREE_PER_ACCOUNT + [429]
    assert send(client, "/setup", **chosen()).status_code == 429
    assert new_desk.db[names.USERS].count_documents({}) == 0


def test_two_who_have_the_code_make_one_administrator(new_desk: Rig) -> None:
    def opened(number: int) -> int:
        client = new_desk.app.test_client()
        typed = chosen(email=f"user{number}@example.org", name=f"User {number}")
        return send(client, "/setup", **typed).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(opened, range(4)))
    assert new_desk.db[names.USERS].count_documents({}) == 1
    assert answers.count(302) >= 1


def test_preparing_again_shows_another_code_and_none_when_somebody_works_here(new_desk: Rig) -> None:
    people = PreparingPeople(new_desk.db)
    assert people.first_run(code_digest("other-code-here"), new_desk.clock.now)
    client = new_desk.app.test_client()
    assert send(client, "/setup", **chosen()).status_code == 403
    assert send(client, "/setup", **chosen(code="other-code-here")).status_code == 302
    assert not people.first_run(code_digest(CODE), new_desk.clock.now)
    assert new_desk.db["first_run"].count_documents({}) == 0


def test_every_text_of_presets_and_dictionaries_is_found_by_translators() -> None:
    listed = {str(each._args[0]) for each in (*WORDS, *ENTRIES)}
    needed = {each.label for each in FIRST_ENTRIES}
    for status in (each for preset in PRESETS.values() for each in preset):
        needed |= {status.label, status.description, *status.justifications}
    assert needed == listed
