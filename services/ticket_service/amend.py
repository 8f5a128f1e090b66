"""Reactions, edits and revokes find the message they are about, whichever of the two came first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from services.ticket_service.domain.message import BESIDE_THE_TALK, EDIT, REACTION, Message, Reaction

_Place = tuple[str | None, str]
"""A conversation, and a message's id at the provider."""


class Targets:
    """The messages that others are about, and those that wait for one; both from the store and the batch."""

    def __init__(self, found: Iterable[Message], waiting: Iterable[Message]) -> None:
        self._targets: dict[_Place, Message] = {}
        self._waiting: dict[_Place, list[Message]] = defaultdict(list)
        for message in found:
            if message.kind not in BESIDE_THE_TALK:
                self._remember(message)
        for message in waiting:
            self._wait(message)

    def amend(self, message: Message) -> Message | None:
        """Let a reaction, an edit or a revoke take effect; the message it changed, None while it waits."""
        target = self._targets.get((message.conversation_id, message.target or ""))
        if target is None:
            self._wait(message)
            return None
        return target if _amend(target, message) else None

    def arrived(self, message: Message) -> list[Message]:
        """An ordinary message is there, on its ticket if it has one; those that waited for it and no more."""
        self._remember(message)
        places = [(message.conversation_id, each) for each in message.provider_message_ids]
        waited = [each for place in places for each in self._waiting.pop(place, ())]
        return [each for each in waited if _amend(message, each)]

    def _remember(self, message: Message) -> None:
        for provider_id in message.provider_message_ids:
            self._targets[message.conversation_id, provider_id] = message

    def _wait(self, message: Message) -> None:
        if message.target is not None:
            self._waiting[message.conversation_id, message.target].append(message)


def emoji(message: Message) -> str:
    """The emoji of a reaction; empty when it takes one back."""
    given = message.content.get("emoji")
    return given if isinstance(given, str) else ""


def _amend(target: Message, message: Message) -> bool:
    """Whether the message may change the target: only who wrote a message edits it and takes it back."""
    if message.kind != REACTION and message.direction != target.direction:
        return False
    message.target_id, message.ticket_id = target.id, target.ticket_id
    if message.kind == REACTION:
        target.react(Reaction(emoji(message), message.author, message.occurred_at, message.id))
    elif message.kind == EDIT:
        target.edit(message.text, message.occurred_at)
    else:
        target.revoke(message.occurred_at)
    return True
