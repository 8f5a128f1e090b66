"""Fields of the channels file that every kind with files has."""

from __future__ import annotations

from typing import Final

from marshmallow import fields, validate

MAX_MEDIA_BYTES: Final = 100 * 1024 * 1024
"""Meta's limit for a document, the largest kind of file a customer can send."""


def max_media_bytes() -> fields.Integer:
    """The largest file of a customer that is kept, in bytes."""
    return fields.Integer(load_default=MAX_MEDIA_BYTES, validate=validate.Range(1, 2 * 1024**3))


def web_address(default: str) -> fields.String:
    """The base of the provider's addresses."""
    return fields.String(
        load_default=default,
        validate=validate.Regexp(r"https?://[^\s/?#@]+[^\s?#@]*\Z", error="not a web address."),
    )
