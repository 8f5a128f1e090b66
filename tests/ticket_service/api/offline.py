"""The application without a database, for what is decided before one is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from pymongo import MongoClient

from services.ticket_service.app import create_app
from services.ticket_service.wiring.web import web_on
from tests.support.memory_blobs import MemoryBlobStore


@contextmanager
def offline_app() -> Iterator[Flask]:
    """Nothing listens where its database should be."""
    client: MongoClient[dict[str, Any]] = MongoClient(
        "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=20", connect=False
    )
    with client:
        yield create_app(web_on(client, client["nothing"], MemoryBlobStore()))
