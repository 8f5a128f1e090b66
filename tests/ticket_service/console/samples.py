"""Addresses of the console on a furnished desk, by the endpoint that answers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.ticket_service.api.rig import Rig


@dataclass(frozen=True)
class Desk:
    """What the furnished desk has: numbers and ids to put into addresses."""

    ticket: str
    contact: str
    conversation: str
    organization: str
    message: str


def desk_of(rig: Rig) -> Desk:
    """The things of the desk that addresses name."""

    def first(path: str, **query: Any) -> dict[str, Any]:
        item: dict[str, Any] = rig.get(path, query_string=query).get_json()["items"][0]
        return item

    ticket = first("/tickets", q="stampa")
    action = first(f"/tickets/{ticket['number']}/actions")
    return Desk(
        ticket["number"],
        ticket["requester"]["id"],
        ticket["conversation_id"],
        first("/organizations")["id"],
        action["id"],
    )


SAMPLES: Final[dict[str, str | Callable[[Desk], Any]]] = {}
"""Endpoint → address, or what makes one (or several) of the desk."""
NO_PAGE: Final[dict[str, str]] = {}
"""Endpoints that answer with no page of their own, and why."""
