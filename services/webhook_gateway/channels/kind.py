"""What a kind of channel consists of: its settings, and the channel that is made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from marshmallow import Schema

from services.webhook_gateway.ports import InboundChannel


class ChannelKind(Protocol):
    """A class of `InboundChannel`, seen before there is any: `schema` loads the fields of one channel."""

    @property
    def schema(self) -> Callable[[], Schema]:
        """What loads one channel's fields."""
        ...

    @property
    def settings(self) -> Callable[..., Any]:
        """One channel's settings, from its `id` and the loaded fields."""
        ...

    def mistakes(self, settings: Sequence[Any], /) -> list[str]:
        """What is wrong with the settings of all channels of the kind taken together."""
        ...

    def __call__(self, settings: Sequence[Any], /) -> InboundChannel:
        """The channel for all of these."""
        ...
