"""Files taken down for sending and put back: what left is removed, what stays keeps its place."""

from __future__ import annotations

import errno
from collections.abc import Collection, Sequence

import structlog

from services.webhook_gateway.counts import SpoolCounts
from services.webhook_gateway.spool.directory import SET_ASIDE, SpoolDirectory, SpoolFile
from services.webhook_gateway.spool.entries import Content, Entry, encode_entry
from services.webhook_gateway.spool.lanes import Lane, lane_of

_log = structlog.get_logger(__name__)


class Waiting:
    """One entry of one file."""

    __slots__ = ("entry", "file", "index")

    def __init__(self, file: SpoolFile, index: int, entry: Entry) -> None:
        self.file = file
        self.index = index
        self.entry = entry


class Shelf:
    """Opens files for the drainer and remembers of them what their names do not say.

    `open` and `close` run in a thread and note what happened; `report` logs it, outside of it.
    """

    def __init__(self, directory: SpoolDirectory, counts: SpoolCounts) -> None:
        self._directory = directory
        self._counts = counts
        self._lanes: dict[str, frozenset[Lane]] = {}
        self._gone: dict[str, set[int]] = {}
        self._damaged: list[str] = []
        self._failures: list[str] = []

    def forget_all_but(self, files: Sequence[SpoolFile]) -> None:
        """Others may have removed some."""
        names = {file.name for file in files}
        self._lanes = {name: lanes for name, lanes in self._lanes.items() if name in names}
        self._gone = {name: gone for name, gone in self._gone.items() if name in names}

    def waits_for(self, file: SpoolFile, held: set[Lane]) -> bool:
        """Whether this file is known to hold nothing but messages of these lanes."""
        lanes = self._lanes.get(file.name)
        return lanes is not None and lanes <= held

    def open(self, files: Sequence[SpoolFile]) -> list[Waiting]:
        """All entries of these files that have not left yet, in the order their requests came."""
        found: list[Waiting] = []
        for named in files:
            try:
                file, content = self._read(named)
            except OSError as error:
                self._failures.append(f"{named.name}: {error.strerror}")
                continue
            gone = self._gone.get(file.name, ())
            if len(gone) == len(content.entries):
                self._put_back(file, [], set())
            found += [
                Waiting(file, index, entry)
                for index, entry in enumerate(content.entries)
                if index not in gone
            ]
        return sorted(found, key=lambda waiting: waiting.entry.at)

    def close(self, waiting: Sequence[Waiting], sent: Collection[Waiting]) -> None:
        """Remove the files of which everything was sent, and rewrite those of which a part was."""
        files: dict[SpoolFile, list[Waiting]] = {}
        for item in waiting:
            files.setdefault(item.file, []).append(item)
        for file, items in files.items():
            rest = sorted((item for item in items if item not in sent), key=lambda item: item.index)
            self._put_back(file, rest, {item.index for item in items if item in sent})

    def report(self) -> None:
        """Tell the operator what happened to the files since the last time."""
        for name in self._damaged:
            _log.error("spool file damaged, what is whole in it was kept", file=name + SET_ASIDE)
            self._counts.corrupt()
        for failure in self._failures:
            _log.warning("spool file cannot be handled", reason=failure)
        self._damaged.clear()
        self._failures.clear()

    def _read(self, file: SpoolFile) -> tuple[SpoolFile, Content]:
        """A file's entries; of a damaged one, what is whole goes into a new file and the old one aside."""
        try:
            content = self._directory.load(file)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            content = Content([], damaged=True)
        if not content.damaged:
            return file, content
        kept = self._rewrite(file, content.entries) if content.entries else file
        try:
            self._directory.set_aside(file)
        except OSError:
            if kept != file:
                self._directory.remove([kept])
            raise
        self._damaged.append(file.name)
        return kept, content

    def _put_back(self, file: SpoolFile, rest: Sequence[Waiting], sent: set[int]) -> None:
        try:
            kept = file
            if rest and sent:
                kept = self._rewrite(file, [item.entry for item in rest])
            if sent or not rest:
                self._directory.remove([file])
                self._gone.pop(file.name, None)
            if rest:
                self._lanes[kept.name] = frozenset(lane_of(item.entry.message) for item in rest)
        except OSError as error:
            # They are with the broker, only the disk does not let go of them: not to be sent again.
            self._gone.setdefault(file.name, set()).update(sent)
            self._failures.append(f"{file.name}: {error.strerror}")

    def _rewrite(self, file: SpoolFile, entries: Sequence[Entry]) -> SpoolFile:
        return self._directory.write(file.at, [encode_entry(entry) for entry in entries])
