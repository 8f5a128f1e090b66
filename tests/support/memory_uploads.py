"""The in-memory twin of what remembers the files of visitors."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from shared.messaging.message import Unavailable


class MemoryUploads:
    """Files in dicts. `away`: be away until it is set back."""

    def __init__(self) -> None:
        self.away = False
        self._waiting: dict[str, datetime] = {}
        self._going: dict[str, datetime] = {}
        self._gone: set[str] = set()

    def begin(self, blob_id: str, at: datetime) -> None:
        """Remember a file."""
        self._meet()
        self._waiting[blob_id] = at

    def name(self, blob_ids: Collection[str], at: datetime) -> set[str]:
        """A message names these."""
        self._meet()
        for blob_id in blob_ids:
            self._waiting.pop(blob_id, None)
        return {blob_id for blob_id in blob_ids if blob_id in self._going or blob_id in self._gone}

    def claim(self, before: datetime, limit: int) -> list[str]:
        """Files from before this time that no message named."""
        self._meet()
        old = sorted((at, blob_id) for blob_id, at in (self._waiting | self._going).items() if at < before)
        for at, blob_id in old[:limit]:
            self._waiting.pop(blob_id, None)
            self._going[blob_id] = at
        return [blob_id for _, blob_id in old[:limit]]

    def removed(self, blob_ids: Collection[str], at: datetime) -> None:
        """These are not stored any more."""
        self._meet()
        for blob_id in blob_ids:
            if self._going.pop(blob_id, None) is not None:
                self._gone.add(blob_id)

    def _meet(self) -> None:
        if self.away:
            raise Unavailable("told to be away")
