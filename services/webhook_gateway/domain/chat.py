"""A live chat as the gateway keeps it: how it is called, and what its lines' ids say."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

KEPT: Final = timedelta(days=400)
"""So long a line is kept; a visitor's token does not live longer either."""
VISITOR_ID: Final = re.compile(r"[uv]-[0-9a-f]{32}\Z")
_ANONYMOUS: Final = "v-"


def chat_key(channel_id: str, visitor_id: str) -> str:
    """The chat of a visitor with a channel; the contact key of what the visitor says, too."""
    return f"{channel_id}:{visitor_id}"


def is_visitor(address: str) -> bool:
    """Whether this is a visitor's id, and not a number or a mail address."""
    return VISITOR_ID.match(address) is not None


def is_anonymous(visitor_id: str) -> bool:
    """Whether nobody but the visitor's own browser says who it is."""
    return visitor_id.startswith(_ANONYMOUS)


def client_id(line_id: str) -> str:
    """The id that a visitor's browser gave to a line: in front of it stands the visitor's, without a dot."""
    return line_id.partition(".")[2]
