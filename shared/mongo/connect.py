"""Connections that keep what they acknowledge: majority, journaled, retried; weaker settings are refused."""

from __future__ import annotations

from typing import Any, Final

from bson.codec_options import CodecOptions
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.runtime.settings import SettingsError

Document = dict[str, Any]
MAX_TRANSACTION_SECONDS: Final = 5
"""A process killed inside a transaction blocks its documents for that long (the server's default is 60 s)."""

_OPTIONS: Final[dict[str, Any]] = {
    "w": "majority",
    "journal": True,
    "readConcernLevel": "majority",
    "retryWrites": True,
    "retryReads": True,
    "tz_aware": True,
    "serverSelectionTimeoutMS": 3_000,
    "connectTimeoutMS": 3_000,
    # Shorter than the broker's heartbeat, so that a consumer waiting for a dead server is still heard.
    "socketTimeoutMS": 12_000,
    "maxPoolSize": 50,
}


def connect(uri: str, app_name: str, *, patient: bool = False) -> MongoClient[Document]:
    """A client (connects when first used). SettingsError when the URI weakens what the promises rest on.

    A `patient` one waits as long as an answer takes: making an index of a large collection takes minutes.
    """
    options = {**_OPTIONS, "socketTimeoutMS": None} if patient else _OPTIONS
    client: MongoClient[Document] = MongoClient(uri, appname=app_name, **options)
    # Options in the URI are overridden by ours; what could still differ is checked rather than trusted.
    if client.write_concern.document.get("w") != "majority" or not client.write_concern.document.get("j"):
        raise SettingsError(["MONGODB_URI: writes must be acknowledged by the majority and journaled."])
    return client


def database(client: MongoClient[Document], name: str) -> Database[Document]:
    """A service's own database, with the same concerns spelled out."""
    return client.get_database(
        name,
        codec_options=CodecOptions(tz_aware=True),
        write_concern=WriteConcern("majority", j=True),
        read_concern=ReadConcern("majority"),
    )


def server_problems(client: MongoClient[Document]) -> list[str]:
    """What is wrong with the server for us: not a replica set, or transactions that live too long."""
    problems = []
    hello = client.admin.command("hello")
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        problems.append("MongoDB is not a replica set, so it has no transactions: start it with --replSet.")
    try:
        answer = client.admin.command("getParameter", 1, transactionLifetimeLimitSeconds=1)
    except PyMongoError:
        return problems  # a hosted server may hide its parameters; then nobody can check
    limit = answer.get("transactionLifetimeLimitSeconds", 0)
    if limit > MAX_TRANSACTION_SECONDS:
        problems.append(
            f"transactionLifetimeLimitSeconds is {limit}: set it to {MAX_TRANSACTION_SECONDS} or less,"
            " or a killed process blocks its documents for that long."
        )
    return problems


def database_check(client: MongoClient[Document]) -> str | None:
    """A readiness check: None when the server answers and suits us."""
    return " ".join(server_problems(client)) or None
