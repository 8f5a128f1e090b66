"""Mail addresses: what is one, and whose mailbox it names."""

import re
from email.utils import formataddr, getaddresses, make_msgid

_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]\\@\x00-\x1f\x7f]{1,64}@[^\s<>,;:\"()\[\]\\@\x00-\x1f\x7f]{1,255}\Z")


def is_address(text: str) -> bool:
    """Is this one address, without a name?"""
    return _ADDRESS.match(text) is not None


def plain(address: str) -> str:
    """The mailbox that an address names: lower case, and what follows a plus left out."""
    local, at, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def domain_of(address: str) -> str:
    """What follows the @, in lower case."""
    return address.lower().rpartition("@")[2]


def parsed(*fields: str) -> list[tuple[str, str]]:
    """(name, lower-cased address) of everybody whom header fields name; what is no address is left out."""
    return [(name, address.lower()) for name, address in getaddresses(fields) if is_address(address)]


def shown(name: str, address: str) -> str:
    """Name and address as a header has them."""
    return formataddr((name, address)) if name and name != address else address


def new_message_id(address: str) -> str:
    """An id that nobody has used, with its brackets, of the domain of `address`."""
    return make_msgid(domain=domain_of(address))
