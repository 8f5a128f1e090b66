"""Notes about contacts and organizations: written, corrected by who wrote them, taken away."""

from __future__ import annotations

from services.ticket_service.act.keeping import Check, add, change, found, remove, save_record
from services.ticket_service.acting import Desk, Frame, NotFound, Remember
from services.ticket_service.domain.note import Note


class NotYours(Exception):
    """Only its author changes a note."""


def write_note(desk: Desk, about: str, text: str, frame: Frame, remember: Remember[Note]) -> Note:
    """A new note. TooBusy."""
    note_id = desk.new_id()
    return add(
        desk,
        lambda: Note(note_id, about, frame.actor, text, desk.clock()),
        lambda note: None,
        frame,
        remember,
    )


def edit_note(desk: Desk, about: str, note_id: str, text: str, frame: Frame, unchanged: Check[Note]) -> Note:
    """Another text for a note of one's own. NotFound, NotYours, TooBusy."""

    def load() -> Note:
        return note_about(desk, about, note_id)

    def check(note: Note) -> None:
        unchanged(note)
        _own(note, frame)

    def save(note: Note) -> None:
        note.edited_at = desk.clock()
        save_record(desk, note)

    return change(load, {"text": text}, save, frame, check)


def remove_note(desk: Desk, about: str, note_id: str, frame: Frame, unchanged: Check[Note]) -> None:
    """Take a note of one's own away. NotFound, NotYours, TooBusy."""

    def check(note: Note) -> None:
        unchanged(note)
        _own(note, frame)

    remove(desk, lambda: note_about(desk, about, note_id), frame, check)


def note_about(desk: Desk, about: str, note_id: str) -> Note:
    """The note with this id, if it is about this. NotFound."""
    note = found(desk, Note, note_id, "note")
    if note.about != about:
        raise NotFound("note")
    return note


def _own(note: Note, frame: Frame) -> None:
    if note.author.id != frame.actor.id:
        raise NotYours
