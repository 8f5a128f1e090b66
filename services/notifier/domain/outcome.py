"""How one try ended: three values, so that no provider's exception travels further than its channel."""

from __future__ import annotations

from dataclasses import dataclass

from services.notifier.domain.delivery import Failure


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it."""

    provider_message_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will never take it."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class TryLater:
    """Not now. `reason` is what people read should it never succeed.

    `unknown_outcome`: the request went out and no answer came, the provider may have the message.
    `whole_channel`: the trouble is the channel's, not this message's, so its other deliveries wait as well,
    longer each time and at most `longest_seconds`; `needs_operator` says that it will not pass by itself.
    """

    after_seconds: float
    reason: Failure
    unknown_outcome: bool = False
    whole_channel: bool = False
    needs_operator: bool = False
    longest_seconds: float = 300.0


Outcome = Sent | Refused | TryLater
