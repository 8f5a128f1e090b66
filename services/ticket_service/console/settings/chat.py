"""Live chats: their looks, words and form, when they are online, and what becomes of what visitors write."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from flask_babel import lazy_gettext as _l

from services.ticket_service.console.chats.words import DETAILS, KINDS
from services.ticket_service.console.languages import LANGUAGES
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.people import asked
from services.ticket_service.console.reading import Json, read, read_tagged
from services.ticket_service.console.settings import choices
from services.ticket_service.domain import chat_settings as chats
from services.ticket_service.domain import permissions
from services.ticket_service.domain.mail import MAIL

blueprint = ConsoleBlueprint("settings-chat", __name__)
POSITIONS: Final = (("end", _l("Where lines end")), ("start", _l("Where lines begin")))
THEMES: Final = (
    ("auto", _l("As the visitor's system")),
    ("light", _l("Light")),
    ("dark", _l("Dark")),
)
ONLINE: Final = (
    (chats.BOTH, _l("In business hours, while somebody is at the desk")),
    (chats.PRESENCE, _l("While somebody is at the desk")),
    (chats.HOURS, _l("In business hours")),
    (chats.ALWAYS, _l("Always")),
    (chats.NEVER, _l("Never")),
)
"""When visitors are told that somebody is there."""
TICKETS: Final = (
    (chats.AT_ONCE, _l("The first message opens one")),
    (chats.MISSED, _l("Only when nobody answered, and the visitor said how to be reached")),
)
FORM_WHEN: Final = (
    (chats.FORM_NEVER, _l("Never")),
    (chats.FORM_AWAY, _l("When nobody is there")),
    (chats.FORM_ALWAYS, _l("Always")),
)
ASKED: Final = (*DETAILS.items(), ("", _l("Something of your own")))
"""What a field of the form asks for; the visitor's own details have names of their own."""
TEXTS: Final = {
    "title": (_l("Above the chat"), _l("Chat with us"), 1),
    "welcome": (_l("First line, while somebody is there"), _l("Hello! How can we help you?"), 2),
    "away": (
        _l("First line, while nobody is there"),
        _l("Nobody is here at the moment. Leave us a message."),
        2,
    ),
    "next": (
        _l("What happens to a message left then"),
        _l("We answer here, and by e-mail if you leave your address."),
        2,
    ),
    "form_intro": (_l("Above the form"), _l("Before we start, tell us who you are."), 2),
    "privacy": (_l("Below the form"), "", 2),
    "rating": (_l("Question when a ticket is closed"), _l("How did we do?"), 1),
}
"""The desk's own words: what each is, what the widget says without them, and how many lines are offered."""


@blueprint.page("/settings/chat", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """The settings of one live chat (`?channel=`), with tabs for the others."""
    found = read_tagged("/settings/chat")
    stored, sites = found.body["channels"], found.body["sites"]
    channel = asked.one_of("channel", sites, next(iter(sites), ""))
    return show(
        "settings/chat.html",
        sites=sites,
        channel=channel,
        others={name: body for name, body in stored.items() if name != channel},
        etag=found.etag,
        **(_of(stored[channel], sites[channel]) if channel else {}),
    )


def _of(chat: Json, site: Json) -> dict[str, Any]:
    """One live chat and what can be chosen for it. Of languages its own comes first."""
    further = [(each, each) for each in chat["texts"] if each not in LANGUAGES]
    return {
        "chat": chat,
        "site": site,
        "languages": sorted([*LANGUAGES.items(), *further], key=lambda pair: pair[0] != chat["language"]),
        "mailboxes": [
            (each["id"], each["name"]) for each in read("/channels")["items"] if each["kind"] == MAIL
        ],
        "calendars": choices.labels(read("/settings/calendars")["items"]),
        "words": TEXTS,
        "positions": POSITIONS,
        "themes": THEMES,
        "online": ONLINE,
        "tickets": TICKETS,
        "form_when": FORM_WHEN,
        "asked": ASKED,
        "kinds": KINDS,
        "longest": chats.MAX_TEXT,
        "most_minutes": chats.MOST_MINUTES,
        "most_fields": chats.MOST_FIELDS,
    }
