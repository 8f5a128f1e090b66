"""What a live chat declares openly in the channels file: by what name pages call it, and where."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

from services.ticket_service.domain.chat import ChatSite


class ChatSiteSchema(Schema):
    """Its public name, and the address of the gateway."""

    class Meta:
        """What is checked of it is the gateway's business."""

        unknown = EXCLUDE

    site_key = fields.String(load_default="")
    public_url = fields.String(load_default="")

    @post_load
    def _build(self, data: dict[str, Any], **kwargs: Any) -> ChatSite:
        return ChatSite(data["site_key"], data["public_url"].rstrip("/"))
