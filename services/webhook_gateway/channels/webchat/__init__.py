"""Chats on the company's own sites: a bubble in a page, served and heard by the gateway itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from services.webhook_gateway.channels.webchat.settings import KIND, ChatSite, ChatSiteSchema
from shared.runtime.channels_file import ChannelEntry
from shared.runtime.settings import SettingsError


class WebChat:
    """All chats of this gateway, found by what a page calls them."""

    kind: ClassVar[str] = KIND

    def __init__(self, sites: Sequence[ChatSite]) -> None:
        self._sites: Mapping[str, ChatSite] = {
            name: site for site in sites for name in (site.id, site.site_key)
        }

    @classmethod
    def among(cls, entries: Sequence[ChannelEntry]) -> WebChat:
        """The chats of a channels file. SettingsError with every mistake about them."""
        sites: list[ChatSite] = []
        mistakes: list[str] = []
        for entry in entries:
            if entry.kind == KIND:
                try:
                    sites.append(ChatSite(id=entry.id, **entry.resolve(ChatSiteSchema(), os.environ)))
                except SettingsError as error:
                    mistakes += error.mistakes
        mistakes += _doubles(sites)
        if mistakes:
            raise SettingsError(mistakes)
        return cls(sites)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._sites)

    def __iter__(self) -> Iterator[ChatSite]:
        """Each chat once."""
        return iter({site.id: site for site in self._sites.values()}.values())

    def find(self, name: str) -> ChatSite | None:
        """The chat with this site key or channel id."""
        return self._sites.get(name)


def _doubles(sites: Sequence[ChatSite]) -> list[str]:
    """What is wrong with the chats taken together: two that answer to one name."""
    owners = {site.id: site for site in sites}
    found = []
    for site in sites:
        other = owners.setdefault(site.site_key, site)
        if other is not site:
            found.append(f"channel {site.id}: site_key: channel {other.id} has the same.")
    return found
