"""Files on the wire: what a message brought and where it can be fetched, and what is in the blob store."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from marshmallow import fields, validate

from shared.contracts.schema import ContractSchema

ATTACHMENT_KINDS: Final = ("image", "audio", "voice", "video", "document", "sticker")


def attachment_id(message_id: str, position: int) -> str:
    """The id of a message's attachment (`position` from 0), always the same; fit for URLs and stores."""
    return hashlib.sha256(f"{message_id}#{position}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that still lies with the provider. `reference` is the channel's own way to ask for it.

    `mime_type`, `filename`, `sha256` and `size` (bytes) are what the provider declares; empty or None when it
    does not.
    """

    id: str
    kind: str
    reference: str
    mime_type: str = ""
    filename: str = ""
    sha256: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the blob store, verified: `sha256` (hex) and `size` (bytes) are what was really stored."""

    id: str
    kind: str
    blob_id: str
    mime_type: str
    filename: str
    size: int
    sha256: str


class RemoteFileSchema(ContractSchema):
    """A file at the provider, on the wire."""

    builds = RemoteFile
    id = fields.String(required=True, validate=validate.Length(1, 100))
    kind = fields.String(required=True, validate=validate.OneOf(ATTACHMENT_KINDS))
    reference = fields.String(required=True, validate=validate.Length(1, 4_000))
    mime_type = fields.String(load_default="", validate=validate.Length(max=200))
    filename = fields.String(load_default="", validate=validate.Length(max=500))
    sha256 = fields.String(load_default="", validate=validate.Length(max=200))
    size = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(min=0))


class StoredFileSchema(ContractSchema):
    """A file in the blob store, on the wire."""

    builds = StoredFile
    id = fields.String(required=True, validate=validate.Length(1, 100))
    kind = fields.String(required=True, validate=validate.OneOf(ATTACHMENT_KINDS))
    blob_id = fields.String(required=True, validate=validate.Length(1, 100))
    mime_type = fields.String(required=True, validate=validate.Length(1, 200))
    filename = fields.String(required=True, validate=validate.Length(max=500))
    size = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    sha256 = fields.String(required=True, validate=validate.Length(64, 64))
