"""What a kind of channel consists of: its settings, and something that sends with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema

from services.notifier.ports import ChannelSender, SenderTools


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """`settings` loads a channel's own fields of the channels file (its `id` among them) for `sender`.

    `sender` is called once per channel and process; it does not connect.
    """

    settings: Schema
    sender: Callable[[Any, SenderTools], ChannelSender]


@dataclass(frozen=True, slots=True)
class MailboxKind:
    """`settings` loads a channel's own fields of the channels file as an `Outbox`: its replies are mails."""

    settings: Schema
