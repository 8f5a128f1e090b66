"""Walks through the console by its own links, and says which page each of them leads to."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from services.ticket_service.console.pages import PAGE_NEEDS
from tests.ticket_service.api.rig import Rig
from tests.ticket_service.console.rig import sign_in

_STARTS: Final = ("/", "/tickets?view=&status=", "/tickets?as=board", "/tickets?as=table")
_LINKS: Final = ("href", "hx-get", "data-load", "data-sheet", "data-from", "data-older-of", "src")
_MOST_OF_ONE: Final = 3
"""So many addresses of one endpoint are read; they differ in what they are about."""


@dataclass
class Walk:
    """Addresses by the endpoint that answered them: whole pages, and parts of pages."""

    pages: dict[str, list[str]] = field(default_factory=dict)
    parts: dict[str, list[str]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def walk(rig: Rig, *first: str, user: str = "anna") -> Walk:
    """Everything that can be reached by this user, from these addresses and from where everybody begins."""
    client, found, seen = sign_in(rig, user), Walk(), set[str]()
    waiting = deque((*first, *_STARTS))
    while waiting:
        address = waiting.popleft()
        endpoint = _endpoint(rig, address)
        known = found.pages.get(endpoint, []) + found.parts.get(endpoint, [])
        if endpoint not in PAGE_NEEDS or address in seen or len(known) >= _MOST_OF_ONE:
            continue
        seen.add(address)
        waiting.extend(_visit(client, address, endpoint, found))
    return found


def _visit(client: FlaskClient, address: str, endpoint: str, found: Walk) -> list[str]:
    answer = client.get(address, headers={"Accept": "text/html"})
    if answer.status_code in (301, 302, 303, 307, 308):
        return [urljoin(address, answer.headers["Location"])]
    if answer.status_code != 200:
        found.broken.append(f"{address}: {answer.status_code}")
        return []
    if not answer.content_type.startswith("text/html"):
        found.parts.setdefault(endpoint, []).append(address)
        return []
    text = answer.get_data(as_text=True)
    whole = text.lstrip()[:9].lower() == "<!doctype" and not _is_frame(answer)
    (found.pages if whole else found.parts).setdefault(endpoint, []).append(address)
    soup = BeautifulSoup(text, "html.parser")
    links = [tag[name] for name in _LINKS for tag in soup.select(f"[{name}]")]
    return [urljoin(address, str(link)).partition("#")[0] for link in links]


def _is_frame(answer: TestResponse) -> bool:
    """Whether it stands in a page as a frame that runs nothing, not even what looks at pages."""
    return answer.headers.get("Content-Security-Policy", "").startswith("sandbox")


def _endpoint(rig: Rig, address: str) -> str:
    parts = urlsplit(address)
    if parts.netloc:
        return ""
    try:
        return str(rig.app.url_map.bind("localhost").match(parts.path, "GET")[0])
    except HTTPException:
        return ""
