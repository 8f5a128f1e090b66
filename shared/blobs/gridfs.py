"""The blob store in MongoDB, laid out as GridFS: pieces first, and a file that makes them visible at the end.

The layout is GridFS's, so that its tools read it; the driver's own reader and writer are not used, because
they hold 16 and 32 MB of each file in memory (pymongo 4.20, gridfs/grid_file.py).
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import structlog
from bson.int64 import Int64
from pymongo import MongoClient
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from shared.blobs.content import Measured
from shared.blobs.store import BLOB_ID, SMALL, Blob, BlobMissing
from shared.messaging.message import Unavailable
from shared.mongo.connect import Document, database
from shared.mongo.transactions import database_errors

_log = structlog.get_logger(__name__)

PIECE: Final = 1 << 20
"""Bytes per document: each is one write confirmed by the majority, so larger than GridFS's usual 255 KiB."""

_DUPLICATE: Final = 11_000
"""MongoDB's code for a key that is there already."""

ABANDONED_SECONDS: Final = 3_600
"""Pieces without a file are of a process that died, when they are older; no put may take half as long."""


class GridFsBlobStore:
    """A BlobStore. The file's name is the blob's id and unique; its `_id` names one upload.

    So the pieces of an upload that died, or of two at a time, never meet, and inserting the file decides
    which upload it is.
    """

    def __init__(self, client: MongoClient[Document], database_name: str) -> None:
        db = database(client, database_name)
        self._files = db["blobs.files"]
        self._pieces = db["blobs.chunks"]
        self._prepared = False

    def put(
        self, blob_id: str, content: Iterable[bytes], *, mime_type: str, max_bytes: int, sha256: str = ""
    ) -> Blob:
        """Store the content; see the port."""
        if not BLOB_ID.match(blob_id):
            raise ValueError("not a blob's id")
        self._prepare()
        found = self._find(blob_id)
        if found is not None:
            return _blob(found)
        began = time.time()
        upload = f"{blob_id}/{int(began):010d}-{secrets.token_hex(8)}"
        measured = Measured(content, piece=PIECE, max_bytes=max_bytes)
        try:
            self._write(upload, measured)
            measured.check(sha256)
            if time.time() - began > ABANDONED_SECONDS / 2:
                raise Unavailable("storing the content took too long")
        except BaseException:
            self._forget(upload)
            raise
        return self._publish(upload, Blob(blob_id, measured.size, measured.sha256, mime_type))

    def put_small(self, contents: Mapping[str, bytes], *, mime_type: str) -> None:
        """Store many at once; see the port. Three round trips, however many there are."""
        if any(not BLOB_ID.match(blob_id) or len(data) > SMALL for blob_id, data in contents.items()):
            raise ValueError("not a blob's id, or not small")
        if not contents:
            return
        self._prepare()
        with database_errors():
            known = {file["filename"] for file in self._files.find({"filename": {"$in": sorted(contents)}})}
        began, random = int(time.time()), secrets.token_hex(8)
        uploads = {f"{blob_id}/{began:010d}-{random}": blob_id for blob_id in contents.keys() - known}
        if not uploads:
            return
        pieces = [
            {"files_id": upload, "n": 0, "data": contents[blob_id]}
            for upload, blob_id in uploads.items()
            if contents[blob_id]
        ]
        blobs = [
            _file(upload, Blob(blob_id, len(data), hashlib.sha256(data).hexdigest(), mime_type))
            for upload, blob_id in uploads.items()
            for data in (contents[blob_id],)
        ]
        with database_errors():
            if pieces:
                self._pieces.insert_many(pieces, ordered=False)
            try:
                self._files.insert_many(blobs, ordered=False)
            except BulkWriteError as error:
                self._forget_doubles(error)

    def _forget_doubles(self, error: BulkWriteError) -> None:
        """Somebody stored the same blobs in the meantime: theirs stay. Any other error passes."""
        failed = error.details["writeErrors"]
        if any(each["code"] != _DUPLICATE for each in failed):
            raise error
        self._discard({"files_id": {"$in": [each["op"]["_id"] for each in failed]}})

    @contextmanager
    def open(self, blob_id: str) -> Iterator[tuple[Blob, Iterator[bytes]]]:
        """The blob and its content; see the port."""
        found = self._find(blob_id)
        if found is None:
            raise BlobMissing(blob_id)
        yield _blob(found), self._read(found)

    def delete(self, blob_id: str) -> bool:
        """Forget it, and what uploads of it left behind when their process died; see the port."""
        with database_errors():
            found = self._files.find_one_and_delete({"filename": blob_id})
            if found is not None:
                self._pieces.delete_many({"files_id": found["_id"]})
        self._sweep(blob_id)
        return found is not None

    def _prepare(self) -> None:
        """The indexes the promises rest on, once per process and before the first write."""
        if self._prepared:
            return
        with database_errors():
            self._files.create_index("filename", unique=True)
            self._pieces.create_index([("files_id", 1), ("n", 1)], unique=True)
        self._prepared = True

    def _find(self, blob_id: str) -> Document | None:
        with database_errors():
            return self._files.find_one({"filename": blob_id})

    def _write(self, upload: str, measured: Measured) -> None:
        for number, piece in enumerate(measured):
            with database_errors():
                self._pieces.insert_one({"files_id": upload, "n": number, "data": piece})

    def _publish(self, upload: str, blob: Blob) -> Blob:
        """Make the upload the blob. When the answer is lost its pieces stay: the file may be there."""
        with database_errors():
            try:
                self._files.insert_one(_file(upload, blob))
            except DuplicateKeyError:
                self._forget(upload)
                found = self._find(blob.id)
                if found is None:
                    raise Unavailable("the blob was deleted while it was stored again") from None
                return _blob(found)
        self._sweep(blob.id)
        return blob

    def _sweep(self, blob_id: str) -> None:
        """Remove what earlier uploads of this blob left behind when their process died."""
        abandoned = f"{blob_id}/{int(time.time()) - ABANDONED_SECONDS:010d}"
        self._discard({"files_id": {"$gte": f"{blob_id}/", "$lt": abandoned}})

    def _forget(self, upload: str) -> None:
        self._discard({"files_id": upload})

    def _discard(self, pieces: Document) -> None:
        """As far as it goes: what stays is invisible, and swept when the blob is stored another time."""
        try:
            self._pieces.delete_many(pieces)
        except PyMongoError as error:
            _log.warning("pieces of an unfinished blob stay", reason=type(error).__name__)

    def _read(self, file: Document) -> Iterator[bytes]:
        left = int(file["length"])
        with database_errors():
            cursor = self._pieces.find({"files_id": file["_id"]}, {"data": 1}).sort("n", 1).batch_size(2)
            with cursor:
                for piece in cursor:
                    left -= len(piece["data"])
                    yield piece["data"]
        if left:
            raise BlobMissing(file["filename"])


def _file(upload: str, blob: Blob) -> Document:
    return {
        "_id": upload,
        "filename": blob.id,
        "length": Int64(blob.size),
        "chunkSize": PIECE,
        "uploadDate": datetime.now(UTC),
        "metadata": {"sha256": blob.sha256, "mime_type": blob.mime_type},
    }


def _blob(file: Document) -> Blob:
    metadata = file["metadata"]
    return Blob(file["filename"], int(file["length"]), metadata["sha256"], metadata["mime_type"])
