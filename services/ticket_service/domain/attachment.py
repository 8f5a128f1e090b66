"""A file of a message: still with the provider, in the blob store, or not to be had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.ticket_service.domain.history import Actor

PENDING: Final = "pending"
STORED: Final = "stored"
FAILED: Final = "failed"
BLOCKED: Final = "blocked"
STATES: Final = (PENDING, STORED, FAILED, BLOCKED)

INFECTED: Final = "infected"
UNSCANNABLE: Final = "unscannable"
FOUND_BY_SCANNER: Final = (INFECTED, UNSCANNABLE)
"""Codes of an AttachmentError: what a virus scanner found in a file, which then is never served."""


@dataclass(frozen=True, slots=True)
class AttachmentError:
    """Why a file could not be fetched or is kept back (`code` is a slug), and what people can do about it."""

    code: str
    detail: str
    remedy: str


FORGOTTEN: Final = AttachmentError(
    "forgotten", "The file was deleted: somebody asked for it, or its time was over.", "Ask for it again."
)


@dataclass(slots=True)
class Attachment:
    """What is known of a file; news of it may come in any order, also before its message.

    Without `message_id` it was uploaded and not sent yet, or its message did not come yet. Type, name, size
    (bytes) and `sha256` are what was stored, or before that what the provider declares. `reference` is the
    channel's way to ask for the file, empty where it was uploaded. `asked_at` is when somebody last asked to
    fetch it again. `blocked` is why a file that is stored is kept back; `scanned_at` when a virus scanner
    last looked at it. `version` is 0 until it is first saved.
    """

    id: str
    kind: str
    channel_id: str
    channel_kind: str
    created_at: datetime
    filename: str = ""
    mime_type: str = ""
    size: int | None = None
    sha256: str = ""
    reference: str = ""
    message_id: str | None = None
    conversation_id: str | None = None
    ticket_id: str | None = None
    uploaded_by: Actor | None = None
    blob_id: str | None = None
    stored_at: datetime | None = None
    failure: AttachmentError | None = None
    failed_at: datetime | None = None
    asked_at: datetime | None = None
    blocked: AttachmentError | None = None
    scanned_at: datetime | None = None
    version: int = 0

    @property
    def state(self) -> str:
        """`stored` or `blocked` once it is there; `failed` until somebody asks again; else `pending`."""
        if self.blob_id is not None:
            return STORED if self.blocked is None else BLOCKED
        if self.failed_at is None or (self.asked_at is not None and self.asked_at >= self.failed_at):
            return PENDING
        return FAILED

    @property
    def error(self) -> AttachmentError | None:
        """Why it failed or is blocked, while that is its state."""
        if self.state == BLOCKED:
            return self.blocked
        return self.failure if self.state == FAILED else None

    @property
    def is_forgotten(self) -> bool:
        """Whether its content was deleted on purpose, so that none shall come again."""
        return self.blob_id is None and self.failure == FORGOTTEN

    def declared(
        self, kind: str, reference: str, mime_type: str, filename: str, sha256: str, size: int | None
    ) -> None:
        """Take in what the message says of its file; what was stored is known better."""
        self.kind, self.reference = kind, reference
        if self.blob_id is None:
            self.mime_type, self.sha256, self.size = mime_type, sha256, size
        self.filename = self.filename or filename

    def stored(
        self, blob_id: str, mime_type: str, filename: str, sha256: str, size: int, at: datetime
    ) -> None:
        """Take in that the file now is in the blob store; the first such news counts.

        What was forgotten meanwhile stays so.
        """
        if self.blob_id is not None or self.failure == FORGOTTEN:
            return
        self.blob_id, self.stored_at = blob_id, at
        self.mime_type, self.sha256, self.size = mime_type, sha256, size
        self.filename = filename or self.filename

    def failed(self, failure: AttachmentError, at: datetime) -> None:
        """Take in that the file could not be fetched; the latest such news counts."""
        if self.failed_at is None or at >= self.failed_at:
            self.failure, self.failed_at = failure, at

    def forget(self, at: datetime) -> None:
        """Its content is deleted and nothing names it any more; that there was a file is all that stays."""
        self.blob_id, self.filename, self.reference, self.sha256 = None, "", "", ""
        self.size, self.failure, self.failed_at = None, FORGOTTEN, at

    def keep_back(self, why: AttachmentError | None) -> None:
        """Block it, or let it go again (None); what a virus scanner found stays until it is scanned again."""
        if self.blocked is None or self.blocked.code not in FOUND_BY_SCANNER:
            self.blocked = why

    def scanned(self, found: AttachmentError | None, at: datetime) -> None:
        """Take in what a virus scanner found now (None: nothing)."""
        self.scanned_at = at
        if found is not None or (self.blocked is not None and self.blocked.code in FOUND_BY_SCANNER):
            self.blocked = found

    def ask_again(self, at: datetime) -> None:
        """Somebody wants it fetched again: it is pending until there is news from after that."""
        self.asked_at = at
