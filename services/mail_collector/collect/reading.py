"""One mail on its way: kept as it came, read, its files stored; then what is said of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from marshmallow import ValidationError

from services.mail_collector import announce
from services.mail_collector.announce import Trail
from services.mail_collector.domain.found import Found
from services.mail_collector.domain.reading import Aside, ReadFile, Reading
from services.mail_collector.ports import MailReader
from shared.blobs.content_type import LOOKED_AT, true_type
from shared.blobs.store import SMALL, BlobStore
from shared.messaging.message import Outgoing, Unavailable

_log = structlog.get_logger(__name__)

RAW_TYPE: Final = "message/rfc822"
_LOOKED_AT: Final = 65_536
_FIELDS: Final = re.compile(rb"[^\n]+(?:\n[ \t][^\n]*)*\n?")
_KNOWN_BY: Final = (b"from:", b"sender:", b"reply-to:", b"to:", b"cc:", b"subject:", b"date:", b"message-id:")


@dataclass(frozen=True, slots=True)
class Said:
    """The messages one mail becomes; `aside`: it was put into quarantine."""

    messages: tuple[Outgoing, ...]
    aside: bool


class MailReading:
    """Safe to use from many threads."""

    def __init__(self, reader: MailReader, blobs: BlobStore) -> None:
        self._reader = reader
        self._blobs = blobs

    def keep(self, mails: Sequence[tuple[Found, bytes]]) -> None:
        """The mails as they came, before anything is said of them. Unavailable: the blob store is away."""
        small = {found.raw_blob: raw for found, raw in mails if len(raw) <= SMALL}
        self._blobs.put_small(small, mime_type=RAW_TYPE)
        for found, raw in mails:
            if found.raw_blob not in small:
                self._blobs.put(found.raw_blob, [raw], mime_type=RAW_TYPE, max_bytes=len(raw))

    def read(self, raw: bytes, found: Found, trail: Trail) -> Said:
        """What is to be published about a kept mail. Unavailable: the blob store is away."""
        reading = self._reader.read_mail(raw, found)
        if reading.aside is None:
            try:
                return Said(self._say(reading, found, trail), aside=False)
            except ValidationError as error:
                aside = Aside("not-announceable", f"What was read of the mail breaks the contract: {error}")
            except Unavailable:
                raise
            except Exception as error:
                # Mails are as odd as whoever made them: one of them ends in quarantine, the next one goes on.
                _log.exception("announcing a mail failed", key=found.key, channel_id=found.channel_id)
                aside = Aside("unexpected-error", f"{type(error).__name__} while the mail was announced.")
        else:
            aside = reading.aside
        _log.warning("mail put aside", key=found.key, channel_id=found.channel_id, reason=aside.reason)
        return Said((announce.quarantined(found, aside, headers_of(raw), trail),), aside=True)

    def _say(self, reading: Reading, found: Found, trail: Trail) -> tuple[Outgoing, ...]:
        """The message first: what is said of its files then has a place to go."""
        messages = [announce.received(found, reading.message, trail)] if reading.message is not None else []
        messages += [
            announce.reported(found, number, data, trail) for number, data in enumerate(reading.reports)
        ]
        return (*messages, *(self._store(file, found, trail) for file in reading.files))

    def _store(self, file: ReadFile, found: Found, trail: Trail) -> Outgoing:
        mime_type = true_type(file.mime_type, file.content[:LOOKED_AT])
        blob = self._blobs.put(
            file.id, [file.content], mime_type=mime_type, max_bytes=max(len(file.content), 1)
        )
        return announce.stored(found, file, blob, trail)


def headers_of(raw: bytes) -> bytes:
    """The beginning of a mail, up to its first empty line; first what people know it by.

    What servers write on the way stands above that and is often longer than what is shown of a mail.
    """
    beginning = raw[:_LOOKED_AT]
    ends = [at for at in (beginning.find(b"\r\n\r\n"), beginning.find(b"\n\n")) if at >= 0]
    fields: list[bytes] = _FIELDS.findall(beginning[: min(ends)] if ends else beginning)
    known_by = [each for each in fields if each.lower().startswith(_KNOWN_BY)]
    return b"".join([*known_by, *(each for each in fields if not each.lower().startswith(_KNOWN_BY))])
