"""The format of spool files: what goes in comes out, and no damage makes a message that was not written."""

from __future__ import annotations

import json
import zlib

from hypothesis import given
from hypothesis import strategies as st

from services.webhook_gateway.spool.entries import Entry, decode_file, encode_entry, encode_file
from shared.messaging.message import Outgoing

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ENTRIES = st.builds(
    Entry,
    st.integers(0, 2**63 - 1),
    st.builds(Outgoing, NAMES, NAMES, st.binary() | st.text().map(str.encode)),
)
SAMPLE = [
    Entry(1_740_691_293_000_000_000, Outgoing("inbound", "inbound.3", '{"text": "perché\n"}'.encode())),
    Entry(1_740_691_293_000_000_001, Outgoing("inbound", "inbound.5", b"\xff\x00 no text")),
    Entry(1_740_691_293_000_000_002, Outgoing("", "", b"")),
]


def encoded(entries: list[Entry]) -> bytes:
    return encode_file([encode_entry(entry) for entry in entries])


@given(st.lists(ENTRIES, max_size=6))
def test_what_goes_in_comes_out_whatever_it_is(entries: list[Entry]) -> None:
    assert decode_file(encoded(entries)) == (entries, False)


def test_large_bodies_are_kept_whole() -> None:
    entries = [
        Entry(1, Outgoing("inbound", "inbound.1", body)) for body in (b"x" * 3_500_000, b"\xfe" * 3_500_000)
    ]
    assert decode_file(encoded(entries)) == (entries, False)


def test_a_file_can_be_read_without_this_code() -> None:
    title, first, second, third = encoded(SAMPLE).decode().splitlines()
    assert title == "sportello-spool 1 3"
    checksum, length, document = first.split(" ", 2)
    assert (int(checksum, 16), int(length)) == (zlib.crc32(document.encode()), len(document.encode()))
    assert json.loads(document) == {
        "at": 1_740_691_293_000_000_000,
        "exchange": "inbound",
        "routing_key": "inbound.3",
        "body": '{"text": "perché\n"}',
    }
    assert "base64" in second
    assert third.endswith('"body":""}')


def test_a_torn_file_gives_the_whole_messages_before_the_tear_and_is_damaged() -> None:
    whole = encoded(SAMPLE)
    for length in range(len(whole)):
        entries, damaged = decode_file(whole[:length])
        assert damaged
        assert entries == SAMPLE[: len(entries)]


def test_a_flipped_bit_costs_at_most_the_messages_it_touches() -> None:
    whole = encoded(SAMPLE)
    for place in range(8 * len(whole)):
        content = bytearray(whole)
        content[place // 8] ^= 1 << place % 8
        entries, damaged = decode_file(bytes(content))
        assert damaged
        assert all(entry in SAMPLE for entry in entries)
        assert len(entries) >= len(SAMPLE) - 2  # a line break that is gone makes one line of two


@given(st.lists(ENTRIES, min_size=1, max_size=4), st.data())
def test_no_damage_makes_a_wrong_message(entries: list[Entry], data: st.DataObject) -> None:
    content = bytearray(encoded(entries))
    start = data.draw(st.integers(0, len(content)))
    content[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    found, damaged = decode_file(bytes(content))
    assert all(entry in entries for entry in found)
    assert damaged or found == entries


@given(st.binary(max_size=300))
def test_anything_at_all_can_be_read_without_an_error(content: bytes) -> None:
    assert decode_file(content) == ([], True) or content.startswith(b"sportello-spool 1 0\n")
