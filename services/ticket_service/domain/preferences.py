"""How one user likes the console: remembered on the server, so that it follows them to every browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

AUTO: Final = "auto"
THEMES: Final = (AUTO, "light", "dark")
COMFORTABLE: Final = "comfortable"
DENSITIES: Final = (COMFORTABLE, "compact")
PLACES: Final = ("top", "left")
"""Where the ticket page has the classification; S004's two areas are `left`."""
HOMES: Final = ("home", "tickets", "conversations", "contacts", "calendar")
MOST_UNDO_SECONDS: Final = 30
MOST_KEYS: Final = 200
MOST_COLUMNS: Final = 50
MOST_IN_LIST: Final = 100
LONGEST_VALUE: Final = 500

UiValue = bool | int | str | list[str]


@dataclass(slots=True)
class Preferences:
    """`id` is the user's. `undo_seconds` is how long a sent answer can be taken back, 0 for not at all.

    `columns` are the columns of each list by its name. `sound` and `desktop` announce what is for this user.
    `ui` is whatever else the pages remember: collapsed panels, the kind of a list; they choose the keys.
    """

    id: str
    theme: str = AUTO
    density: str = COMFORTABLE
    classification: str = PLACES[0]
    home: str = HOMES[0]
    undo_seconds: int = 5
    sound: bool = False
    desktop: bool = False
    columns: dict[str, list[str]] = field(default_factory=dict)
    ui: dict[str, UiValue] = field(default_factory=dict)
    version: int = 0
