"""Every bench runs from end to end; its figures mean nothing at this size, its correctness does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import BENCHES
from deploy.local.home import REPOSITORY


def _bench(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench", *arguments],
        cwd=REPOSITORY,
        env=os.environ | {"SPORTELLO_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        output, errors = process.communicate(timeout=280)
    except subprocess.TimeoutExpired:
        process.terminate()  # not killed: it has servers to end
        output, errors = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


@pytest.mark.integration
@pytest.mark.timeout(300)
def test_all_benches_run_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    done = _bench(tmp_path, "--smoke")
    assert done.returncode == 0, done.stdout + done.stderr
    documents = [json.loads(path.read_text()) for path in (tmp_path / "bench").glob("*.json")]
    assert {document["name"] for document in documents} == set(BENCHES)
    numbers = {row["number"] for document in documents for row in document["rows"]}
    assert {"G1", "G3", "G6", "G7", "G8", "G9", "G10", "G14"} <= numbers
    assert all(document["faults"] == [] for document in documents)


def test_an_unknown_bench_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    done = _bench(tmp_path, "nothing")
    assert done.returncode == 2
    assert "gateway, consumer, lists, console, e2e, mail, streams" in done.stderr
