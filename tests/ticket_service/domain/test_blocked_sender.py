"""Whoever is blocked in a live chat does not come back at once by being somebody new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.ticket_service.domain.blocked_sender import BlockedSender, networks_blocked
from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.visit import Visit

AT = datetime(2025, 2, 27, 21, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def blocked(at: datetime, *networks: str) -> BlockedSender:
    return BlockedSender(f"webchat:{at}", "webchat", str(at), at, DESK, networks=list(networks))


@pytest.mark.parametrize(
    ("later", "networks", "until"),
    [
        (timedelta(0), ["office"], AT + 24 * HOUR),
        (24 * HOUR - timedelta(seconds=1), ["office"], AT + 24 * HOUR),
        (24 * HOUR, ["office"], None),
        (timedelta(0), [], None),
    ],
)
def test_a_network_is_blocked_for_a_day(
    later: timedelta, networks: list[str], until: datetime | None
) -> None:
    assert blocked(AT, *networks).network_until(AT + later) == until


def test_of_several_blocks_each_network_counts_from_the_first_that_still_holds() -> None:
    senders = [
        blocked(AT - 24 * HOUR, "office"),
        blocked(AT - 2 * HOUR, "office", "home"),
        blocked(AT - HOUR, "home"),
        blocked(AT),
    ]
    assert networks_blocked(senders, AT) == {"office": AT - 2 * HOUR, "home": AT - 2 * HOUR}


def test_a_visit_knows_where_its_visitor_wrote_from_last() -> None:
    visit = Visit(AT, network="office")
    assert not visit.learn(Visit(AT + HOUR))
    assert visit.network == "office"
    assert visit.learn(Visit(AT + HOUR, network="home"))
    assert visit.network == "home"
