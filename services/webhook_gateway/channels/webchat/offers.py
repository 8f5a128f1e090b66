"""What a chat offers now: remembered for seconds, told as the widget reads it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final, Protocol

import structlog

from services.webhook_gateway.channels.webchat.settings import ChatSite
from shared.blobs.links import file_link
from shared.contracts.chat_offered import ChatField, ChatOffered, ChatPerson
from shared.contracts.times import format_utc
from shared.messaging.message import Unavailable

_log = structlog.get_logger(__name__)

FRESH_SECONDS: Final = 3.0
PATIENCE_SECONDS: Final = 0.5
"""So long a request waits for the database; after that it goes on with what was offered before."""
LANGUAGES: Final = ("en", "it", "de", "fr", "es", "pt")
"""Those in which the widget has words of its own."""
LONGEST_TEXT: Final = 5_000
MOST_FILES: Final = 5
PICTURE_LIFE: Final = timedelta(days=1)


class Shelf(Protocol):
    """Where offers are kept; raises Unavailable when the database is away."""

    def get(self, channel_id: str) -> ChatOffered | None:
        """The latest; None when the desk has not said anything yet."""
        ...


class Offers:
    """The latest offers, for requests that must not wait: messages are taken without a database."""

    def __init__(self, shelf: Callable[[], Shelf], now: Callable[[], float] = monotonic) -> None:
        """`shelf` opens the store, when first needed."""
        self._shelf = shelf
        self._now = now
        self._known: dict[str, ChatOffered] = {}
        self._asked_at: dict[str, float] = {}

    def current(self, channel_id: str) -> ChatOffered:
        """The offer, at most FRESH_SECONDS old while the database answers; the usual one before."""
        now = self._now()
        if now - self._asked_at.get(channel_id, -FRESH_SECONDS) >= FRESH_SECONDS:
            self._asked_at[channel_id] = now
            asking = threading.Thread(target=self._ask, args=(channel_id,), daemon=True)
            asking.start()
            asking.join(PATIENCE_SECONDS)
        return self._known.get(channel_id) or ChatOffered(channel_id, 0)

    def _ask(self, channel_id: str) -> None:
        try:
            found = self._shelf().get(channel_id)
        except Unavailable as error:
            _log.warning("offer not read", channel_id=channel_id, reason=str(error))
            return
        if found is not None:
            self._known[channel_id] = found


def chosen_language(offer: ChatOffered, asked: str) -> str:
    """The language to talk in: the one asked for, its plain form, the desk's, or English."""
    known = {*offer.texts, *LANGUAGES}
    for language in (asked, asked.partition("-")[0], offer.language):
        if language in known:
            return language
    return "en"


def who_is_there(offer: ChatOffered, site: ChatSite, files_secret: str, now: datetime) -> dict[str, Any]:
    """Whether somebody is, when they are back, and who: what changes while a chat is open."""
    return {
        "online": offer.online,
        "opens_at": format_utc(offer.opens_at) if offer.opens_at else None,
        "people": [_person(person, site, files_secret, now) for person in offer.people],
    }


def told(offer: ChatOffered, site: ChatSite, asked: str, files_secret: str, now: datetime) -> dict[str, Any]:
    """The offer as the widget reads it, in the language chosen for whoever asked."""
    language = chosen_language(offer, asked)
    return {
        "channel": site.id,
        **who_is_there(offer, site, files_secret, now),
        "language": language,
        "texts": offer.texts.get(language, {}),
        "colour": offer.colour,
        "position": offer.position,
        "theme": offer.theme,
        "form": [_field(field, language, offer.language) for field in offer.form],
        "form_when": offer.form_when,
        "files": offer.files,
        "rating": offer.rating,
        "transcript": offer.transcript,
        "page_context": offer.page_context,
        "mails": offer.mails,
        "streams": site.streams_url,
        "limits": {
            "text": LONGEST_TEXT,
            "file_bytes": site.max_file_bytes,
            "files": MOST_FILES,
            "file_types": list(site.file_types),
        },
    }


def picture_link(site: ChatSite, files_secret: str, blob_id: str, now: datetime) -> str:
    """Where a picture of somebody at the desk can be had today; empty for who has none."""
    if not blob_id:
        return ""
    # Begun with the hour: an address that changed with each answer would be fetched with each one.
    since = now.replace(minute=0, second=0, microsecond=0)
    return file_link(site.public_url, files_secret, blob_id, "picture", since + PICTURE_LIFE)


def _person(person: ChatPerson, site: ChatSite, files_secret: str, now: datetime) -> dict[str, str]:
    return {"name": person.name, "picture": picture_link(site, files_secret, person.picture, now)}


def _field(field: ChatField, language: str, usual: str) -> dict[str, Any]:
    labels = field.labels
    label = labels.get(language) or labels.get(usual) or labels.get("en") or ""
    return {
        "key": field.key,
        "kind": field.kind,
        "required": field.required,
        "label": label,
        "choices": field.choices,
    }
