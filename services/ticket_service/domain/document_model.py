"""How a document made of a ticket looks: HTML with places for the ticket's values, and a style sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

MAX_BODY: Final = 100_000
MAX_STYLE: Final = 50_000


@dataclass(slots=True)
class DocumentModel:
    """`body` is HTML in Liquid, `style` CSS; those that are `builtin` come with the desk and never change."""

    id: str
    name: str
    body: str
    created_at: datetime | None
    updated_at: datetime | None
    style: str = ""
    description: str = ""
    active: bool = True
    builtin: bool = False
    version: int = 0
