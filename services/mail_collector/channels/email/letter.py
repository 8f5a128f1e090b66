"""What a mail says, all together: text, HTML, files, invitations, notes on what could not be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from services.mail_collector.channels.email.body import Body, Piece, body_of
from services.mail_collector.channels.email.calendar import events_in
from services.mail_collector.channels.email.clean import cleaned, text_of
from services.mail_collector.channels.email.files import Collected
from services.mail_collector.channels.email.headers import read_headers, shown
from services.mail_collector.channels.email.parts import Part
from services.mail_collector.channels.email.tnef import is_tnef, unpacked
from services.mail_collector.channels.email.uuencoded import taken_out

_CALENDARS: Final = frozenset({"text/calendar", "application/ics"})
_TNEF: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_MAX_EVENTS: Final = 10
T = TypeVar("T")


@dataclass(slots=True)
class Letter:
    """`text` is all of it, quoted history too; `raw_html` as it came, `html` cleaned.

    `from_html`: the mail has no plain text, `text` was laid out from its HTML.
    """

    collected: Collected
    text: str = ""
    raw_html: str = ""
    html: str = ""
    from_html: bool = False
    events: list[dict[str, str]] = field(default_factory=list)


def letter_of(root: Part, collected: Collected) -> Letter:
    """Read the parts of a mail. What one of the libraries fails at is noted and left to the original."""
    letter = Letter(collected)
    body = body_of(root)
    for trouble in body.trouble:
        _note(letter, trouble)
    for part in body.files:
        _take_file(part, body, letter)
    letter.raw_html = body.html
    if letter.raw_html:
        shown_html = _attempt(
            letter, "The mail's layout could not be read.", lambda: cleaned(letter.raw_html)
        )
        if shown_html is not None:
            letter.html = shown_html.html
            _note(letter, shown_html.trouble)
    text, files = taken_out("\n".join(_text(piece, letter).strip("\n") + "\n" for piece in body.pieces))
    letter.text = text.strip("\n")
    letter.from_html = not any(piece.text.strip() for piece in body.pieces)
    for name, data in files:
        collected.add(name, "", data)
    collected.finish()
    return letter


def _note(letter: Letter, text: str) -> None:
    if text and text not in letter.collected.notes:
        letter.collected.notes.append(text)


def _attempt(letter: Letter, otherwise: str, read: Callable[[], T]) -> T | None:
    """What a library reads; whatever it fails with, the rest of the mail is still there. (Not so without
    memory: that ends the whole reading.)"""
    try:
        return read()
    except MemoryError:
        raise
    except Exception:
        _note(letter, otherwise)
        return None


def _text(piece: Piece, letter: Letter) -> str:
    if piece.text.strip() or not piece.html:
        return piece.text
    alone = letter.html if piece.html == letter.raw_html else ""
    return _attempt(letter, "The mail's text could not be read.", lambda: text_of(alone or piece.html)) or ""


def _take_file(part: Part, body: Body, letter: Letter) -> None:
    arrived = part.body()
    name = part.filename
    if arrived.trouble:
        _note(letter, f"{shown(name, 150) or 'A file'}: {arrived.trouble}")
    if part.content_type in _CALENDARS and len(letter.events) < _MAX_EVENTS:
        events = _attempt(letter, "An invitation could not be read; it is here as a file.",
                          lambda: events_in(arrived.data))  # fmt: skip
        letter.events += (events or [])[: _MAX_EVENTS - len(letter.events)]
    packed = part.content_type in _TNEF or name.lower() == "winmail.dat"
    if packed and is_tnef(arrived.data) and _take_packed(arrived.data, body, letter):
        return
    if part.content_type.startswith(("message/", "text/rfc822")) and not name:
        name = _name_of_mail(part, arrived.data)
    declared = part.content_type if part.headers.first("content-type") else ""
    letter.collected.add(name or _calendar_name(part), declared, arrived.data, part.content_id)


def _take_packed(data: bytes, body: Body, letter: Letter) -> bool:
    packed = _attempt(letter, "A file of Outlook (winmail.dat) could not be opened.", lambda: unpacked(data))
    if packed is None:
        return False
    for name, content in packed.files:
        letter.collected.add(name, "", content)
    if not body.pieces and (packed.text.strip() or packed.html.strip()):
        body.pieces.append(Piece(packed.text, packed.html))
    return True


def _calendar_name(part: Part) -> str:
    return "invite.ics" if part.content_type in _CALENDARS else ""


def _name_of_mail(part: Part, data: bytes) -> str:
    """An attached mail is named by its subject; a mail server's report by what it is."""
    if part.content_type not in ("message/rfc822", "message/global"):
        return f"{part.content_type.partition('/')[2]}.txt"
    headers, _ = read_headers(data, 0, len(data))
    return f"{shown(headers.first('subject'), 100).replace('/', '-') or 'mail'}.eml"
