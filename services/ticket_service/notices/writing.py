"""The words of a notice: own ones or those the desk comes with, in the reader's language, filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from typing import Any, Final

import nh3
import structlog

from services.ticket_service.domain.contact import Contact
from services.ticket_service.domain.notice_texts import INSIDE_LINES, default_text
from services.ticket_service.domain.notices import Notices, NoticeText, spoken
from services.ticket_service.ports import DeskStore
from shared.contracts.ticket_fact import TicketFact
from shared.texts.liquid import TemplateError, TextTemplate

_log = structlog.get_logger(__name__)

MAX_BODY: Final = 30_000
_BREAK: Final = re.compile(r"<br ?/?>|</(p|div|li|h[1-6]|tr)>")


@dataclass(frozen=True, slots=True)
class Written:
    """A notice's words: one line, plain text, and the same as HTML."""

    subject: str
    text: str
    html: str


def values_of(fact: TicketFact, requester: Contact | None, store: DeskStore) -> dict[str, Any]:
    """What a notice's words may use: ticket, customer, actor, text, sla (and name, the reader's)."""
    due = fact.sla.due_at.astimezone(store.desk().time_zone) if fact.sla is not None else None
    return {
        "ticket": {
            "number": fact.ticket_number,
            "title": fact.title,
            "status": fact.status.label,
            "previous_status": fact.previous_status.label if fact.previous_status is not None else "",
        },
        "customer": {"name": (requester.name if requester is not None else "") or fact.recipient.name},
        "actor": {"name": fact.actor.name if fact.actor is not None else ""},
        "text": fact.text,
        "name": "",
        "sla": {
            "target": fact.sla.target.replace("_", " ") if fact.sla is not None else "",
            "due_at": f"{due:%Y-%m-%d %H:%M}" if due is not None else "",
        },
    }


def written(
    notices: Notices, name: str, audience: str, language: str, fact: TicketFact, values: Mapping[str, Any]
) -> Written:
    """A notice in the reader's language: the desk's own words, or those it comes with."""
    spoken_here = spoken(INSIDE_LINES, language, notices.language)
    own = notices.text(name, audience, spoken_here, fact.status.key)
    try:
        subject, body = filled(own or default_text(name, audience, spoken_here), values)
    except TemplateError as error:
        _log.warning("a notice's own words cannot be used", notice=name, language=language, reason=str(error))
        subject, body = filled(default_text(name, audience, spoken_here), values)
    paragraphs = "".join(f"<p>{escape(each)}</p>" for each in body.split("\n\n")).replace("\n", "<br>")
    parts = [_plain(notices.header), body, _plain(notices.footer)]
    return Written(
        subject, "\n\n".join(part for part in parts if part), notices.header + paragraphs + notices.footer
    )


def filled(words: NoticeText, values: Mapping[str, Any]) -> tuple[str, str]:
    """(subject as one line, body). TemplateError."""
    subject = " ".join(_template(words.subject).render(values).split())[:400]
    return subject, _template(words.body).render(values)


@lru_cache(maxsize=256)
def _template(source: str) -> TextTemplate:
    return TextTemplate(source, MAX_BODY)


def clean(html: str) -> str:
    """What an administrator wrote as HTML, without anything that runs, loads or hides."""
    return nh3.clean(html)


def _plain(html: str) -> str:
    return unescape(nh3.clean(_BREAK.sub("\n", html), tags=set())).strip()
