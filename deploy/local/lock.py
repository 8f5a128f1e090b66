"""`./sportello lock [--upgrade]`: compiles every .in file into a .txt with hashes and no index address."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from deploy.local.home import REPOSITORY

_DEVELOPMENT = Path("requirements-dev.in")
_OVERRIDES = "requirements-overrides.txt"
_OPTIONS = (
    "--quiet", "--no-config", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links",
    "--no-header", "--python-version", "3.11", "--override", _OVERRIDES,
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Compile the development file first; it constrains the others. Returns 1 when one cannot be solved."""
    if arguments not in ([], ["--upgrade"]):
        print("Usage: ./sportello lock [--upgrade]", file=sys.stderr)
        return 2
    # Only what the plain registry serves: a wheel from some local folder has a hash that nobody else sees.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    others = sorted(
        path.relative_to(REPOSITORY)
        for folder in ("services", "sandbox", "deploy")
        for path in (REPOSITORY / folder).rglob("*.in")
    )
    for source in (_DEVELOPMENT, *others):
        constraint = [] if source == _DEVELOPMENT else ["-c", str(_DEVELOPMENT.with_suffix(".txt"))]
        command = [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "compile",
            *_OPTIONS,
            *constraint,
            *arguments,
            str(source),
        ]
        command += ["-o", str(source.with_suffix(".txt"))]
        print(source.with_suffix(".txt"), flush=True)
        if subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode != 0:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
