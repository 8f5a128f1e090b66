"""How every service's web process is served; what differs between two of them comes from the environment.

SERVICE names the service. BIND_HOST (127.0.0.1) and PORT (8000) say where it listens. WEB_CONCURRENCY (1)
is the number of worker processes, WEB_THREADS (64 of the desk, else 8) the threads of each,
WORKER_CONNECTIONS (2000) the connections of each where greenlets serve them.
"""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

from gunicorn.glogging import Logger

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.config import Config
    from gunicorn.workers.base import Worker

# The gateway waits for the broker's confirms, many requests at a time: greenlets. The gevent worker patches
# the standard library before it imports the application, so nothing may be preloaded in the master.
_GREENLETS = {"webhook_gateway"}
# Each browser that has a page of the desk open holds a thread; most of them wait.
_THREADS = {"ticket_service": "64"}
_service = os.environ.get("SERVICE", "")
_metrics = os.environ.get("PROMETHEUS_MULTIPROC_DIR")

bind = f"{os.environ.get('BIND_HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
preload_app = False
if _service in _GREENLETS:
    worker_class = "gevent"
    # Streams of live chats are connections that stay: the process that has them is given more.
    worker_connections = int(os.environ.get("WORKER_CONNECTIONS") or "2000")
else:
    worker_class = "gthread"
    threads = int(os.environ.get("WEB_THREADS") or _THREADS.get(_service, "8"))

timeout = 60
graceful_timeout = 30
keepalive = 5
# A worker proves that it lives by touching a file; on a busy disk that could take longer than it may.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - random names, mode 0600
# gunicorn's own control socket lies in HOME, which is read-only in a container; nothing here uses it.
control_socket_disable = True
accesslog = None


class JsonLogger(Logger):
    """gunicorn's own messages in the services' log format."""

    def setup(self, cfg: Config) -> None:
        """Send what gunicorn says through the root logger that every process of a service has."""
        from shared.runtime.logging import configure_logging  # not before gunicorn has set the path

        configure_logging(_service, "web", os.environ.get("LOG_LEVEL", "INFO"))
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(self.LOG_LEVELS.get(cfg.loglevel.lower(), self.loglevel))

    def reopen_files(self) -> None:
        """Nothing to reopen: logs go to standard error."""


logger_class = JsonLogger


def on_starting(server: Arbiter) -> None:
    """Have files enough for all connections; begin with empty counter files: the old ones would be added."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if _metrics:
        Path(_metrics).mkdir(parents=True, exist_ok=True)
        for stale in Path(_metrics).glob("*.db"):
            stale.unlink()


def post_worker_init(worker: Worker) -> None:
    """Let answers that go on and on end when the worker is told to stop."""
    from shared.web.stopping import watch_signals

    watch_signals()


def child_exit(server: Arbiter, worker: Worker) -> None:
    """Take the gauges of a worker that is gone out of the sums."""
    if _metrics:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)
