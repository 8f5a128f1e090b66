"""Choosing the template that asks customers to write."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, replace

from services.ticket_service.act.template_use import must_be_sendable
from services.ticket_service.acting import Desk, Frame, until_saved
from services.ticket_service.domain.settings import DeskSettings, PleaseAnswer
from services.ticket_service.ports import SECTION, Changes


def choose(
    desk: Desk,
    wanted: PleaseAnswer | None,
    channels: Collection[str],
    synced: Callable[[str], bool],
    frame: Frame,
    check: Callable[[PleaseAnswer | None], None],
) -> None:
    """Set it; None asks nobody. `check` as in change_ticket.

    Where templates are known, one of the `channels` must have it, approved and with nothing left to fill in.
    InvalidReply, TemplateNotUsable, TooBusy.
    """

    def attempt() -> None:
        stored = desk.store.record(DeskSettings, SECTION) or DeskSettings()
        check(stored.please_answer)
        if wanted is not None:
            must_be_sendable(desk.store, asdict(wanted), "template", channels, synced)
        changes = Changes()
        changes.touch(replace(stored, please_answer=wanted))
        desk.save(changes)

    until_saved(attempt, frame)
