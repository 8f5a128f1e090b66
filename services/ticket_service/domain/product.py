"""What the business sells, and customers ask about."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Product:
    """`code` is the business's own (an article number); one that is not `active` is for old tickets only.

    `words` are those of its name and code (domain.words), by which it is found.
    """

    id: str
    name: str
    created_at: datetime
    updated_at: datetime
    code: str = ""
    description: str = ""
    active: bool = True
    words: list[str] = field(default_factory=list)
    version: int = 0
