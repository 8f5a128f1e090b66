"""What a composer needs to know: where it writes, whom it reaches, until when, and what is half written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext as _

from services.ticket_service.api import context
from services.ticket_service.api.timeline import attachment_wire, shown
from services.ticket_service.api.wire import Wire
from services.ticket_service.console.chats.words import KINDS
from services.ticket_service.console.formats import identity
from services.ticket_service.console.languages import language
from services.ticket_service.console.reading import read_tagged
from services.ticket_service.console.ticket.words import in_path
from services.ticket_service.domain import permissions
from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.composing import NOTE, PRIVATE, REPLY
from services.ticket_service.domain.mail import MAIL, answer_subject
from services.ticket_service.domain.preferences import Preferences
from services.ticket_service.domain.ticket import INTERNAL_TICKET

_QUOTED: Final = 200
_NOTHING: Final[Mapping[str, Any]] = {"text": "", "attachments": [], "to": [], "template": None}
"""What is half written where nothing is: without a ticket the browser keeps that itself."""


def composer_of(pane: Mapping[str, Any]) -> dict[str, Any] | None:
    """The composer for the context of a ticket's page; None for who may write nothing there.

    `config` is for the browser: plain values, no more than the reader may know.
    """
    ticket: Wire = pane["ticket"]
    may = context.caller().may
    if not may(permissions.TICKETS_WRITE) or ticket["merged_into"] or ticket["deleted_at"]:
        return None
    conversation: Wire | None = pane["conversation"]
    modes = _modes(ticket, conversation, may(permissions.TICKETS_REPLY))
    draft = read_tagged(f"/tickets/{ticket['number']}/composing")
    written = draft.body
    mode = written["mode"] if not written["empty"] and written["mode"] in modes else modes[0]
    live_chat = conversation is not None and conversation["channel_kind"] == CHAT
    customer = _known_as(ticket["requester"])
    config = {
        "number": ticket["number"],
        "place": f"/tickets/{in_path(ticket['number'])}",
        "modes": modes,
        "conversation": conversation and conversation["id"],
        "channel": ticket["channel"],
        "kind": ticket["channel_kind"],
        "liveChat": live_chat,
        "window": _window(conversation),
        "languages": _languages(ticket["requester"]),
        "undoSeconds": _undo_seconds(),
        "mode": mode,
        "draft": written,
        "etag": draft.etag,
        "files": _files(written["attachments"]),
        "quote": _quote(written["reply_to"]),
    }
    return {
        "config": config,
        "modes": modes,
        "mode": mode,
        "customer": _named(customer, ticket, conversation),
        "channel": (pane.get("channel") or {}).get("name") or ticket["channel"],
        "why_no_reply": "" if REPLY in modes else _why(ticket, may(permissions.TICKETS_REPLY)),
        "waiting": len(conversation["drafts"]) if conversation else 0,
        "text": written["text"],
        "mail": _mail(ticket, conversation),
        "live_chat": live_chat,
        "answer_kinds": KINDS,
    }


def composer_in(talk: Wire) -> dict[str, Any] | None:
    """The composer of a conversation in which nothing joins an open ticket; None where nobody answers there.

    Mails are answered on tickets only, and nobody is left where a person was erased.
    """
    gone = talk["contact"] is None or talk["channel_kind"] == MAIL
    if gone or talk["open_ticket"] or not context.caller().may(permissions.TICKETS_REPLY):
        return None
    customer, live_chat = _known_as(talk["contact"]), talk["channel_kind"] == CHAT
    names = {each.id: each.name for each in context.services().channels}
    config = {
        "number": None,
        "place": f"/conversations/{talk['id']}",
        "modes": (REPLY,),
        "customer": customer,
        "conversation": talk["id"],
        "channel": talk["channel"],
        "kind": talk["channel_kind"],
        "liveChat": live_chat,
        "window": _window(talk),
        "languages": _languages(talk["contact"]),
        "undoSeconds": _undo_seconds(),
        "mode": REPLY,
        "draft": _NOTHING,
        "etag": None,
        "files": [],
        "quote": None,
    }
    return {
        "config": config,
        "modes": (REPLY,),
        "mode": REPLY,
        "customer": customer,
        "channel": names.get(talk["channel"], talk["channel"]),
        "why_no_reply": "",
        "waiting": len(talk["drafts"]),
        "text": "",
        "mail": None,
        "live_chat": live_chat,
        "answer_kinds": KINDS,
    }


def _known_as(person: Wire | None) -> str:
    """The name, else what is known of somebody who gave none: a number, or which visitor it is."""
    if person is None:
        return _("the customer")
    return str(person["name"]) or next(filter(None, map(identity, person["identities"])), _("the customer"))


def _languages(person: Wire | None) -> list[str]:
    """In which to look for a template first: the customer's where it is known, the desk's, the reader's."""
    known = str(person["language"]) if person else ""
    return [each for each in (known, context.services().desk.store.desk().language, language()) if each]


def _named(customer: str, ticket: Wire, conversation: Wire | None) -> str:
    """The customer; with the address where their answers on this ticket go elsewhere."""
    by_mail = conversation is not None and conversation["channel_kind"] == MAIL
    elsewhere = (ticket["mail_thread"] or {}).get("reply_to") if by_mail else ""
    return f"{customer} <{elsewhere}>" if elsewhere else customer


def _mail(ticket: Wire, conversation: Wire | None) -> Wire | None:
    """Whom an answer by mail goes to besides, and the subject it has unless somebody writes another."""
    if conversation is None or conversation["channel_kind"] != MAIL:
        return None
    thread = ticket["mail_thread"]
    subject = thread["subject"] if thread else ticket["title"]
    return {"cc": ticket["cc"], "subject": answer_subject(subject, ticket["number"], tagged=False)}


def _modes(ticket: Wire, conversation: Wire | None, replies: bool) -> tuple[str, ...]:
    reachable = conversation is not None and ticket["type"] != INTERNAL_TICKET
    first = (REPLY,) if replies and reachable else ()
    return (*first, NOTE, *((PRIVATE,) if replies else ()))


def _why(ticket: Wire, replies: bool) -> str:
    """Why nobody can be answered here."""
    if not replies:
        return _("Your role does not answer customers.")
    if ticket["type"] == INTERNAL_TICKET:
        return _("An internal ticket is never seen by the customer. Make it public to answer.")
    return _("This ticket has no conversation, so there is nobody to be answered on a channel.")


def _window(conversation: Wire | None) -> Wire:
    if conversation is None:
        return {"open": False, "until": None}
    return {
        "open": conversation["window_open"],
        "until": conversation["window_expires_at"],
        "heard": conversation["last_inbound_at"],
    }


def _undo_seconds() -> int:
    desk, user = context.services().desk, context.caller().user
    kept = desk.store.record(Preferences, user.id)
    return (kept or Preferences(user.id)).undo_seconds


def _files(ids: list[str]) -> list[Wire]:
    """The uploads of the draft that are still here."""
    if not ids:
        return []
    found = context.services().desk.store.load_attachments(ids)
    unsent = [found[each] for each in ids if each in found and found[each].message_id is None]
    kept = ("id", "filename", "kind", "mime_type", "size")
    return [{name: attachment_wire(each)[name] for name in kept} for each in unsent]


def _quote(message_id: str | None) -> Wire | None:
    if message_id is None:
        return None
    found = context.services().desk.store.load_messages([message_id]).get(message_id)
    if found is None:
        return None
    said = shown([found])[0]
    return {"id": message_id, "author": said["author"]["name"], "text": said["text"][:_QUOTED]}
