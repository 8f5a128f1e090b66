"""The routing table has no loose ends, and the pages made from it are fresh."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.contracts import document
from shared.contracts.catalogue import CONTRACTS
from shared.contracts.routes import (
    DEAD_QUEUE,
    EVENTS_EXCHANGE,
    PARTITIONS,
    ROUTES,
    address,
    partition,
    queues_of,
)

ROOT = Path(__file__).parents[2]


def test_every_event_has_a_route_and_one_address_however_many_listen() -> None:
    routed = [event for route in ROUTES for event in route.events]
    assert set(routed) == set(CONTRACTS)
    twice = {event for event in routed if routed.count(event) > 1}
    for route in ROUTES:
        for event in twice.intersection(route.events):
            assert (route.exchange, route.routing_key) == (EVENTS_EXCHANGE, ""), event


def test_a_service_listens_to_an_event_in_one_queue_only() -> None:
    heard = [(event, route.consumer) for route in ROUTES for event in route.events]
    assert len(heard) == len(set(heard))


def test_every_queue_has_a_consumer_process_that_exists() -> None:
    for route in ROUTES:
        service, process = route.consumer.split(".")
        assert (ROOT / "services" / service / f"{process}.py").is_file(), route.queue


def test_every_producer_is_a_service_that_exists() -> None:
    for route in ROUTES:
        assert route.producers
        for service in route.producers:
            assert (ROOT / "services" / service).is_dir(), route.queue


def test_a_consumer_gets_all_its_queues_and_the_desk_the_dead_letters() -> None:
    assert queues_of("notifier.worker") == [
        "notifier.replies",
        "notifier.notifications",
        "notifier.receipts",
        "notifier.templates",
        "notifier.presence",
        "notifier.mails",
        "notifier.erasures",
    ]
    desk = queues_of("ticket_service.worker")
    assert [f"inbound.{number}" for number in range(PARTITIONS)] == desk[:PARTITIONS]
    assert DEAD_QUEUE in desk


@pytest.mark.parametrize(
    ("contact_key", "expected"), [("", 0), ("whatsapp-main:+393351032246", 3), ("whatsapp-main:+39333", 1)]
)
def test_the_partition_of_a_contact_never_changes(contact_key: str, expected: int) -> None:
    assert partition(contact_key) == expected
    assert address("message.received", contact_key) == ("sportello.inbound", f"inbound.{expected}")


def test_the_generated_pages_are_fresh() -> None:
    assert (ROOT / "docs/events.md").read_text() == document.events_page()
    assert (ROOT / "docs/asyncapi.json").read_text() == document.asyncapi()
    assert set(json.loads(document.asyncapi())["components"]["messages"]) == set(CONTRACTS)
