"""What a live chat declares openly in the channels file: by what name pages call it, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

from services.ticket_service.domain.chat import CHAT, ChatSite
from shared.runtime.channels_file import ChannelEntry
from shared.runtime.settings import SettingsError


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


def chat_sites(channels: Iterable[ChannelEntry], environ: Mapping[str, str]) -> dict[str, ChatSite]:
    """Every live chat by its id, which is its name too where it declares none that can be read here.

    The desk shows both to whoever puts the chat into a page and needs neither: a variable that only the
    gateway has keeps no desk from starting.
    """
    found = {}
    for each in channels:
        if each.kind == CHAT:
            try:
                site = each.resolve(ChatSiteSchema(), environ)
            except SettingsError:
                site = ChatSite("")
            found[each.id] = site if site.key else ChatSite(each.id, site.address)
    return found
