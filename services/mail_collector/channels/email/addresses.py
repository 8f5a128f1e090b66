"""Who a mail is from and went to: addresses from headers that anybody may have written."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Final

from mailparser.utils import get_addresses

from services.mail_collector.channels.email.headers import Headers, one_line, shown, words
from shared.contracts.mail_address import ADDRESS, MailAddress, is_address
from shared.contracts.received_mail import MAX_ADDRESSES

MAX_NAME: Final = 200
_LONGEST_ADDRESS: Final = 320
_ANY_ADDRESS: Final = re.compile(ADDRESS)
_SOUGHT: Final = 2_000
"""So many characters of a broken header are searched for an address."""

_SENDERS: Final = ("from", "sender", "x-original-from", "return-path", "reply-to")


def addresses_in(values: list[str]) -> list[MailAddress]:
    """Every mailbox of these headers' values, each once, at most MAX_ADDRESSES, in their order.

    Semicolons end groups (RFC 5322); some programs write them between addresses.
    """
    found: dict[str, MailAddress] = {}
    for value in values:
        listed = value if ":" in value or '"' in value else value.replace(";", ",")
        for name, written in get_addresses(listed, decode_names=True):
            address = usable(written)
            if address and address.lower() not in found:
                found[address.lower()] = MailAddress(address, _name(name, address))
            if len(found) == MAX_ADDRESSES:
                return list(found.values())
    return list(found.values())


def sender_of(headers: Headers) -> MailAddress | None:
    """Who wrote it: From, or who stands for it when From says nothing; None when nobody can be answered."""
    for name in _SENDERS:
        values = headers.every(name)
        found = addresses_in(values[:3]) or [each for value in values[:3] for each in _sought(value)]
        if found:
            return found[0]
    return None


def usable(written: str) -> str:
    """The address as it can be written to, its case kept; empty when it is none."""
    address = "".join(written.split()).strip("'\"<>.,;")
    local, _, domain = address.rpartition("@")
    address = f"{local}@{domain.rstrip('.')}"
    fits = len(address) <= _LONGEST_ADDRESS and is_address(address) and ".." not in domain
    return address if fits and one_line(address, _LONGEST_ADDRESS) == address else ""


def matched_by(address: str) -> str:
    """What an address is recognised by: lower case, the domain as DNS has it (RFC 5890)."""
    local, _, domain = address.rpartition("@")
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}@{domain}".lower()


def _sought(value: str) -> list[MailAddress]:
    """Of a header that follows no rule: what stands in angle brackets at its end, or looks like one."""
    text = words(value)[:_SOUGHT]
    behind = text.rpartition("<")[2] if "<" in text else text
    for match in _ANY_ADDRESS.finditer(behind):
        address = usable(match[0])
        if address:
            return [MailAddress(address, _name(text.rpartition("<")[0], address))]
    return []


def _name(name: str, address: str) -> str:
    shown_name = shown(name, MAX_NAME).strip("\"' ")
    return "" if shown_name.lower() == address.lower() else shown_name
