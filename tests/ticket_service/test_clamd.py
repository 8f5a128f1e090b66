"""The virus scanner's client, against a stand-in that speaks its protocol."""

from __future__ import annotations

import pytest

from services.ticket_service.act.scanning import NotScannable, ScannerAway
from services.ticket_service.clamd import Clamd
from tests.support.fake_clamd import MARKER, NAME, running_clamd


def test_what_is_found_is_named_and_what_is_clean_is_not() -> None:
    with running_clamd() as server:
        clamd = Clamd(server.address)
        assert clamd([b"harmless", b"", b"x" * 5_000]) is None
        assert clamd([MARKER[:4], MARKER[4:]]) == NAME
        assert clamd([]) is None
    assert server.scanned == [5_008, len(MARKER), 0]


def test_what_is_too_long_for_it_is_said_so_also_when_it_hangs_up() -> None:
    with running_clamd(most_bytes=10_000) as server:
        for size in (10_001, 30_000_000):
            with pytest.raises(NotScannable):
                Clamd(server.address)([b"x" * size])


def test_a_scanner_that_fails_or_is_gone_is_no_clean_bill() -> None:
    with running_clamd() as server:
        server.error = True
        with pytest.raises(ScannerAway):
            Clamd(server.address)([b"x"])
    with pytest.raises(ScannerAway):
        Clamd(server.address)([b"x"])
    with pytest.raises(ScannerAway):
        Clamd("unix:///nowhere/clamd.ctl")([b"x"])


@pytest.mark.parametrize(
    "address",
    ["", "localhost:3310", "http://host:1", "tcp://", "tcp://h:1/path", "tcp://h:99999", "unix://relative"],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError):
        Clamd(address)
