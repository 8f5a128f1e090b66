"""Whether a live chat is online, and by whom; what its settings may be agrees with what the wire allows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.ticket_service.domain import chat_settings
from services.ticket_service.domain.chat_offer import at_the_desk, is_online
from services.ticket_service.domain.chat_settings import ALWAYS, BOTH, HOURS, NEVER, PRESENCE
from services.ticket_service.domain.user import User
from shared.contracts import chat_offered, reply_parts


@pytest.mark.parametrize(
    ("how", "neither", "opened", "staffed", "both"),
    [
        (BOTH, False, False, False, True),
        (HOURS, False, True, False, True),
        (PRESENCE, False, False, True, True),
        (ALWAYS, True, True, True, True),
        (NEVER, False, False, False, False),
    ],
)
def test_what_makes_a_chat_online(how: str, neither: bool, opened: bool, staffed: bool, both: bool) -> None:
    stands = [is_online(how, opened=o, staffed=s) for s in (False, True) for o in (False, True)]
    assert stands == [neither, opened, staffed, both]


def user(name: str, *, roles: tuple[str, ...] = ("agent",), active: bool = True, there: bool = True) -> User:
    now = datetime(2025, 2, 27, tzinfo=UTC)
    return User(name, f"{name}@desk.example", name, list(roles), now, active=active, available=there)


def test_at_the_desk_is_who_may_answer_is_available_and_was_heard_of() -> None:
    users = [
        user("Vera"),
        user("anna"),
        user("Away", there=False),
        user("Gone", active=False),
        user("Reader", roles=("viewer",)),
        user("Silent"),
    ]
    seen = {each.id for each in users} - {"Silent"}
    assert [each.name for each in at_the_desk(users, seen)] == ["anna", "Vera"]


def test_the_settings_say_the_words_of_the_wire() -> None:
    ours, theirs = chat_settings, chat_offered
    assert ours.TEXTS == theirs.TEXTS
    assert set(ours.FORM_WHEN) == set(theirs.FORM_WHEN)
    assert (set(ours.POSITIONS), set(ours.THEMES)) == (set(theirs.POSITIONS), set(theirs.THEMES))
    assert set(ours.FIELD_KINDS) == set(reply_parts.FORM_FIELD_KINDS)
