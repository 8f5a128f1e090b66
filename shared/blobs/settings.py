"""Where the blobs lie: the same two settings for every process that reads or writes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from environs import FileAwareEnv
from marshmallow import validate

from shared.runtime.settings import starting_with


@dataclass(frozen=True, slots=True)
class BlobSettings:
    """A connection string and a database."""

    uri: str = field(repr=False)
    database: str


def blob_settings(env: FileAwareEnv, own_uri: str) -> BlobSettings:
    """BLOBS_URI (default: the process's own MONGODB_URI) and BLOBS_DATABASE (sportello_blobs)."""
    uri = env.str("BLOBS_URI", own_uri, validate=starting_with("mongodb://", "mongodb+srv://"))
    name = env.str("BLOBS_DATABASE", "sportello_blobs", validate=validate.Length(1, 60))
    return BlobSettings(uri or own_uri, name or "sportello_blobs")
