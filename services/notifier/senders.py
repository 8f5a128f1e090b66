"""A sender for each channel, with what it is given besides its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final, Protocol

from services.notifier.channels import REGISTRY
from services.notifier.channels.kind import SenderTools
from services.notifier.domain.receipt import ProviderKey
from services.notifier.ports import ChannelSender, DeliveryStore, TemplateStore
from shared.blobs.links import file_link
from shared.blobs.store import BlobStore
from shared.contracts.envelope import Event
from shared.messaging.message import Publisher, outgoing
from shared.runtime.clock import utc_now
from shared.runtime.ids import new_id

LINK_LIFE: Final = timedelta(hours=4)
"""Longer than a provider tries to fetch a file it was given the address of."""


class DeclaredChannel(Protocol):
    """A channel of a kind that can send; `fields` is what its kind's schema makes of its declaration."""

    @property
    def id(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def fields(self) -> Any: ...


def build_senders(
    channels: Iterable[DeclaredChannel],
    files_secret: str | None,
    deliveries: DeliveryStore,
    templates: TemplateStore,
    blobs: BlobStore,
    publisher: Publisher,
) -> dict[str, ChannelSender]:
    """A sender for each channel, by channel id; none of them connects yet. `files_secret` signs links."""

    def template_id(channel_id: str, name: str, language: str) -> str | None:
        found = templates.template(channel_id, name, language)
        return found.record.template_id or None if found is not None else None

    def sent_as(channel_id: str, provider_message_id: str) -> str | None:
        key = ProviderKey(channel_id, provider_message_id)
        found = deliveries.transact(lambda transaction: transaction.load_by_provider_key([key])).get(key)
        return found.send_id if found is not None else None

    def publish(event: Event) -> None:
        publisher.publish([outgoing(event)])

    def tools(channel: DeclaredChannel) -> SenderTools:
        link = _linker(files_secret, channel)
        return SenderTools(blobs, template_id, link, utc_now, new_id, publish, sent_as)

    return {channel.id: REGISTRY[channel.kind].sender(channel.fields, tools(channel)) for channel in channels}


def _linker(secret: str | None, channel: DeclaredChannel) -> Callable[[str, str], str] | None:
    """How a provider is given the address of a file, for channels that are reached from outside."""
    base_url: str | None = getattr(channel.fields, "public_url", None)
    if not secret or not base_url:
        return None
    return lambda blob_id, filename: file_link(base_url, secret, blob_id, filename, utc_now() + LINK_LIFE)
