"""Answers in live chats are waited for to be read; what was not is for jobs/unread_answers.py to mail."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.ticket_service.domain.chat_settings import ChatSettings
from services.ticket_service.domain.history import AGENT
from services.ticket_service.domain.mail_token import MailDesk
from services.ticket_service.domain.message import BESIDE_THE_TALK, OUT, PUBLIC
from services.ticket_service.ports import Changes, DeskStore


def await_reading(changes: Changes, store: DeskStore, mail: MailDesk, now: datetime) -> None:
    """Say of each new answer of an agent in a live chat when it follows by mail. Unavailable.

    A desk without mailboxes or without live chats pays nothing.
    """
    if not mail.mailboxes:
        return
    for message in changes.messages:
        if message.direction != OUT or message.author.kind != AGENT or message.visibility != PUBLIC:
            continue
        conversation = changes.conversations.get(message.conversation_id or "")
        if conversation is not None and conversation.is_chat and message.kind not in BESIDE_THE_TALK:
            chat = store.setting(ChatSettings).of(conversation.channel_id)
            message.mail_due_at = now + timedelta(minutes=chat.mail_after_minutes)
