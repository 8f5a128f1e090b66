"""Connection parameters: time-outs and heartbeats that notice a dead peer, a name an operator can read."""

from __future__ import annotations

from typing import Final

import pika

HEARTBEAT_SECONDS: Final = 20
CONNECT_SECONDS: Final = 5.0


def parameters(amqp_url: str, name: str) -> pika.URLParameters:
    """Parameters for one connection; what the URL says itself (say `?heartbeat=60`) wins."""
    params = pika.URLParameters(amqp_url)
    if "heartbeat=" not in amqp_url:
        params.heartbeat = HEARTBEAT_SECONDS
    if "socket_timeout=" not in amqp_url:
        params.socket_timeout = CONNECT_SECONDS
        params.stack_timeout = 2 * CONNECT_SECONDS
    params.client_properties = {"connection_name": name, "product": "sportello"}
    return params
