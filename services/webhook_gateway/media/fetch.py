"""One try to bring one file from its provider into the blob store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from services.webhook_gateway.domain.media_job import Kept, Trouble, Wanted
from services.webhook_gateway.media.checksums import as_hex
from services.webhook_gateway.ports import Fetcher, FetchTrouble, Incoming
from shared.blobs.content_type import LOOKED_AT, true_type
from shared.blobs.store import Blob, BlobDamaged, BlobMissing, BlobStore, BlobTooLarge

_SMALLER = "Ask the customer to send it in a smaller form."


class OneTry:
    """Fetches what is wanted; the blob's id is the attachment's, so that no file is stored twice."""

    def __init__(self, fetchers: Mapping[str, Fetcher], blobs: BlobStore) -> None:
        self._fetchers = fetchers
        self._blobs = blobs

    def __call__(self, wanted: Wanted, alive: Callable[[], None]) -> Kept:
        """The file in the store. FetchTrouble; Unavailable when the store is away.

        `alive` is called at every piece; what it raises ends the try.
        """
        try:
            with self._blobs.open(wanted.id) as (blob, _):
                return _kept(blob, wanted.filename)
        except BlobMissing:
            pass
        fetcher = self._fetchers.get(wanted.channel_id)
        if fetcher is None:
            detail = f"There is no channel {wanted.channel_id} any more to fetch it from."
            raise FetchTrouble(Trouble("unknown-channel", detail, lasting=True))
        with fetcher.open(wanted) as incoming:
            return self._store(wanted, incoming, fetcher.max_bytes, alive)

    def _store(self, wanted: Wanted, incoming: Incoming, limit: int, alive: Callable[[], None]) -> Kept:
        if incoming.size is not None and incoming.size > limit:
            raise FetchTrouble(_too_large(f"{incoming.size} bytes", limit))
        checksum = as_hex(incoming.sha256) or as_hex(wanted.sha256)
        size = incoming.size if incoming.size is not None else wanted.size
        pieces = _watched(incoming.content, alive, size if not checksum else None)
        beginning = _beginning(pieces)
        mime_type = true_type(incoming.mime_type or wanted.mime_type, beginning)
        try:
            blob = self._blobs.put(
                wanted.id,
                _joined(beginning, pieces),
                mime_type=mime_type,
                max_bytes=limit,
                sha256=checksum,
            )
        except BlobTooLarge:
            raise FetchTrouble(_too_large(f"more than {limit} bytes", limit)) from None
        except BlobDamaged:
            raise FetchTrouble(_damaged("The file that came is not the one that was announced.")) from None
        return _kept(blob, wanted.filename or incoming.filename)


def _watched(content: Iterator[bytes], alive: Callable[[], None], size: int | None) -> Iterator[bytes]:
    """The content; at its end FetchTrouble when it has not the declared size (None: that is not checked)."""
    seen = 0
    for piece in content:
        alive()
        seen += len(piece)
        yield piece
    if size is not None and seen != size:
        raise FetchTrouble(_damaged(f"The file has {seen} bytes; {size} were announced."))


def _beginning(pieces: Iterator[bytes]) -> bytes:
    """As much as decides about the type."""
    taken = b""
    for piece in pieces:
        taken += piece
        if len(taken) >= LOOKED_AT:
            break
    return taken


def _joined(beginning: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield beginning
    yield from rest


def _kept(blob: Blob, filename: str) -> Kept:
    return Kept(blob.size, blob.sha256, blob.mime_type, filename)


def _damaged(detail: str) -> Trouble:
    return Trouble("damaged", detail, "Ask the customer to send it again.")


def _too_large(size: str, limit: int) -> Trouble:
    return Trouble("too-large", f"The file has {size}; this desk takes {limit}.", _SMALLER, lasting=True)
