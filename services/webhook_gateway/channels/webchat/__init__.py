"""Chats on the company's own sites: a bubble in a page, served and heard by the gateway itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from services.webhook_gateway.channels.webchat.settings import KIND, ChatSite, ChatSiteSchema


class WebChat:
    """All chats of this gateway, found by what a page calls them."""

    kind: ClassVar[str] = KIND
    settings: ClassVar = ChatSite
    schema: ClassVar = ChatSiteSchema

    def __init__(self, sites: Sequence[ChatSite]) -> None:
        self._sites: Mapping[str, ChatSite] = {
            name: site for site in sites for name in (site.id, site.site_key)
        }

    def __iter__(self) -> Iterator[ChatSite]:
        """Each chat once."""
        return iter({site.id: site for site in self._sites.values()}.values())

    def find(self, name: str) -> ChatSite | None:
        """The chat with this site key or channel id."""
        return self._sites.get(name)

    @staticmethod
    def mistakes(sites: Sequence[ChatSite]) -> list[str]:
        """What is wrong with the chats taken together: two that answer to one name."""
        owners: dict[str, ChatSite] = {site.id: site for site in sites}
        found = []
        for site in sites:
            other = owners.setdefault(site.site_key, site)
            if other is not site:
                found.append(f"channel {site.id}: site_key: channel {other.id} has the same.")
        return found
