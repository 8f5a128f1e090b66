"""Disks that fail: a very small one, and one that can no longer be written. The tests run as root."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A file system of so many bytes, mounted on this folder."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def make_unwritable(folder: Path) -> None:
    """As a kernel does it after errors of the disk: mounted read-only from now on."""
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)


def make_writable(folder: Path) -> None:
    """Repaired."""
    subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
