"""Kinds of values that requests carry, each with its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, fields, validate

MAX_TITLE: Final = 500
MAX_TEXT: Final = 20_000
"""Of notes and answers; what is longer than a channel's messages is sent in several."""
MAX_LABEL: Final = 200
END: Final = r"$(?!\n)"
"""The end of a text in patterns; unlike Python's own mark, readers of the OpenAPI document understand it."""
ID: Final = validate.Regexp(rf"^[\x21-\x7e]{{1,600}}{END}", error="Not an id.")

KEY: Final = validate.Regexp(
    rf"^[a-z0-9][a-z0-9_-]{{0,49}}{END}", error="A key has at most 50 of a-z, 0-9, _ and -."
)
COLOR: Final = validate.Regexp(rf"^#[0-9a-fA-F]{{6}}{END}", error="A colour is written like #d9534f.")
MAX_ORDER: Final = 1_000_000
MAX_DESCRIPTION: Final = 2_000


class Keys(fields.List):
    """`?status=open&status=closed` or `?status=open,closed`: a list of keys, at most 50; in JSON as well."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(fields.String(validate=validate.Length(1, 100)), **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> list[Any]:
        given = [value] if isinstance(value, str) else value
        if not isinstance(given, list | tuple) or not all(isinstance(item, str) for item in given):
            raise ValidationError("Not a list of texts.")
        parts = [part.strip() for item in given for part in item.split(",") if part.strip()]
        if given and not parts:
            raise ValidationError("Give a value, or leave it out.")
        if len(parts) > 50:
            raise ValidationError("At most 50 values.")
        return super()._deserialize(parts, attr, data, **kwargs)


class Text(fields.String):
    """A text somebody typed: not blank, at most `longest` characters; kept as typed."""

    def __init__(self, longest: int, **kwargs: Any) -> None:
        super().__init__(validate=[validate.Length(max=longest), _not_blank], **kwargs)


class Label(fields.String):
    """One line of text: no line breaks or other control characters, trimmed, at most `longest` characters."""

    def __init__(self, longest: int = MAX_LABEL, **kwargs: Any) -> None:
        super().__init__(validate=[validate.Length(max=longest), _not_blank, _one_line], **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        return super()._deserialize(value, attr, data, **kwargs).strip()


class Uploads(fields.List):
    """Ids of files that were uploaded before, in their order, at most ten; none where nothing is said."""

    def __init__(self) -> None:
        super().__init__(
            fields.String(validate=ID),
            load_default=list,
            validate=validate.Length(max=10),
            metadata={"description": "Ids of uploads, in their order."},
        )


def _not_blank(text: str) -> None:
    if not text.strip():
        raise ValidationError("Must not be blank.")


def _one_line(text: str) -> None:
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValidationError("Must be one line without control characters.")
