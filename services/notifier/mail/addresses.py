"""Mail addresses and header texts as they can be written into a mail."""

from __future__ import annotations

import re
from typing import Final

_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS: Final = re.compile(rf"(?=.{{1,64}}@){_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\Z")


class NotAnAddress(ValueError):
    """The address cannot be written into a mail."""


def ascii_address(address: str) -> str:
    """The address with its domain as DNS knows it (IDNA). NotAnAddress: only with an extension few have."""
    local, _, domain = address.rpartition("@")
    try:
        written = f"{local}@{domain.encode('idna').decode()}"
    except ValueError as error:
        raise NotAnAddress(address) from error
    if not _ADDRESS.match(written):
        raise NotAnAddress(address)
    return written


def is_written(address: str) -> bool:
    """Whether the address can be written into a mail."""
    try:
        ascii_address(address)
    except NotAnAddress:
        return False
    return True


def one_line(text: str) -> str:
    """The text without anything that could end a line."""
    return _BREAKS.sub(" ", text).strip()


def plain_address(address: str) -> str:
    """The address as it is compared: in one case, without what may stand behind a plus sign."""
    local, _, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
