"""What stands beside a message: where something of it is wrong that is left out, and the message goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, types


class Spared(fields.Nested):
    """A nested object of which only what is right is kept.

    Whoever writes does not say it now: the page did, or they did in a form that is long gone. Told what is
    wrong they could not mend it, and no message of theirs would ever be taken.
    """

    def _deserialize(
        self,
        value: Any,
        attr: str | None,
        data: Mapping[str, Any] | None,
        partial: bool | types.StrSequenceOrSet | None = None,
        **kwargs: Any,
    ) -> Any:
        try:
            return super()._deserialize(value, attr, data, partial, **kwargs)
        except ValidationError as error:
            right = error.valid_data if isinstance(value, dict) else {}
        schema: Schema = self.schema
        return schema.load(
            {key: each for key, each in dict(right or {}).items() if _is_whole(schema, key, each)}
        )


def _is_whole(schema: Schema, key: str, value: Any) -> bool:
    """Whether it passes by itself: of lists and mappings parts may be left that were right, but too many."""
    return not schema.validate({key: value}, partial=True)
