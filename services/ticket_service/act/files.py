"""Files that people bring, and files of customers that shall be fetched once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from services.ticket_service.acting import Desk, Frame, NotFound, Remember, WrongState, save_once, until_saved
from services.ticket_service.announce_requests import media_requested_for
from services.ticket_service.domain.attachment import FAILED, Attachment
from services.ticket_service.domain.attachment_policy import AttachmentPolicy
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.thumbnail import pictures_of
from services.ticket_service.ports import SECTION, Changes
from shared.blobs.store import Blob, BlobStore

ASKED_AGAIN: Final = "file_requested_again"


def keep_upload(
    desk: Desk,
    kind: str,
    filename: str,
    blob: Blob,
    scanned: bool,
    frame: Frame,
    remember: Remember[Attachment],
) -> Attachment:
    """An upload, stored under the id that it gets: it can be sent with an answer from now on. TooBusy.

    `scanned` says that a virus scanner found nothing in it.
    """

    def attempt() -> Attachment:
        now = desk.clock()
        attachment = Attachment(
            id=blob.id, kind=kind, channel_id="", channel_kind="", created_at=now, uploaded_by=frame.actor
        )
        attachment.stored(blob.id, blob.mime_type, filename, blob.sha256, blob.size, now)
        if scanned:
            attachment.scanned(None, now)
        return save_once(desk, Changes(attachments={attachment.id: attachment}), attachment, remember)

    return until_saved(attempt, frame)


def fetch_again(desk: Desk, attachment_id: str, frame: Frame, remember: Remember[Attachment]) -> Attachment:
    """Ask once more for a customer's file. NotFound, WrongState (it did not fail), TooBusy."""

    def attempt() -> Attachment:
        attachment = desk.store.load_attachments([attachment_id]).get(attachment_id)
        if attachment is None or not attachment.reference or attachment.message_id is None:
            raise NotFound("customer's file")
        if attachment.state != FAILED:
            raise WrongState("file", attachment.state, FAILED)
        now, failure = desk.clock(), attachment.failure
        attachment.ask_again(now)
        changes = Changes(events=[media_requested_for(attachment, now, frame.cause)])
        changes.touch(attachment)
        if attachment.ticket_id is not None:
            before, after = failure.code if failure else None, attachment.filename or attachment.kind
            changes.history.append(
                HistoryEntry(
                    desk.new_id(), attachment.ticket_id, now, frame.actor, ASKED_AGAIN, before, after
                )
            )
        return save_once(desk, changes, attachment, remember)

    return until_saved(attempt, frame)


def forget_contents(blobs: BlobStore, files: Iterable[Attachment]) -> None:
    """Delete contents and small pictures of these files; may be repeated. Unavailable."""
    for file in files:
        if file.blob_id is not None:
            for blob_id in (*pictures_of(file.blob_id), file.blob_id):
                blobs.delete(blob_id)


def policy_of(desk: Desk) -> AttachmentPolicy:
    """Which files are taken, as it is stored this moment."""
    return desk.store.record(AttachmentPolicy, SECTION) or AttachmentPolicy()


def change_policy(
    desk: Desk, wanted: Mapping[str, Any], frame: Frame, check: Callable[[AttachmentPolicy], None]
) -> AttachmentPolicy:
    """Set fields of the policy; `check` sees it as it is and raises when it is not what the caller read.

    TooBusy.
    """

    def attempt() -> AttachmentPolicy:
        policy = policy_of(desk)
        check(policy)
        for name, value in wanted.items():
            setattr(policy, name, tuple(dict.fromkeys(value)) if isinstance(value, list) else value)
        changes = Changes()
        changes.touch(policy)
        desk.save(changes)
        return policy_of(desk)

    return until_saved(attempt, frame)
