"""What sending to a live chat needs to know of a channel: which one it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load


@dataclass(frozen=True, slots=True)
class WebchatSettings:
    """One live chat. Its keys and origins are the gateway's business, where its visitors come."""

    id: str


class WebchatSettingsSchema(Schema):
    """A channel of kind `webchat`, as far as sending is concerned."""

    class Meta:
        """The other fields are other services' business."""

        unknown = EXCLUDE

    id = fields.String(required=True)

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> WebchatSettings:
        return WebchatSettings(**data)
