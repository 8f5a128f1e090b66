"""No file is served before the virus scanner has seen it, where the desk has one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from services.ticket_service.acting import Desk, Frame, NotFound, Remember, WrongState, save_once, until_saved
from services.ticket_service.conflicts import decide_again_on_conflict
from services.ticket_service.domain.attachment import (
    INFECTED,
    STORED,
    UNSCANNABLE,
    Attachment,
    AttachmentError,
)
from services.ticket_service.domain.attachment_policy import AttachmentPolicy
from services.ticket_service.ports import Changes
from shared.blobs.store import BlobMissing, BlobStore
from shared.messaging.message import Unavailable

_log = structlog.get_logger(__name__)

Scan = Callable[[Iterable[bytes]], str | None]
"""Looks at a file's content: the name of what it found, None when nothing. NotScannable, ScannerAway."""

AT_ONCE: Final = 100
AT_MOST: Final = timedelta(seconds=5)

_TOO_LARGE: Final = AttachmentError(
    UNSCANNABLE,
    "The file is larger than the virus scanner takes, so nobody knows what is in it.",
    "Let an administrator raise clamd's StreamMaxLength, then check the file again.",
)


class ScannerAway(Exception):
    """The virus scanner does not answer; nothing is served that it has not seen."""


class NotScannable(Exception):
    """The virus scanner does not take files of this size."""


class Infected(Exception):
    """The file that somebody brings holds what the argument names."""


UNFIT: Final = (Infected, NotScannable, ScannerAway)
"""Why a file that somebody brings is not taken."""


def refuse_infected(content: Iterable[bytes], scan: Scan | None) -> bool:
    """Look at a file somebody brings; whether it was looked at. Infected, NotScannable, ScannerAway."""
    if scan is None:
        return False
    found = scan(content)
    if found is not None:
        _log.warning("infected upload refused", found=found)
        raise Infected(found)
    return True


def seen(desk: Desk, attachment: Attachment, blobs: BlobStore, scan: Scan | None) -> Attachment:
    """The file, looked at by the scanner if it never was; blocked when something was found. ScannerAway."""
    if scan is None or attachment.state != STORED or attachment.scanned_at is not None:
        return attachment
    found = _look(attachment, blobs, scan)

    def attempt() -> Attachment:
        known = desk.store.load_attachments([attachment.id]).get(attachment.id)
        if known is None:
            raise NotFound("file")
        known.scanned(found, desk.clock())
        _save(desk, known)
        return known

    return decide_again_on_conflict(attempt)


def look_at_waiting(
    desk: Desk, waiting: Callable[[int], Sequence[Attachment]], blobs: BlobStore, scan: Scan, now: datetime
) -> int:
    """Show the scanner files it has not seen, before anybody opens them; how many it looked at.

    `waiting` gives at most so many, the oldest first. It ends after AT_MOST, so that other jobs get their
    turn. Unavailable: the scanner is away, too; it goes on from there.
    """
    looked = 0
    for attachment in waiting(AT_ONCE):
        try:
            seen(desk, attachment, blobs, scan)
        except ScannerAway as error:
            raise Unavailable("the virus scanner does not answer") from error
        except NotFound:
            # Forgotten meanwhile: nobody can open it, and it must not keep those behind it from their turn.
            decide_again_on_conflict(partial(_nothing_there, desk, attachment.id))
        looked += 1
        if desk.clock() - now > AT_MOST:
            break
    return looked


def check_again(
    desk: Desk,
    attachment_id: str,
    blobs: BlobStore,
    scan: Scan | None,
    frame: Frame,
    remember: Remember[Attachment],
) -> Attachment:
    """Hold a stored or blocked file against the policy as it is now, and show it to the scanner again.

    Without a scanner, what one found earlier stays blocked. NotFound, WrongState, ScannerAway, TooBusy.
    """
    known = desk.store.load_attachments([attachment_id]).get(attachment_id)
    looked = known is not None and known.blob_id is not None and scan is not None
    found = _look(known, blobs, scan) if looked and known is not None and scan is not None else None

    def attempt() -> Attachment:
        attachment = desk.store.load_attachments([attachment_id]).get(attachment_id)
        if attachment is None:
            raise NotFound("file")
        if attachment.blob_id is None:
            raise WrongState("file", attachment.state, STORED)
        if looked:
            attachment.scanned(found, desk.clock())
        policy = desk.store.setting(AttachmentPolicy)
        attachment.keep_back(policy.refusal(attachment.filename, attachment.mime_type, attachment.size))
        changes = Changes()
        changes.touch(attachment)
        return save_once(desk, changes, attachment, remember)

    return until_saved(attempt, frame)


def _look(attachment: Attachment, blobs: BlobStore, scan: Scan) -> AttachmentError | None:
    try:
        with blobs.open(attachment.blob_id or "") as (_, pieces):
            found = scan(pieces)
    except BlobMissing:
        raise NotFound("file in the store") from None
    except NotScannable:
        return _TOO_LARGE
    if found is None:
        return None
    _log.warning("infected file blocked", attachment=attachment.id, found=found)
    return AttachmentError(
        INFECTED,
        f"The virus scanner found {found[:200]} in it.",
        "Tell the sender. If it is a mistake of the scanner's, update it and check the file again.",
    )


def _nothing_there(desk: Desk, attachment_id: str) -> None:
    for known in desk.store.load_attachments([attachment_id]).values():
        known.scanned(None, desk.clock())
        _save(desk, known)


def _save(desk: Desk, attachment: Attachment) -> None:
    changes = Changes()
    changes.touch(attachment)
    desk.save(changes)
