"""Two contacts that seemed to be one person and are not: somebody says so, and it is not suggested again."""

from __future__ import annotations

from typing import Final

from services.ticket_service.act.people import contact_in_use
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.contact import Contact
from services.ticket_service.ports import Changes

MOST_KEPT: Final = 200
"""Of one contact; of more the oldest are forgotten, and may be suggested again."""


def dismiss(desk: Desk, contact_id: str, other_id: str, frame: Frame, remember: Remember[Contact]) -> Contact:
    """Never suggest again that these two are one person. NotFound, WrongState, TooBusy."""

    def attempt() -> Contact:
        contact = contact_in_use(desk, contact_id)
        if other_id == contact_id or not desk.store.load_contacts([other_id]):
            raise NotFound("contact")
        changes = Changes()
        if other_id not in contact.not_same:
            contact.not_same = [*contact.not_same, other_id][-MOST_KEPT:]
            changes.touch(contact)
        return save_once(desk, changes, contact, remember)

    return until_saved(attempt, frame)
