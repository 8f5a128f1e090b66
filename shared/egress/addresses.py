"""Where a service may connect to: addresses of the public internet, and what the operator named himself."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]
"""All addresses of a host, for a port; OSError when there are none."""

HTTPS: Final = 443
_SPECIAL: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "100::/64", "3fff::/20", "5f00::/16")
)
"""Of IANA's registries of special addresses, what Python 3.11 does not know yet."""
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
_PORTS: Final = {"http": 80, "https": HTTPS}


class ForbiddenAddress(Exception):
    """Nothing may be asked of it. The text says why, without the address's secrets (path, query)."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what an address is before its path."""

    scheme: str
    host: str
    port: int


def origin_of(url: httpx.URL) -> Origin:
    """The origin of an address, the host as it is resolved (IDNA). ForbiddenAddress when it has none."""
    port = url.port or _PORTS.get(url.scheme)
    if port is None or not url.host:
        raise ForbiddenAddress("The address is no web address.")
    return Origin(url.scheme, url.raw_host.decode("ascii").lower(), port)


def resolve(host: str, port: int) -> list[str]:
    """What the system's resolver says. It also reads 127.1, 2130706433 and 0x7f000001 as addresses."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def is_public(address: str) -> bool:
    """Whether an address is of the public internet; the IPv4 address inside an IPv6 one counts as well."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return all(_is_global(part) for part in (parsed, *_inside(parsed)))


def _is_global(address: Address) -> bool:
    return address.is_global and not (
        any(address in network for network in _SPECIAL)
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
    )


def _inside(address: Address) -> list[ipaddress.IPv4Address]:
    """IPv4 addresses an IPv6 one may lead to: mapped, compatible, translated, tunnelled."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or address in _COMPATIBLE:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [part for part in found if part is not None]


class Guard:
    """Decides where to connect to. `named` are the origins the operator wrote into the channel's settings."""

    def __init__(self, named: Collection[Origin], resolver: Resolve = resolve) -> None:
        self._named = frozenset(named)
        self._resolve = resolver

    def is_named(self, url: httpx.URL) -> bool:
        """Whether the operator himself names where this address lies."""
        return origin_of(url) in self._named

    def admit(self, url: httpx.URL) -> None:
        """ForbiddenAddress unless the address is HTTPS on its usual port, or named by the operator."""
        origin = origin_of(url)
        if origin not in self._named and (origin.scheme, origin.port) != ("https", HTTPS):
            raise ForbiddenAddress(f"The address may not be {origin.scheme}://…:{origin.port}.")

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses to connect to, each of them checked. ForbiddenAddress, OSError."""
        found = self._resolve(host, port)
        named = any((origin.host, origin.port) == (host.lower(), port) for origin in self._named)
        if not named and not all(is_public(address) for address in found):
            raise ForbiddenAddress("The host has an address that is not of the public internet.")
        return found
