"""Conversations: all that one person and the desk said on one channel, also where no ticket came of it."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from flask_babel import lazy_gettext as _l

from services.ticket_service.console.chats.visitor import visitor_of
from services.ticket_service.console.composer.compose import composer_in
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.people import asked
from services.ticket_service.console.reading import read, read_all
from services.ticket_service.console.ticket.allowed import Reader
from services.ticket_service.console.ticket.timeline import actions, by_day
from services.ticket_service.domain import permissions
from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.message import ABOUT_MESSAGES, BESIDE_THE_TALK, IN

blueprint = ConsoleBlueprint("conversations", __name__)

ALL: Final = "all"
WAYS: Final = {
    ALL: (_l("All"), {}),
    "free": (_l("No open ticket"), {"open_ticket": False}),
    "waiting": (_l("Waiting"), {"drafts": True}),
    "chats": (_l("Chats"), {"chat": True}),
    "chats-waiting": (_l("Waiting"), {"waiting": True}),
    "chats-missed": (_l("Missed"), {"missed": True}),
}
"""How the list is cut, with what the interface is asked for."""
OF_CHATS: Final = ("chats", "chats-waiting", "chats-missed")
"""Ways that only a desk with a live chat is offered: all of its chats, and some of them."""
_ROWS: Final = 40
_SAID: Final = 60


@blueprint.page("/conversations", needs=permissions.TICKETS_READ)
def index() -> Response:
    """The list, and no conversation open."""
    return show("people/conversations.html", talk=None, said=None, **_list())


@blueprint.page("/conversations/<conversation_id>", needs=permissions.TICKETS_READ)
def one(conversation_id: str) -> Response:
    """One conversation beside the list."""
    talk = read(f"/conversations/{conversation_id}")
    said = _said(conversation_id, None)
    choices = {} if talk["open_ticket"] else _choices()
    shown = {"talk": talk, "visitor": visitor_of(talk), "said": said, "choices": choices}
    return show("people/conversations.html", box=composer_in(talk), statuses=(), **shown, **_list())


@blueprint.page("/conversations/<conversation_id>/earlier", needs=permissions.TICKETS_READ)
def earlier(conversation_id: str) -> Response:
    """What was said before what is shown (a part of the page)."""
    talk = read(f"/conversations/{conversation_id}")
    return show("people/said.html", talk=talk, said=_said(conversation_id, asked.cursor()))


def _list() -> dict[str, Any]:
    way = asked.one_of("show", WAYS, ALL)
    known = read("/channels")["items"]
    channels = {each["id"]: each["name"] for each in known}
    live_chats = any(each["kind"] == CHAT for each in known)
    channel = asked.one_of("channel", channels) or None
    page = read("/conversations", channel=channel, cursor=asked.cursor(), limit=_ROWS, **WAYS[way][1])
    return {
        "talks": page["items"],
        "following": page["next"],
        "way": way,
        "ways": {name: label for name, (label, _) in WAYS.items() if name not in OF_CHATS},
        "chat_ways": {name: WAYS[name][0] for name in OF_CHATS} if live_chats else {},
        "channel": channel or "",
        "channels": channels,
    }


def _said(conversation_id: str, cursor: str | None) -> dict[str, Any]:
    """The latest of it, the oldest of these first; `free` says how many a ticket can be opened from.

    Reactions, edits and deletions are to be seen on the message they are about.
    """
    path = f"/conversations/{conversation_id}/messages"
    page = read(path, order="newest", limit=_SAID, cursor=cursor)
    items = [each for each in page["items"] if not (each["kind"] in ABOUT_MESSAGES and each["target_id"])]
    free = [each for each in items if each["ticket"] is None and each["kind"] not in BESIDE_THE_TALK]
    heard = any(each["direction"] == IN for each in free)
    entries = actions(items)
    reader = Reader.of_talk()
    for entry in entries:
        if entry.action is not None and entry.action["ticket"] is None:
            entry.can = reader.may(entry.action)
    return {"entries": by_day(entries), "next": page["next"], "free": len(free) if heard else 0}


def _choices() -> dict[str, list[tuple[str, str]]]:
    """What a new ticket may be given at once."""
    dictionaries = {each["dictionary"]: each["entries"] for each in read("/settings/dictionaries")["items"]}
    return {
        "priority": [(each["key"], each["label"]) for each in dictionaries["priority"] if each["active"]],
        "assignee": [(each["id"], each["name"]) for each in read_all("/users", active=True)],
    }
