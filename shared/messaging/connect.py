"""A blocking connection to the broker; in whatever way pika fails to open one, it is one kind of error."""

from __future__ import annotations

import pika
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPConnectionError


def connect(params: pika.connection.Parameters) -> pika.BlockingConnection:
    """Open one. pika's AMQPError, or OSError, when the broker cannot be reached or does not answer in time.

    A broker that is starting takes connections before it answers on them. pika lets that time-out through as
    an error of its inner workings, which is no AMQPError: who expects those would end, not try again.
    """
    try:
        return pika.BlockingConnection(params)
    except AMQPConnectorException as error:
        raise AMQPConnectionError(f"no AMQP handshake: {error!r}") from error
