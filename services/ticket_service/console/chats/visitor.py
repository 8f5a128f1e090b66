"""The visitor of a live chat, as pages show them beside what they write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_time
from flask_babel import get_locale

from services.ticket_service.api import context
from services.ticket_service.console import languages
from services.ticket_service.console.chats.words import DETAILS, language_name, place_name, safe_address
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import Json, read
from services.ticket_service.domain import permissions
from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.chat_settings import ChatSettings
from shared.web.problems import Problem

blueprint = ConsoleBlueprint("chats", __name__)
blueprint.add_app_template_filter(safe_address, "safe_address")
blueprint.add_app_template_filter(place_name, "place_name")
blueprint.add_app_template_filter(language_name, "language_name")

_NOBODY: Final[Mapping[str, Any]] = {"claims": [], "suggestions": []}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who writes in a live chat, with the conversation as the interface has it.

    `pages` are those seen before the last one, the latest first; `clock` is what the visitor's clock shows,
    `answers` what they filled in besides their details, under the labels of the form.
    """

    talk: Json
    visit: Json | None
    pages: list[Json] = field(default_factory=list)
    clock: str = ""
    answers: list[tuple[str, str]] = field(default_factory=list)
    consents: list[str] = field(default_factory=list)
    claims: list[Json] = field(default_factory=list)
    suggestions: list[Json] = field(default_factory=list)

    @property
    def page(self) -> Json | None:
        """Where the visitor is on the site, or was last."""
        return self.visit["pages"][-1] if self.visit and self.visit["pages"] else None


def visitor_of(talk: Json | None) -> Visitor | None:
    """The visitor of this conversation; None for one that is no live chat."""
    if talk is None or talk["channel_kind"] != CHAT:
        return None
    visit, said = talk["visit"], _said_of_themselves(talk)
    if visit is None:
        return Visitor(talk, None, **said)
    labels = _labels(talk["channel"])
    return Visitor(
        talk,
        visit,
        visit["pages"][-2::-1],
        _clock(visit["time_zone"]),
        [(labels.get(key, key), value) for key, value in visit["answers"].items()],
        [labels.get(key, key) for key in visit["consents"]],
        **said,
    )


@blueprint.page("/conversations/<conversation_id>/visitor", needs=permissions.TICKETS_READ)
def panel(conversation_id: str) -> Any:
    """Who the visitor is and where they are now: a part of a page. Problem 404."""
    visitor = visitor_of(read(f"/conversations/{conversation_id}"))
    if visitor is None:
        raise Problem(404, "not-found", "There is nothing here.", "This conversation is no live chat.")
    return show("chats/panel.html", visitor=visitor)


def _said_of_themselves(talk: Json) -> dict[str, Any]:
    """What the visitor typed to be reached by, and who else is known by it, for who may see it."""
    contact = talk["contact"]
    if contact is None or not context.caller().may(permissions.CONTACTS_READ):
        return dict(_NOBODY)
    path = f"/contacts/{contact['id']}"
    return {"claims": read(path)["claims"], "suggestions": read(f"{path}/suggestions")["items"]}


def _labels(channel_id: str) -> dict[str, str]:
    """What the fields of the form are called, by key: in the reader's language where it is known."""
    chat = context.services().desk.store.setting(ChatSettings).of(channel_id)
    wanted = (languages.language(), chat.language)
    found = {key: str(label) for key, label in DETAILS.items()}
    for each in chat.form:
        named = [each.labels[language] for language in wanted if each.labels.get(language)]
        found[each.key] = next(iter([*named, *each.labels.values()]), found.get(each.key, each.key))
    return found


def _clock(zone: str) -> str:
    """What the clock shows in a zone that a browser named; empty where there is no such zone."""
    try:
        tzinfo = ZoneInfo(zone)
    except (ValueError, OSError, LookupError):
        return ""
    return format_time(context.services().desk.clock(), "short", tzinfo=tzinfo, locale=get_locale())
