"""What every blob store must do; run on GridFS and on its in-memory twin."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from shared.blobs.gridfs import PIECE, GridFsBlobStore
from shared.blobs.store import SMALL, Blob, BlobDamaged, BlobMissing, BlobStore, BlobTooLarge
from shared.mongo.connect import connect
from tests.support.memory_blobs import MemoryBlobStore

MIB = 1 << 20


@pytest.fixture(params=["memory", pytest.param("gridfs", marks=pytest.mark.integration)])
def store(request: pytest.FixtureRequest) -> Iterator[BlobStore]:
    if request.param == "memory":
        yield MemoryBlobStore()
        return
    with connect(request.getfixturevalue("mongodb_uri"), "test") as client:
        yield GridFsBlobStore(client, request.getfixturevalue("database_name"))


def put(
    store: BlobStore, content: bytes = b"hello", blob_id: str = "b1", limit: int = MIB, sha256: str = ""
) -> Blob:
    parts = (content[start : start + 70_001] for start in range(0, len(content), 70_001))
    return store.put(blob_id, parts, mime_type="text/plain", max_bytes=limit, sha256=sha256)


def read(store: BlobStore, blob_id: str = "b1") -> bytes:
    with store.open(blob_id) as (_blob, content):
        return b"".join(content)


def is_missing(store: BlobStore, blob_id: str = "b1") -> bool:
    try:
        read(store, blob_id)
    except BlobMissing:
        return True
    return False


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_is_put_comes_back_with_its_measures(store: BlobStore, size: int) -> None:
    content = bytes(index % 251 for index in range(size))
    blob = put(store, content, limit=size)
    assert blob == Blob("b1", size, hashlib.sha256(content).hexdigest(), "text/plain")
    with store.open("b1") as (found, pieces):
        assert found == blob
        assert b"".join(pieces) == content


def test_what_was_never_put_is_missing(store: BlobStore) -> None:
    assert is_missing(store)
    assert is_missing(store, "$ne")
    assert store.delete("b1") is False


def test_a_second_put_changes_nothing_and_tells_what_is_there(store: BlobStore) -> None:
    first = put(store)
    assert put(store, b"something else") == first
    assert read(store) == b"hello"


def test_a_deleted_blob_is_gone_and_can_be_put_again(store: BlobStore) -> None:
    put(store)
    assert store.delete("b1") is True
    assert is_missing(store)
    put(store, b"again")
    assert read(store) == b"again"


def test_one_byte_too_many_stores_nothing(store: BlobStore) -> None:
    with pytest.raises(BlobTooLarge) as refused:
        put(store, b"x" * 100_001, limit=100_000)
    assert refused.value.limit == 100_000
    assert is_missing(store)
    put(store, b"x" * 100_000, limit=100_000)


def test_an_endless_content_is_left_at_the_limit(store: BlobStore) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1000
            yield b"x" * 1000

    with pytest.raises(BlobTooLarge):
        store.put("b1", endless(), mime_type="text/plain", max_bytes=10_000)
    assert taken == 11_000


def test_content_that_is_not_what_its_checksum_says_is_not_stored(store: BlobStore) -> None:
    right = hashlib.sha256(b"hello").hexdigest()
    with pytest.raises(BlobDamaged):
        put(store, b"hallo", sha256=right)
    assert is_missing(store)
    assert put(store, b"hello", sha256=right.upper()).sha256 == right


def test_when_the_source_breaks_nothing_is_stored_and_the_next_put_succeeds(store: BlobStore) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * (PIECE + 1)
        raise ConnectionResetError("the provider went away")

    with pytest.raises(ConnectionResetError):
        store.put("b1", broken(), mime_type="text/plain", max_bytes=10 * PIECE)
    assert is_missing(store)
    put(store)
    assert read(store) == b"hello"


def test_two_puts_at_once_end_with_one_blob_that_both_are_told_of(store: BlobStore) -> None:
    together = Barrier(4)

    def race(number: int) -> Blob:
        def content() -> Iterator[bytes]:
            together.wait(timeout=10)
            yield bytes([number]) * (PIECE + 5)

        return store.put("b1", content(), mime_type="text/plain", max_bytes=10 * PIECE)

    with ThreadPoolExecutor(4) as pool:
        blobs = list(pool.map(race, range(4)))
    assert len(set(blobs)) == 1
    assert hashlib.sha256(read(store)).hexdigest() == blobs[0].sha256


@pytest.mark.parametrize("unfit", ["", "a/b", "è", "x" * 101, "a\n"])
def test_an_id_that_fits_no_address_is_refused(store: BlobStore, unfit: str) -> None:
    with pytest.raises(ValueError, match="id"):
        put(store, blob_id=unfit)


def test_many_small_ones_are_put_at_once_and_what_is_there_stays(store: BlobStore) -> None:
    put(store, b"first")
    store.put_small({"b1": b"another", "b2": b"second", "b3": b""}, mime_type="message/rfc822")
    found = {}
    for blob_id in ("b1", "b2", "b3"):
        with store.open(blob_id) as (blob, content):
            found[blob_id] = (b"".join(content), blob.size, blob.mime_type)
    assert found == {
        "b1": (b"first", 5, "text/plain"),
        "b2": (b"second", 6, "message/rfc822"),
        "b3": (b"", 0, "message/rfc822"),
    }
    with store.open("b2") as (blob, _):
        assert blob.sha256 == hashlib.sha256(b"second").hexdigest()


@pytest.mark.parametrize("contents", [{"b/1": b"x"}, {"b1": b"x" * (SMALL + 1)}])
def test_what_is_not_small_or_has_no_fit_id_is_refused(store: BlobStore, contents: dict[str, bytes]) -> None:
    with pytest.raises(ValueError):
        store.put_small(contents, mime_type="text/plain")


def test_small_ones_put_by_several_at_a_time_are_stored_once_and_whole(store: BlobStore) -> None:
    contents = {f"b{number}": f"content {number}".encode() for number in range(20)}
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: store.put_small(contents, mime_type="text/plain"), range(6)))
    for blob_id, expected in contents.items():
        with store.open(blob_id) as (_, content):
            assert b"".join(content) == expected
