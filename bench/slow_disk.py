"""A slower disk for the servers started meanwhile: a small library preloaded into them delays each fsync."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from deploy.local import debian

_SOURCE: Final = Path(__file__).with_name("slow_disk.c")


def ensure_installed() -> None:
    """Install Debian's C compiler when there is none. debian.NotInstallableError when that is impossible."""
    if shutil.which("gcc") is None:
        debian.install(["gcc", "libc6-dev"], purpose="a C compiler", instead="Put a gcc on PATH.")


@contextlib.contextmanager
def slow_disk(milliseconds: int) -> Iterator[None]:
    """Within the context, processes inherit the delay (after `ensure_installed`)."""
    with tempfile.TemporaryDirectory(prefix="sportello-slow-disk-") as folder:
        library = Path(folder) / "slow_disk.so"
        subprocess.run(
            ["gcc", "-shared", "-fPIC", "-O2", "-o", str(library), str(_SOURCE), "-ldl"], check=True
        )
        added = {"LD_PRELOAD": str(library), "SLOW_DISK_MS": str(milliseconds)}
        before = {name: os.environ.get(name) for name in added}
        os.environ.update(added)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
