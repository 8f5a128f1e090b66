"""Who did something, inside another document."""

from __future__ import annotations

from typing import Any

from services.ticket_service.domain.history import Actor

Document = dict[str, Any]


def actor_document(actor: Actor) -> Document:
    """Who did something, inside another document."""
    return {"kind": actor.kind, "id": actor.id, "name": actor.name}


def actor(document: Document) -> Actor:
    """Back from the document."""
    return Actor(document["kind"], document["id"], document["name"])
