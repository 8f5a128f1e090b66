"""What people type is recognised as what messages bring."""

from __future__ import annotations

import pytest

from services.ticket_service.act.identities import identity_of
from services.ticket_service.act.records_of_work import Unfit


@pytest.mark.parametrize(
    ("kind", "typed", "value", "address"),
    [
        ("whatsapp", "+39 335 103-2246", "+393351032246", "393351032246"),
        ("whatsapp", "0039 (335) 1032246", "+393351032246", "393351032246"),
        ("whatsapp", "+52 1 55 1234 5678", "+525512345678", "5215512345678"),
        ("whatsapp", "+55 11 8765 4321", "+5511987654321", "551187654321"),
        ("whatsapp", "+54 11 2345 6789", "+5491123456789", "541123456789"),
        ("phone", "+39 06 1234567", "+39061234567", "+39061234567"),
        ("email", " Anna.Rossi@Example.org ", "anna.rossi@example.org", "Anna.Rossi@example.org"),
    ],
)
def test_each_way_of_writing_is_the_same_identity(kind: str, typed: str, value: str, address: str) -> None:
    identity = identity_of(kind, typed)
    assert (identity.kind, identity.value, identity.address) == (kind, value, address)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("phone", "335 1032246"),
        ("phone", "+39"),
        ("phone", "+39 335 1032246 999 999 999"),
        ("phone", "anna"),
        ("phone", "+39 335 1032246 ext. 12"),
        ("whatsapp", ""),
        ("whatsapp", "+" * 500),
        ("email", "anna"),
        ("email", "anna@"),
        ("email", "a" * 300 + "@example.org"),
        ("email", "anna@example.org\nBcc: x@example.org"),
    ],
)
def test_what_is_no_identity_is_refused(kind: str, typed: str) -> None:
    with pytest.raises(Unfit) as refused:
        identity_of(kind, typed)
    assert refused.value.mistakes[0][0] == "value"
