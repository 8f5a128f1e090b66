"""What a kind of channel consists of: its settings, and something that sends with them and some tools."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marshmallow import Schema

from services.notifier.ports import ChannelSender
from shared.blobs.store import BlobStore
from shared.contracts.envelope import Event


@dataclass(frozen=True, slots=True)
class SenderTools:
    """What a channel's sender is given besides its settings.

    `template_id(channel_id, name, language)`: the provider's id of a template, as of the last reading.
    `file_link(blob_id, filename)`: an address a provider can fetch a file from for a while; None when the
    channel has no public address or there is no secret to sign with.
    `publish(event)`: for channels that are served by another service of ours; returns once the broker has
    confirmed it, raises `shared.messaging.message.BrokerUnavailable` otherwise.
    `sent_as(channel_id, provider_message_id)`: the id of our own delivery the provider knows under that one,
    if it is ours; raises `shared.messaging.message.Unavailable`.
    """

    blobs: BlobStore
    template_id: Callable[[str, str, str], str | None]
    file_link: Callable[[str, str], str] | None
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    publish: Callable[[Event], None]
    sent_as: Callable[[str, str], str | None]


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
