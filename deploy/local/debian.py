"""Installs what is missing from Debian's packages, without letting a package start a server of its own.

Standard library only: the launcher uses it before there is a virtual environment.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")
PACKAGES_KEPT = Path("/var/lib/dpkg")
_REFUSE_STARTS = (
    "#!/bin/sh\n# Written by sportello while it installs packages; removed afterwards.\nexit 101\n"
)
_WORTH_SHOWING = ("Get:", "Fetched", "Setting up", "W:", "E:", "Err:")
# Debian's units of what is installed here: Sportello runs its own, so these must not start at the next boot.
_UNITS = {"rabbitmq-server": ("rabbitmq-server.service", "epmd.socket", "epmd.service")}


class NotInstallableError(Exception):
    """Something is missing and cannot be installed from here; the text says what to do instead."""


def install(packages: Sequence[str], *, purpose: str, instead: str) -> None:
    """Install Debian packages, showing apt's progress.

    purpose: what they are for, shown to the user. instead: what to do when this machine cannot install them.
    Raises NotInstallableError when apt-get is missing, the user is not root, or apt fails.
    """
    command = f"apt-get install --no-install-recommends {' '.join(packages)}"
    if shutil.which("apt-get") is None:
        raise NotInstallableError(
            f"{purpose} is missing, and this is not a Debian or Ubuntu machine. {instead}"
        )
    if os.geteuid() != 0:
        raise NotInstallableError(
            f"{purpose} is missing, and only root may install it. Run: sudo {command} . {instead}"
        )
    print(f"Installing {purpose} from Debian's packages: {', '.join(packages)}", flush=True)
    with _alone(), _no_service_starts():
        _apt("update", "-q")
        _apt("install", "-q", "-y", "--no-install-recommends", *packages)
    _keep_units_off(packages)


def _apt(*arguments: str) -> None:
    """Run apt-get, showing what it fetches and sets up; the whole of its output only when it fails."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    options = ("-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0")
    lines = []
    with subprocess.Popen(
        ["apt-get", *options, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None  # noqa: S101 - asked for above
        for line in process.stdout:
            lines.append(line.rstrip())
            if line.startswith(_WORTH_SHOWING):
                print(f"  {line.rstrip()}", flush=True)
    if process.returncode != 0:
        print("\n".join(lines), file=sys.stderr)
        raise NotInstallableError(
            f"apt-get {arguments[0]} failed (exit code {process.returncode}); its messages are above. "
            "Repair that (often: network, disk space, `dpkg --configure -a`) and run the same command again."
        )


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process of ours installs: several of a test run find things missing at once.

    apt waits for others only when it installs, not when it reads lists; and the policy is one file for all.
    """
    folder = os.open(PACKAGES_KEPT, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextlib.contextmanager
def _no_service_starts() -> Iterator[None]:
    """Make Debian's maintainer scripts start nothing while packages are installed (policy-rc.d, exit 101)."""
    kept = POLICY.with_name("policy-rc.d.before-sportello")
    if POLICY.exists() and POLICY.read_text(errors="replace") != _REFUSE_STARTS:
        POLICY.rename(kept)
    try:
        POLICY.write_text(_REFUSE_STARTS)
        POLICY.chmod(0o755)
        yield
    finally:
        POLICY.unlink(missing_ok=True)
        if kept.exists():
            kept.rename(POLICY)


def _keep_units_off(packages: Sequence[str]) -> None:
    units = [unit for package in packages for unit in _UNITS.get(package, ())]
    if units and shutil.which("systemctl"):
        done = subprocess.run(
            ["systemctl", "disable", "--quiet", *units], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            print(f"  note: could not disable {', '.join(units)}: {done.stderr.strip()}", file=sys.stderr)
