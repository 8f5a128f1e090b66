"""What somebody of the desk wrote down about a contact or an organization."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.ticket_service.domain.history import Actor


@dataclass(slots=True)
class Note:
    """`about` is `contact:<id>` or `organization:<id>`."""

    id: str
    about: str
    author: Actor
    text: str
    created_at: datetime
    edited_at: datetime | None = None
    version: int = 0


def about_contact(contact_id: str) -> str:
    """What notes about this contact are kept under."""
    return f"contact:{contact_id}"


def about_organization(organization_id: str) -> str:
    """What notes about this organization are kept under."""
    return f"organization:{organization_id}"
