"""How many live chats wait for somebody: the number in the rail, on every page."""

from __future__ import annotations

from services.ticket_service.api import context
from services.ticket_service.domain.chat import CHAT
from services.ticket_service.store.queries import ConversationFilter


def waiting_chats() -> int:
    """Chats with a message that is on no ticket; nobody is asked where the desk has no live chat."""
    services = context.services()
    if not any(each.kind == CHAT for each in services.channels):
        return 0
    return services.queries.count_conversations(ConversationFilter(waiting=True))
