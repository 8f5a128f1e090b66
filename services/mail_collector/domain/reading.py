"""What reading one mail gave: a message, reports on mails the desk sent, files; or why it is put aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file of the mail. `id` is the attachment's id and the id it is stored under; `kind` as in contracts.

    `filename` and `mime_type` (as declared; what is stored is checked against the bytes) are cleaned.
    """

    id: str
    kind: str
    filename: str
    mime_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Aside:
    """Why a mail cannot be announced: `reason` a slug, `detail` for people."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Plain values only, since it comes from a process of its own.

    `message` is the data of `message.received` as it goes on the wire (its `attachments` name the `files`, in
    the same order), `reports` that of `delivery.reported`, one per recipient. With `aside` everything else is
    empty.
    """

    message: dict[str, Any] | None = None
    reports: tuple[dict[str, Any], ...] = ()
    files: tuple[ReadFile, ...] = ()
    aside: Aside | None = None
