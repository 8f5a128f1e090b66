"""Compose's own view of docker-compose.yml, by the real binary, with secrets as an operator makes them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.compose import write_env
from tests.deploy.desk import ROOT

Compose = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def compose() -> Compose:
    """Runs the Compose binary on docker-compose.yml, with nothing of this shell's environment but PATH."""
    binary = Path(sys.executable).with_name("docker-compose")

    def run(*arguments: str, env_file: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [binary, "--file", ROOT / "docker-compose.yml", "--env-file", env_file, *arguments],
            env={"PATH": os.environ["PATH"], "HOME": str(env_file.parent)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def env_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The .env of a first look."""
    path = tmp_path_factory.mktemp("compose") / "env"
    write_env.write(path)
    return path


@pytest.fixture(scope="session")
def composed(compose: Compose, env_file: Path) -> dict[str, Any]:
    """All services of all profiles, as Compose would start them."""
    done = compose("--profile", "*", "config", "--format", "json", env_file=env_file)
    assert done.returncode == 0, done.stderr
    services: dict[str, Any] = json.loads(done.stdout)["services"]
    return services
