"""Origins of web pages: how one is written, and that two are the same only when they are exactly the same."""

from __future__ import annotations

import re
from typing import Final

ANY: Final = "*"
_ORIGIN: Final = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]{0,30})://(?P<host>[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?P<port>:[1-9][0-9]{0,4})?"
)
_USUAL_PORTS: Final = {"http": ":80", "https": ":443"}


def is_origin(text: str) -> bool:
    """Whether this is an origin as browsers write it (RFC 6454, 6.2): in small letters, without a usual port.

    `null`, which sandboxed frames and files say, is none: it would let in anybody who can make a frame.
    """
    found = _ORIGIN.fullmatch(text)
    return found is not None and found["port"] != _USUAL_PORTS.get(found["scheme"], "")
