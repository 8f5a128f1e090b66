"""The base of all contract schemas: strict when writing, tolerant when reading, dataclasses on both ends."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, post_load


class ContractSchema(Schema):
    """Loads into `builds`; drops fields it does not know: a newer producer must not stop an older reader."""

    builds: ClassVar[type]

    class Meta:
        """Unknown fields are dropped when reading."""

        unknown = EXCLUDE

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> Any:
        return self.builds(**data)
