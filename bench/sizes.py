"""How much of everything is measured: in full, or just enough to see that it works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sizes:
    """Counts and seconds. `levels` are webhooks per second of the end-to-end bench."""

    gateway_rounds: int
    slow_disk_rounds: int
    gateway_bodies: int
    consumer_rounds: int
    consumer_batched: int
    consumer_single: int
    levels: tuple[int, ...]
    level_seconds: float
    warm_up_seconds: float
    saturated_rounds: int
    saturated_seconds: int
    textbook_seconds: int
    lists_few: int
    lists_many: int
    lists_rounds: int
    console_tickets: int
    console_rounds: int
    mails: int
    open_chats: int
    chat_lines: int


FULL: Final = Sizes(
    gateway_rounds=15,
    slow_disk_rounds=6,
    gateway_bodies=4_000,
    consumer_rounds=8,
    consumer_batched=4_000,
    consumer_single=200,
    levels=(240, 1_000),
    level_seconds=10.0,
    warm_up_seconds=2.0,
    saturated_rounds=5,
    saturated_seconds=3,
    textbook_seconds=1,
    lists_few=10_000,
    lists_many=1_000_000,
    lists_rounds=60,
    console_tickets=100_000,
    console_rounds=100,
    mails=2_000,
    open_chats=5_000,
    chat_lines=1_000,
)
SMOKE: Final = Sizes(
    gateway_rounds=1,
    slow_disk_rounds=0,
    gateway_bodies=200,
    consumer_rounds=1,
    consumer_batched=300,
    consumer_single=20,
    levels=(40,),
    level_seconds=1.5,
    warm_up_seconds=0.5,
    saturated_rounds=1,
    saturated_seconds=1,
    textbook_seconds=1,
    lists_few=300,
    lists_many=1_500,
    lists_rounds=2,
    console_tickets=300,
    console_rounds=2,
    mails=60,
    open_chats=60,
    chat_lines=30,
)
