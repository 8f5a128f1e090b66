"""One transaction, decided again for as long as others write the same documents."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Final

from pymongo import MongoClient
from pymongo.client_session import ClientSession

from services.notifier.ports import T
from services.notifier.store.documents import Document
from shared.messaging.message import Unavailable
from shared.mongo.transactions import WriteConflict, in_transaction

CONFLICT_TRIES: Final = 50


def until_decided(client: MongoClient[Document], work: Callable[[ClientSession], T]) -> T:
    """What `work` returns once its transaction is committed. Unavailable: the database is away."""
    for attempt in range(CONFLICT_TRIES):
        try:
            return in_transaction(client, work)
        except WriteConflict:
            # Those who collided would collide again: each waits for another moment, longer from try to try.
            time.sleep(random.uniform(0, 0.004 * min(attempt + 1, 10)))  # noqa: S311 - jitter, not a secret
    raise Unavailable("others keep writing the same documents")
