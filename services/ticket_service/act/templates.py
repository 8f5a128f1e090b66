"""New templates, and reading them again from the provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.ticket_service.acting import Desk, Frame, Remember, TemplateExists, save_once, until_saved
from services.ticket_service.announce_requests import template_submitted, template_sync_requested
from services.ticket_service.domain.template import REMOVED, SUBMITTING, Template, template_key
from services.ticket_service.ports import Changes


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """What somebody wrote; its shape was checked."""

    channel_id: str
    channel_kind: str
    name: str
    language: str
    category: str
    components: Sequence[dict[str, Any]]
    parameter_format: str


def submit(desk: Desk, new: NewTemplate, frame: Frame, remember: Remember[Template]) -> Template:
    """Ask the provider to create and approve it. TemplateExists, TooBusy.

    One that the provider never took, or has no longer, may be asked for again.
    """
    request_id = desk.new_id()

    def attempt() -> Template:
        known = desk.store.load_template(template_key(new.channel_id, new.name, new.language))
        if known is not None and not _gone(known):
            raise TemplateExists(known.status)
        template = Template(
            new.channel_id,
            new.channel_kind,
            new.name,
            new.language,
            new.category,
            SUBMITTING,
            list(new.components),
            known.revision if known else 0,
            desk.clock(),
            parameter_format=new.parameter_format,
            request_id=request_id,
        )
        changes = Changes(templates=[template])
        changes.events.append(template_submitted(template, frame.actor.name, frame.cause))
        return save_once(desk, changes, template, remember)

    return until_saved(attempt, frame)


def sync(desk: Desk, channel_id: str, channel_kind: str, frame: Frame, remember: Remember[None]) -> None:
    """Ask for all templates of the channel to be read again now. TooBusy."""
    event_id = desk.new_id()

    def attempt() -> None:
        event = template_sync_requested(channel_id, channel_kind, event_id, desk.clock(), frame.cause)
        save_once(desk, Changes(events=[event]), None, remember)

    until_saved(attempt, frame)


def _gone(template: Template) -> bool:
    refused = not template.template_id and template.status != SUBMITTING
    return refused or template.status == REMOVED
