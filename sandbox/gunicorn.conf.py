"""Serves the sandbox: one process, because all it knows is in memory, and a thread per open stream."""

import os
import signal
from types import FrameType

from gunicorn.workers.base import Worker

bind = f"{os.environ.get('BIND_HOST', '127.0.0.1')}:{os.environ.get('PORT', '8009')}"
worker_class = "gthread"
workers = 1
threads = 96  # 32 streams, 16 hanging calls, and room for work
keepalive = 5
graceful_timeout = 5
control_socket_disable = True


def post_worker_init(worker: Worker) -> None:
    """End the open streams as soon as the worker is told to stop; it would wait for them otherwise."""
    state = worker.wsgi.extensions["sandbox"]
    stop = signal.getsignal(signal.SIGTERM)

    def close_and_stop(number: int, frame: FrameType | None) -> None:
        state.events.closing = True
        if callable(stop):
            stop(number, frame)

    signal.signal(signal.SIGTERM, close_and_stop)
