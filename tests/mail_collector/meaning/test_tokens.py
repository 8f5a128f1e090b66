"""What may be a token of the desk is found where the desk puts its tokens, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mail_collector.channels.email.tokens import MAX_TOKENS, tokens_in

_SIGNATURE = "abcdefghij23"
_TOKEN = f"tt24-{_SIGNATURE}"


@pytest.mark.parametrize(
    ("addressed", "ids", "tokens"),
    [
        ([f"help+{_TOKEN}@desk.example"], [], [_TOKEN]),
        ([f"HELP+{_TOKEN.upper()}@DESK.EXAMPLE"], [], [_TOKEN]),
        ([f"Desk <help+{_TOKEN}@desk.example>, anna@client.example"], [], [_TOKEN]),
        ([], [f"0123456789abcdef0123456789abcdef.{_TOKEN}@desk.example"], [_TOKEN]),
        ([f"help+{_TOKEN}@d.example"], [f"0.tt25-{_SIGNATURE}@d.example"], [_TOKEN, f"tt25-{_SIGNATURE}"]),
        ([f"help+{_TOKEN}@d.example", f"help+{_TOKEN}@d.example"], [], [_TOKEN]),
        ([f"help+tt24-{_SIGNATURE[:-1]}@d.example"], [], []),
        ([f"help+tt24-{_SIGNATURE}x@d.example"], [], []),
        ([f"help+tt24-{_SIGNATURE[:-1]}1@d.example"], [], []),
        (["help+newsletter@desk.example", "help@desk.example"], ["CAF+xyz@mail.gmail.com"], []),
        ([_TOKEN], [_TOKEN], []),
        ([], [], []),
    ],
)
def test_tokens_are_found(addressed: list[str], ids: list[str], tokens: list[str]) -> None:
    assert tokens_in(addressed, ids) == tokens


def test_no_more_than_the_contract_carries() -> None:
    addressed = [f"help+t{n}-{_SIGNATURE}@d.example" for n in range(500)]
    assert len(tokens_in(addressed, [])) == MAX_TOKENS


@given(st.lists(st.text(max_size=60), max_size=5), st.lists(st.text(max_size=60), max_size=5))
def test_whatever_stands_there_is_read(addressed: list[str], ids: list[str]) -> None:
    assert all(len(token) <= 60 for token in tokens_in(addressed, ids))
