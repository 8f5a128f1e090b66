"""What a visitor says, and the events that come of it."""

from __future__ import annotations

from tests.webhook_gateway.webchat.doors.rig import SHOP, Chats, said, somebody


def test_a_message_is_told_to_the_desk_and_shown_in_the_chat() -> None:
    chats = Chats()
    visitor, token = somebody()
    answer = chats.post("messages", said(id="message-one", text="Buongiorno"), token)
    assert (answer.status_code, answer.json) == (
        202,
        {"id": f"{visitor.id}.message-one", "at": "2026-11-22T14:00:00Z"},
    )
    received, posted = chats.events()
    assert received.id == received.data.dedupe_key == f"webchat:{SHOP.id}:{visitor.id}.message-one"
