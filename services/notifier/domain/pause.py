"""A channel's pause: while the provider refuses a whole number, nothing more is thrown at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import TryLater


@dataclass(frozen=True, slots=True)
class ChannelPause:
    """Nothing is sent until `until`; then one delivery tries, and its success ends the pause.

    `reported`: operators were told that the channel has stopped, and are to be told when it works again.
    """

    channel_id: str
    until: datetime
    count: int
    reason: Failure
    needs_operator: bool = False
    reported: bool = False


def prolonged(
    current: ChannelPause | None, channel_id: str, answer: TryLater, started_at: datetime, now: datetime
) -> ChannelPause:
    """The pause after one more refusal of the whole channel.

    It doubles each time a try *after* the last pause is refused; refusals of tries that were already on their
    way (`started_at` before its end) are the same event and leave it as it is.
    """
    if current is not None and started_at < current.until:
        return current
    count = current.count + 1 if current is not None else 1
    if answer.needs_operator:
        seconds = answer.after_seconds
    else:
        seconds = min(
            answer.after_seconds * 2 ** min(count - 1, 20), max(answer.longest_seconds, answer.after_seconds)
        )
    return ChannelPause(
        channel_id,
        now + timedelta(seconds=seconds),
        count,
        answer.reason,
        answer.needs_operator,
        reported=answer.needs_operator or (current is not None and current.reported),
    )
