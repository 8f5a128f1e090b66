"""AMQP frames of a publish, encoded once per route instead of once per message.

Every message has the same properties (persistent, CloudEvents JSON), so a publish is: a method frame that
depends on the route only, a header frame in which only the size changes, and the body.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import Final

from pika import frame, spec

from shared.contracts.envelope import CONTENT_TYPE

_BODY_SIZE_AT: Final = slice(11, 19)
_SIZE: Final = Struct(">Q")
_BODY_START: Final = Struct(">BHI")
_FRAME_BODY: Final = 3
_FRAME_END: Final = b"\xce"
_PROPERTIES: Final = spec.BasicProperties(content_type=CONTENT_TYPE, delivery_mode=2)


@lru_cache(maxsize=1024)
def _start(channel: int, exchange: str, routing_key: str) -> bytes:
    """The method frame and the header frame up to the body's size."""
    method = frame.Method(
        channel, spec.Basic.Publish(exchange=exchange, routing_key=routing_key, mandatory=True)
    ).marshal()
    return bytes(method) + _header(channel)[: _BODY_SIZE_AT.start]


@lru_cache(maxsize=16)
def _header(channel: int) -> bytes:
    return bytes(frame.Header(channel, 0, _PROPERTIES).marshal())


def publish_frames(channel: int, exchange: str, routing_key: str, body: bytes, body_max: int) -> list[bytes]:
    """The frames of one publish; `body_max` is the connection's frame size less the frame's own 8 bytes."""
    parts = [
        _start(channel, exchange, routing_key),
        _SIZE.pack(len(body)),
        _header(channel)[_BODY_SIZE_AT.stop :],
    ]
    for start in range(0, len(body), body_max):
        chunk = body if len(body) <= body_max else body[start : start + body_max]
        parts += (_BODY_START.pack(_FRAME_BODY, channel, len(chunk)), chunk, _FRAME_END)
    return parts
