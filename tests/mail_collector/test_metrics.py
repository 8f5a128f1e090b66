"""Metrics are right under several gunicorn workers: what each of them counted is added up."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from deploy.local.ports import free_port
from tests.support.waiting import wait_until

pytestmark = pytest.mark.integration

WORKERS = 3
SERIES = 'sportello_http_request_seconds_count{endpoint="healthz",status="200"}'


@pytest.fixture
def web(amqp_vhost_url: str, tmp_path: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The mail collector's web application as it is deployed, with several workers."""
    (tmp_path / "channels.yaml").write_text("channels: []\n")
    port = free_port()
    environment = os.environ | {
        "SERVICE": "mail_collector",
        "PORT": str(port),
        "WEB_CONCURRENCY": str(WORKERS),
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
        "AMQP_URL": amqp_vhost_url,
        "SPORTELLO_CHANNELS": str(tmp_path / "channels.yaml"),
    }
    application = "services.mail_collector.app:create_app()"
    with (tmp_path / "web.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", application],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        yield f"http://127.0.0.1:{port}", psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait(40)


def _ask(url: str) -> int:
    """One request over a connection of its own, so that any worker may take it; the status, 0 for none."""
    try:
        return httpx.get(url, headers={"Connection": "close"}, timeout=5).status_code
    except httpx.TransportError:
        return 0


def _counted(base: str) -> float:
    lines = httpx.get(f"{base}/metrics", timeout=5).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(SERIES))


def test_requests_are_counted_over_all_workers_and_survive_one_that_dies(
    web: tuple[str, psutil.Process],
) -> None:
    base, master = web
    wait_until(lambda: _ask(f"{base}/readyz") == 200, 60)
    wait_until(lambda: len(master.children()) == WORKERS)
    before = _counted(base)
    assert Counter(_ask(f"{base}/healthz") for _ in range(60)) == {200: 60}
    assert {_counted(base) for _ in range(10)} == {before + 60}, "whichever worker is asked"

    old = master.children()
    old[0].kill()
    wait_until(lambda: len(master.children()) == WORKERS and old[0] not in master.children(), 30)
    wait_until(lambda: _ask(f"{base}/healthz") == 200)
    assert _counted(base) == before + 61, "what the dead worker counted is not forgotten"
