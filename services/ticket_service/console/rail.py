"""The sections of the console, in the order of the rail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask_babel import LazyString, lazy_gettext

from services.ticket_service.console.chats.waiting import waiting_chats
from services.ticket_service.console.mails.waiting import waiting_mails
from services.ticket_service.domain import permissions


@dataclass(frozen=True, slots=True)
class Section:
    """One entry: `key` is the letter after `g` that goes there; `needs` is the permission to see it.

    `count` says how much there is to do.
    """

    name: str
    label: LazyString
    icon: str
    address: str
    key: str
    needs: str
    count: Callable[[], int] | None = None


RAIL: Final = (
    Section("home", lazy_gettext("Home"), "house", "/", "h", permissions.TICKETS_READ),
    Section("tickets", lazy_gettext("Tickets"), "inbox", "/tickets", "t", permissions.TICKETS_READ),
    Section("search", lazy_gettext("Search"), "search", "/search", "f", permissions.TICKETS_READ),
    Section(
        "conversations",
        lazy_gettext("Conversations"),
        "chat-dots",
        "/conversations",
        "c",
        permissions.TICKETS_READ,
        waiting_chats,
    ),
    Section(
        "triage",
        lazy_gettext("Triage"),
        "envelope-paper",
        "/triage",
        "m",
        permissions.TRIAGE_READ,
        waiting_mails,
    ),
    Section("contacts", lazy_gettext("People"), "people", "/contacts", "p", permissions.CONTACTS_READ),
    Section("calendar", lazy_gettext("Calendar"), "calendar3", "/calendar", "k", permissions.RECORDS_READ),
    Section("records", lazy_gettext("Records"), "box", "/records/products", "r", permissions.RECORDS_READ),
    Section("settings", lazy_gettext("Settings"), "gear", "/settings", "s", permissions.SETTINGS_READ),
)
