"""Live chats: their settings, and what visitors were last told of each."""

from __future__ import annotations

from typing import Any, Final

from services.ticket_service.domain.chat_offer import ChatOffer
from services.ticket_service.domain.chat_settings import ChatSettings
from services.ticket_service.store.kinds.kind import Kind

KINDS: Final[dict[type[Any], Kind]] = {
    ChatOffer: Kind("chat_offers"),
    ChatSettings: Kind("chat_settings", cached=True, audited=True),
}
