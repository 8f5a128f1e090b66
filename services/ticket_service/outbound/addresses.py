"""Whether an address may be given for a webhook; where its name leads is checked again at each try."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection

import httpx

from shared.egress.addresses import ForbiddenAddress, Guard, Origin, is_public, origin_of


def wrong_address(url: str, named: Collection[Origin]) -> str | None:
    """Why nothing may be sent there, None when it may. `named` are those the operator vouches for."""
    try:
        parsed = httpx.URL(url)
        origin = origin_of(parsed)
        if parsed.userinfo:
            return "It must not hold a user or a password."
        if origin in named:
            return None
        Guard([]).admit(parsed)
    except (ForbiddenAddress, httpx.InvalidURL, ValueError) as error:
        return f"{error} Use https on its usual port."
    try:
        address = ipaddress.ip_address(origin.host)
    except ValueError:
        return None
    return None if is_public(str(address)) else "The host is not of the public internet."
