"""Chats on the company's own sites: a bubble in a page, served and heard by the gateway itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from services.webhook_gateway.channels.webchat.settings import KIND, ChatSite, sites_among
from shared.runtime.channels_file import ChannelEntry


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
        return cls(sites_among(entries))

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._sites)

    def __iter__(self) -> Iterator[ChatSite]:
        """Each chat once."""
        return iter({site.id: site for site in self._sites.values()}.values())

    def find(self, name: str) -> ChatSite | None:
        """The chat with this site key or channel id."""
        return self._sites.get(name)
