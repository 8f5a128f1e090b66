"""The frames we write ourselves are the ones pika would write."""

from __future__ import annotations

import math
from typing import Any

import pika
import pytest
from pika import frame, spec
from pika.adapters.base_connection import BaseConnection
from pika.connection import Connection

from shared.contracts.envelope import CONTENT_TYPE
from shared.messaging.frames import publish_frames


def _as_pika_writes(channel: int, exchange: str, key: str, body: bytes, body_max: int) -> bytes:
    method = spec.Basic.Publish(exchange=exchange, routing_key=key, mandatory=True)
    properties = pika.BasicProperties(content_type=CONTENT_TYPE, delivery_mode=2)
    parts = [frame.Method(channel, method).marshal(), frame.Header(channel, len(body), properties).marshal()]
    parts += [
        frame.Body(channel, body[number * body_max : (number + 1) * body_max]).marshal()
        for number in range(math.ceil(len(body) / body_max))
    ]
    return b"".join(parts)


@pytest.mark.parametrize("size", [0, 1, 900, 99, 100, 101, 200, 1_000])
@pytest.mark.parametrize(
    ("channel", "exchange", "key"), [(1, "sportello.events", "ticket.opened"), (7, "è", "inbound.3")]
)
def test_a_publish_is_encoded_as_pika_encodes_it(size: int, channel: int, exchange: str, key: str) -> None:
    body = bytes(number % 251 for number in range(size))
    ours = b"".join(publish_frames(channel, exchange, key, body, body_max=100))
    assert ours == _as_pika_writes(channel, exchange, key, body, 100)


def test_pika_still_has_the_private_seams_the_publisher_rests_on() -> None:
    assert callable(Connection._output_marshaled_frames)
    written: list[bytes] = []

    class Recorder(BaseConnection):
        def __init__(self) -> None:
            self.bytes_sent = self.frames_sent = 0

        def _adapter_emit_data(self, data: bytes) -> None:
            written.append(data)

        @classmethod
        def create_connection(cls, *args: Any, **kwargs: Any) -> Any:
            raise AssertionError

    Recorder.__abstractmethods__ = frozenset()
    recorder = Recorder()
    recorder._output_marshaled_frames([b"abc"])
    assert written == [b"abc"]
    assert (
        "_body_max_length"
        in Connection.__init__.__code__.co_names + Connection._init_connection_state.__code__.co_names
    )
