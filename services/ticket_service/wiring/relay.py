"""The relay: what publishes the outbox."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

from services.ticket_service.config import DeskProcessSettings
from services.ticket_service.consume import SERVICE
from services.ticket_service.wiring.base import connect_database, when
from shared.messaging.publisher import PipelinedPublisher
from shared.mongo.connect import database_check
from shared.outbox.relay import Relay
from shared.outbox.source import MongoOutbox
from shared.runtime.health import Check
from shared.runtime.ids import new_id
from shared.runtime.stop import Stop


@dataclass(frozen=True, slots=True)
class RelayProcess:
    """The parts of the relay process, not yet started."""

    publisher: PipelinedPublisher
    relay: Relay
    checks: dict[str, Check]


def build_relay(settings: DeskProcessSettings, stop: Stop) -> RelayProcess:
    """What publishes the outbox; of several replicas one is active."""
    client, db = connect_database(settings, "relay")
    publisher = PipelinedPublisher(settings.process.amqp_url, green=False, source=f"{SERVICE}.relay")
    outbox = MongoOutbox(db, f"{socket.gethostname()}:{os.getpid()}:{new_id()}")
    checks = {"broker": when(publisher.ready), "database": lambda: database_check(client)}
    return RelayProcess(publisher, Relay(outbox, publisher, stop), checks)
