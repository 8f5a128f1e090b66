"""Two desks whose automatic answers go to each other stop by themselves, also where headers get lost."""

from __future__ import annotations

import re

import pytest

from services.ticket_service.domain.notices import Notices
from tests.mail.whole_desk import Posted, WholeDesk

_ONE, _OTHER = "help@one.example", "support@other.example"
_BREAKER = 12
_FIRST = (
    f"From: Other desk <{_OTHER}>\r\nTo: {_ONE}\r\nSubject: Order 7\r\nMessage-ID: <first@other.example>\r\n"
    "Date: Thu, 27 Feb 2025 21:20:00 +0000\r\n\r\nWhere is it?"
).encode()
_MACHINES = ("Auto-Submitted", "X-Auto-Response-Suppress")
_THREAD = ("In-Reply-To", "References", "Reply-To")


def _without(raw: bytes, *names: str) -> bytes:
    """A mail after a gateway that loses these headers."""
    pattern = rf"(?im)^(?:{'|'.join(names)}):[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*"
    head, blank, body = raw.partition(b"\r\n\r\n")
    return re.sub(pattern.encode(), b"", head + b"\r\n") + blank[2:] + body if names else raw


def _forgetful(raw: bytes, number: int) -> bytes:
    """A gateway after which nothing tells any more which mail is answered."""
    raw = _without(raw, *_MACHINES, *_THREAD, "Message-ID", "Subject")
    return f"Message-ID: <{number}@gateway.example>\r\nSubject: Mail {number}\r\n".encode() + raw


def _mailbox(address: str) -> str:
    """Where a mail to `name+anything@…` is put."""
    return re.sub(r"\+[^@]*@", "@", address)


def _exchanged(one: WholeDesk, other: WholeDesk, lost: tuple[str, ...] | None, rounds: int) -> int:
    """How many mails the desks sent by themselves until none sent any more; `lost` None: all that tells."""
    desks = {_ONE: one, _OTHER: other}
    count = 0
    for _ in range(rounds):
        posted: list[Posted] = [*one.sends(), *other.sends()]
        if not posted:
            return count
        for address, raw in posted:
            count += 1
            desks[_mailbox(address)].gets(_forgetful(raw, count) if lost is None else _without(raw, *lost))
        for desk in desks.values():
            desk.clock.advance(20)
    raise AssertionError(f"they never stopped: {count} mails")


@pytest.fixture
def desks() -> tuple[WholeDesk, WholeDesk]:
    one, other = WholeDesk(_ONE), WholeDesk(_OTHER)
    one.gets(_FIRST)
    return one, other


def test_one_answer_is_not_answered(desks: tuple[WholeDesk, WholeDesk]) -> None:
    one, other = desks
    assert _exchanged(one, other, (), 100) == 1
    assert [each["title"] for each in one.tickets.tickets()] == ["Order 7"]
    assert other.tickets.tickets() == []
    (aside,) = other.tickets.store.collections["triage"].values()
    assert (aside["state"], aside["reason"]) == ("ignored", "auto-reply")


@pytest.mark.parametrize("lost", [_MACHINES, (*_MACHINES, *_THREAD)])
def test_without_the_words_of_machines_the_thread_ends_it(
    desks: tuple[WholeDesk, WholeDesk], lost: tuple[str, ...]
) -> None:
    # Each desk opens one ticket and says so; what says so to the first one has the tag of its ticket.
    assert _exchanged(*desks, lost, 100) == 2


def test_without_anything_the_breaker_ends_it(desks: tuple[WholeDesk, WholeDesk]) -> None:
    one, other = desks
    count = _exchanged(one, other, None, 200)
    assert count == 2 * _BREAKER
    assert len(one.tickets.tickets()) <= _BREAKER + 1


@pytest.mark.parametrize(("lost", "most"), [((), 1), (_MACHINES, 2), (None, 2 * _BREAKER)])
def test_notices_to_requesters_end_as_well(lost: tuple[str, ...] | None, most: int) -> None:
    events = ("opened", "replied", "status_changed", "reopened", "assigned")
    one, other = WholeDesk(_ONE), WholeDesk(_OTHER)
    for desk in (one, other):
        desk.tickets.has(Notices(sends=dict.fromkeys(events, ("requester",))))
    one.gets(_FIRST)
    assert _exchanged(one, other, lost, 200) <= most


def test_the_day_after_the_breaker_lets_people_be_answered_again(desks: tuple[WholeDesk, WholeDesk]) -> None:
    one, other = desks
    _exchanged(one, other, None, 200)
    one.clock.advance(25 * 3600)
    one.gets(_FIRST.replace(b"first@", b"tomorrow@").replace(b"27 Feb", b"28 Feb"))
    assert [address for address, _ in one.sends()] == [_OTHER]
