"""Channels: where customers write, whether it works, and what to do where it does not."""

from __future__ import annotations

from flask import Response

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import Json, read
from services.ticket_service.console.settings.people_words import ASPECTS, KINDS, LEVELS
from services.ticket_service.domain import permissions
from services.ticket_service.domain.channel_health import LEVELS as FROM_BEST

blueprint = ConsoleBlueprint("settings-channels", __name__)


@blueprint.page("/settings/channels", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """All channels with how they stand."""
    channels = [_worst_first(channel) for channel in read("/channels")["items"]]
    return show("settings/channels.html", channels=channels, levels=LEVELS, kinds=KINDS)


@blueprint.page("/settings/channels/<channel_id>", needs=permissions.SETTINGS_READ)
def one(channel_id: str) -> Response:
    """One channel: each of its sides, the last error, the remedy."""
    channel = _worst_first(read(f"/channels/{channel_id}"))
    return show("settings/channel.html", channel=channel, levels=LEVELS, kinds=KINDS, aspects=ASPECTS)


def _worst_first(channel: Json) -> Json:
    aspects = sorted(channel["health"]["aspects"], key=lambda each: each["at"], reverse=True)
    aspects.sort(key=lambda each: -FROM_BEST.index(each["level"]))
    return {**channel, "health": {**channel["health"], "aspects": aspects}}
