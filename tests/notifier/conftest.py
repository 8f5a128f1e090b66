"""Fixtures of the notifier's tests: a store of each kind."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from services.notifier.store.mongo import MongoDeliveryStore
from services.notifier.store.templates import MongoTemplateStore
from shared.mongo.connect import connect, database
from tests.notifier.graph import FakeGraph, fake_graph


@pytest.fixture
def mongo_store(mongodb_uri: str, database_name: str) -> Iterator[MongoDeliveryStore]:
    """A prepared store in a database of this test alone."""
    client = connect(mongodb_uri, "test")
    with client:
        store = MongoDeliveryStore(client, database(client, database_name))
        store.prepare()
        yield store


@pytest.fixture
def mongo_templates(mongodb_uri: str, database_name: str) -> Iterator[MongoTemplateStore]:
    """The same for templates."""
    client = connect(mongodb_uri, "test")
    with client:
        db = database(client, database_name)
        MongoDeliveryStore(client, db).prepare()
        store = MongoTemplateStore(client, db)
        store.prepare()
        yield store


@pytest.fixture
def graph() -> Iterator[FakeGraph]:
    """A stand-in for Meta's Graph API."""
    with fake_graph(FakeGraph) as running:
        yield running


@pytest.fixture
def unused_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
