"""Subjects, tags, tokens and threads of mails."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain.mail import (
    MailPerson,
    MailThread,
    MessageMail,
    answer_subject,
    bare_subject,
    tags_of,
    without_tags,
)
from services.ticket_service.domain.mail_token import MailDesk, mark_of, marked
from shared.contracts.mail_address import MARK

DESK = MailDesk(("k" * 32,), {"mail": ("support@desk.example", "help@desk.example")})


@pytest.mark.parametrize(
    ("given_subject", "bare"),
    [
        ("Re: Ciao", "Ciao"),
        ("RE: R: I: Fwd: FW: Ciao", "Ciao"),
        ("Re[2]: AW: WG: Ciao", "Ciao"),
        ("Antw: SV: Ciao", "Ciao"),
        ("RE : Ciao", "Ciao"),
        ("Ciao: re", "Ciao: re"),
        ("Rete: guasto", "Rete: guasto"),
        ("  Re:\r\n Ciao\tmondo ", "Ciao mondo"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_a_subject_without_what_programs_put_in_front(given_subject: str, bare: str) -> None:
    assert bare_subject(given_subject) == bare


@pytest.mark.parametrize(
    "subject", ["Ciao", "Re: Ciao", "Re: [TT1] Ciao", "[TT1] Re: [TT1] Ciao", "R: [TT1] Re: [TT1] Ciao"]
)
def test_an_answers_subject_never_piles_up(subject: str) -> None:
    assert answer_subject(subject, "TT1", tagged=True) == "Re: [TT1] Ciao"
    assert answer_subject(subject, "TT1", tagged=True).count("[TT1]") == 1


def test_without_tags_an_answers_subject_is_the_customers_own() -> None:
    assert answer_subject("Fwd: Ciao", "TT1", tagged=False) == "Re: Ciao"
    assert answer_subject("", "TT1", tagged=True) == "Re: [TT1]"


def test_tags_are_found_wherever_they_stand() -> None:
    assert tags_of("Re: [TT1] [x y] Ciao [2025/3] []") == ["TT1", "2025/3"]
    assert len(tags_of("[a]" * 500 + "".join(f"[{n}]" for n in range(500)))) <= 10
    assert without_tags("Re: [tt1] Fwd: [TT2] [ext] Ciao", {"TT1", "TT2"}) == "[ext] Ciao"


@given(st.text(max_size=60))
def test_an_answers_subject_is_one_line_whatever_was_asked(subject: str) -> None:
    answer = answer_subject(subject, "TT1", tagged=True)
    assert "\n" not in answer
    assert "\r" not in answer
    assert answer_subject(answer, "TT1", tagged=True) == answer


@pytest.mark.parametrize("number", ["TT24", "2025/00017", "A.b_c-9", "é7", "x" * 80])
def test_a_token_is_fit_for_addresses_and_says_which_ticket_it_may_be(number: str) -> None:
    token = DESK.token("ticket-1", number)
    assert re.fullmatch(MARK, token)
    assert DESK.is_token_of(token, "ticket-1", number)
    assert not DESK.is_token_of(token, "ticket-2", number)
    assert not DESK.is_token_of(token[:-1] + ("a" if token[-1] != "a" else "b"), "ticket-1", number)
    if mark_of(number):
        assert marked(token) == mark_of(number)


def test_without_a_key_no_token_is_made_or_believed() -> None:
    assert MailDesk().token("ticket-1", "TT1") == ""
    assert not MailDesk().is_token_of(DESK.token("ticket-1", "TT1"), "ticket-1", "TT1")
    assert "kkk" not in repr(DESK)


@given(st.text(max_size=70))
def test_nothing_but_a_token_is_one(text: str) -> None:
    assert not DESK.is_token_of(text, "ticket-1", "TT1")


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("support@desk.example", True),
        (" Support+tt1-x@DESK.example ", True),
        ("help@desk.example", True),
        ("other@desk.example", False),
        ("support@desk.example.evil", False),
        ("support", False),
        ("", False),
    ],
)
def test_the_desk_knows_its_own_addresses(address: str, own: bool) -> None:
    assert DESK.is_own(address) is own


def test_a_thread_keeps_the_latest_mails_in_their_order_and_everybody_once() -> None:
    first = MessageMail("Re: Ciao", MailPerson("A@x"), (MailPerson("b@x"),), message_id="1")
    thread = MailThread().joined(first, first.addresses())
    assert thread == MailThread("Ciao", ("1",), ("a@x", "b@x"))
    second = MessageMail("Other", MailPerson("b@x"), message_id="2", references=("0", "1"))
    thread = thread.joined(second, second.addresses())
    assert thread == MailThread("Ciao", ("0", "1", "2"), ("a@x", "b@x"))
    assert thread.joined(second, ()) == thread
    together = MailThread("Late", ("9",), ("c@x", "a@x")).together(thread)
    assert together == MailThread("Late", ("0", "1", "2", "9"), ("c@x", "a@x", "b@x"))
