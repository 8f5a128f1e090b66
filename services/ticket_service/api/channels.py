"""The desk's channels, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from marshmallow import Schema, fields

from services.ticket_service.api import context
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.problems import invalid, not_found
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.channel_health import LEVELS, OK, Aspect
from shared.contracts.times import UtcTime
from shared.runtime.channels_file import ChannelEntry

blueprint = ApiBlueprint(
    "channels",
    __name__,
    url_prefix=f"{PREFIX}/channels",
    description="Where customers write, and whether it works.",
)
_LEVEL: Final = {"enum": list(LEVELS)}


class AspectSchema(Schema):
    """The latest statement on one side of a channel."""

    aspect = fields.String(required=True, metadata={"example": "sending"})
    level = fields.String(required=True, metadata=_LEVEL)
    title = fields.String(required=True, metadata={"example": "WhatsApp refuses the access token"})
    detail = fields.String(required=True)
    remedy = fields.String(required=True, metadata={"description": "What a person can do about it."})
    at = UtcTime(required=True)


class HealthSchema(Schema):
    """How a channel stands: the worst of its aspects; `ok` while nobody said anything."""

    level = fields.String(required=True, metadata=_LEVEL)
    aspects = fields.List(fields.Nested(AspectSchema), required=True)


class ChannelSchema(Schema):
    """A channel as the operator set it up."""

    id = fields.String(required=True, metadata={"example": "whatsapp-main"})
    kind = fields.String(required=True, metadata={"example": "whatsapp_cloud"})
    name = fields.String(required=True, metadata={"example": "WhatsApp"})
    automatic_tickets = fields.Boolean(
        required=True, metadata={"description": "Whether what comes in opens tickets by itself."}
    )
    health = fields.Nested(HealthSchema, required=True)


@blueprint.route("", methods=["GET"])
@blueprint.operation("List the channels and how they stand", needs=permissions.SETTINGS_READ)
@blueprint.response(200, page_of(ChannelSchema))
def find() -> Wire:
    """All of them, as the operator ordered them, on one page."""
    services = context.services()
    aspects = services.desk.store.channel_aspects()
    return {"items": [_wire(channel, aspects) for channel in services.channels], "next": None}


@blueprint.route("/<channel_id>", methods=["GET"])
@blueprint.operation("One channel and how it stands", 404, needs=permissions.SETTINGS_READ)
@blueprint.response(200, ChannelSchema)
def show(channel_id: str) -> Wire:
    """The channel with this id."""
    services = context.services()
    for channel in services.channels:
        if channel.id == channel_id:
            return _wire(channel, services.desk.store.channel_aspects())
    raise not_found("channel")


def channel_named(channel_id: str, field: str) -> ChannelEntry:
    """The channel that a body's field names. Problem 422."""
    channels = context.services().channels
    for channel in channels:
        if channel.id == channel_id:
            return channel
    known = ", ".join(channel.id for channel in channels)
    raise invalid([(field, f"There is no channel {channel_id!r}. Use one of: {known}.")])


def _wire(channel: ChannelEntry, aspects: Sequence[Aspect]) -> Wire:
    own = [aspect for aspect in aspects if aspect.channel_id == channel.id]
    return {
        "id": channel.id,
        "kind": channel.kind,
        "name": channel.name,
        "automatic_tickets": channel.automatic_tickets,
        "health": {
            "level": max((aspect.level for aspect in own), key=LEVELS.index, default=OK),
            "aspects": [
                {
                    "aspect": aspect.aspect,
                    "level": aspect.level,
                    "title": aspect.title,
                    "detail": aspect.detail,
                    "remedy": aspect.remedy,
                    "at": aspect.at,
                }
                for aspect in own
            ],
        },
    }
