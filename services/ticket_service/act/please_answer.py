"""Choosing the template that asks customers to write."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from services.ticket_service.act.template_use import attachments_named, usable_text
from services.ticket_service.acting import Desk, Frame, InvalidReply, until_saved
from services.ticket_service.domain.settings import DeskSettings, PleaseAnswer
from services.ticket_service.domain.template import template_key
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
            _must_be_sendable(desk, wanted, channels, synced)
        changes = Changes()
        changes.touch(replace(stored, please_answer=wanted))
        desk.save(changes)

    until_saved(attempt, frame)


def _must_be_sendable(
    desk: Desk, wanted: PleaseAnswer, channels: Collection[str], synced: Callable[[str], bool]
) -> None:
    files = attachments_named(wanted.components, "template.components")
    if files:
        raise InvalidReply(
            [(place, "A file is sent once only; choose another template.") for place, _ in files]
        )
    keys = [template_key(channel, wanted.name, wanted.language) for channel in channels]
    found = [template for key in keys if (template := desk.store.load_template(key)) is not None]
    if not found and any(synced(channel) for channel in channels):
        problem = f"No channel has a template {wanted.name!r} in {wanted.language!r}."
        raise InvalidReply([("template.name", problem)])
    for template in found:
        usable_text(template, wanted.components, "template")
