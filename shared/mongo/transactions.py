"""One transaction with the retries MongoDB's documentation asks for, and errors in our own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    ExecutionTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.messaging.message import Unavailable
from shared.mongo.connect import Document

T = TypeVar("T")

COMMIT_TRIES: Final = 5
_AWAY_CODES: Final = frozenset({6, 7, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436})
"""HostUnreachable, HostNotFound, NetworkTimeout, ShutdownInProgress, PrimarySteppedDown, ExceededTimeLimit,
SocketException, NotWritablePrimary, InterruptedAtShutdown, InterruptedDueToReplStateChange,
NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary (MongoDB's error code list)."""


class WriteConflict(Exception):
    """Somebody else changed the same documents first: load again and decide again."""


def is_away(error: PyMongoError) -> bool:
    """Whether the database is unreachable or changing its primary, as opposed to refusing what we asked."""
    if isinstance(error, ConnectionFailure | NotPrimaryError | WTimeoutError | ExecutionTimeout):
        return True
    return isinstance(error, OperationFailure) and error.code in _AWAY_CODES


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn "the database is away" into Unavailable; every other error passes."""
    try:
        yield
    except PyMongoError as error:
        if is_away(error):
            raise Unavailable(f"{type(error).__name__}: {error}"[:300]) from error
        raise


def in_transaction(client: MongoClient[Document], work: Callable[[ClientSession], T]) -> T:
    """Run `work` in one transaction (snapshot reads, majority writes) and commit it.

    WriteConflict: a transient transaction error or a duplicate key, decide again. Unavailable: the
    database is away. A commit whose outcome is unknown is asked for again, as the server makes that safe.
    """
    with database_errors(), client.start_session() as session:
        session.start_transaction(
            read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority", j=True)
        )
        try:
            result = work(session)
        except BaseException as error:
            _abort(session)
            if isinstance(error, PyMongoError) and _is_conflict(error):
                raise WriteConflict(str(error)[:300]) from error
            raise
        _commit(session)
        return result


def _abort(session: ClientSession) -> None:
    try:
        session.abort_transaction()
    except PyMongoError:
        return  # the server forgets it by itself


def _commit(session: ClientSession) -> None:
    for attempt in range(1, COMMIT_TRIES + 1):
        try:
            session.commit_transaction()
        except PyMongoError as error:
            if error.has_error_label("UnknownTransactionCommitResult") and attempt < COMMIT_TRIES:
                continue
            if _is_conflict(error):
                raise WriteConflict(str(error)[:300]) from error
            raise
        else:
            return


def _is_conflict(error: PyMongoError) -> bool:
    if is_away(error):
        return False
    if error.has_error_label("TransientTransactionError"):
        return True
    if isinstance(error, BulkWriteError):
        details = error.details or {}
        return any(item.get("code") in (11000, 112) for item in details.get("writeErrors", []))
    return isinstance(error, OperationFailure) and error.code in (11000, 112)
