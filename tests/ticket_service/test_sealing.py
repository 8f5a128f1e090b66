"""Sealed answers: only the key opens them, and keys can be changed."""

from __future__ import annotations

import pytest

from services.ticket_service.domain.confidential import Unsealable
from services.ticket_service.sealing import FernetSeal

OLD, NEW = "o" * 32, "n" * 32


def test_what_is_sealed_says_nothing_and_opens_again() -> None:
    sealed = FernetSeal([NEW]).seal(b"IT60 X054")
    assert "IT60" not in sealed
    assert FernetSeal([NEW]).open(sealed) == b"IT60 X054"


def test_an_earlier_key_still_opens_while_it_stands_behind_the_new_one() -> None:
    sealed = FernetSeal([OLD]).seal(b"IT60")
    assert FernetSeal([NEW, OLD]).open(sealed) == b"IT60"
    with pytest.raises(Unsealable):
        FernetSeal([NEW]).open(sealed)


@pytest.mark.parametrize("damaged", ["", "gAAAAA", "nothing sealed"])
def test_what_was_never_sealed_does_not_open(damaged: str) -> None:
    with pytest.raises(Unsealable):
        FernetSeal([NEW]).open(damaged)


def test_without_a_key_there_is_no_seal() -> None:
    with pytest.raises(ValueError, match="secret"):
        FernetSeal([])
