"""How a ticket's number looks: a prefix and a sequence that only ever grows."""

from __future__ import annotations

import re
from typing import Final

PREFIX: Final = re.compile(r"^[A-Za-z0-9._-]{0,20}$")
"""Only what is safe in an address and in a file's name, since numbers appear in both."""


def number(prefix: str, sequence: int) -> str:
    """The number as people see it: `TT24`; a plain integer when the desk has no prefix."""
    return f"{prefix}{sequence}"
