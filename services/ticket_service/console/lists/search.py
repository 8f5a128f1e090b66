"""One search over everything the reader may see: tickets, people, organizations, conversations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from services.ticket_service.api import context
from services.ticket_service.api.ticket_query import DEFAULT_SORT, order_of
from services.ticket_service.console.lists.asked import asked
from services.ticket_service.console.lists.choices import Labels
from services.ticket_service.console.lists.rows import rows_of
from services.ticket_service.console.reading import read
from services.ticket_service.domain import permissions

MOST: Final = 8
"""Of each kind; all of them are in that kind's own list."""
_MOST_CONTACTS: Final = 5
"""Whose conversations are shown: those of the first contacts found."""


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind. `rows` are tickets as rows, `items` others as the interface shows them."""

    kind: str
    label: str
    icon: str
    rows: list[Any]
    items: list[dict[str, Any]]
    all: str | None


def found(words: str) -> list[Group]:
    """What begins with these words; kinds without any are left out."""
    groups = [_tickets(words)]
    if context.caller().may(permissions.CONTACTS_READ):
        people = read("/contacts", q=words, limit=MOST)
        groups += [
            _group("contacts", _("People"), "person", people, f"/contacts?{_query(words)}"),
            _group(
                "organizations",
                _("Organizations"),
                "building",
                read("/organizations", q=words, limit=MOST),
                f"/organizations?{_query(words)}",
            ),
            _conversations(people["items"]),
        ]
    return [group for group in groups if group.rows or group.items]


def _tickets(words: str) -> Group:
    wanted = asked(MultiDict({"q": words, "sort": DEFAULT_SORT}))
    page = context.services().tickets.page(wanted.wanted, order_of(wanted.sort), None, MOST)
    plain = replace(wanted, plain={}, usual=True)
    rows = rows_of(plain, Labels(), page.tickets)
    more = wanted.parameters() if page.next else None
    return Group("tickets", _("Tickets"), "inbox", rows, [], more)


def _group(kind: str, label: str, icon: str, page: dict[str, Any], all_: str) -> Group:
    return Group(kind, label, icon, [], page["items"], all_ if page["next"] else None)


def _conversations(contacts: list[dict[str, Any]]) -> Group:
    items: list[dict[str, Any]] = []
    for contact in contacts[:_MOST_CONTACTS]:
        items += read("/conversations", contact=contact["id"], limit=MOST)["items"]
    return Group("conversations", _("Conversations"), "chat-dots", [], items[:MOST], None)


def _query(words: str) -> str:
    return urlencode({"q": words})
