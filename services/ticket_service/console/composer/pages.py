"""Opening a ticket by hand: who asks, what about, and where the answer will leave."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from services.ticket_service.api import context
from services.ticket_service.api.wire import Wire
from services.ticket_service.console.composer.compose import composer_of
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read
from services.ticket_service.console.ticket.fields import Control, controls
from services.ticket_service.console.ticket.names import Names
from services.ticket_service.domain import permissions
from services.ticket_service.domain.field_rules import FieldRules
from services.ticket_service.domain.mail import MAIL

blueprint = ConsoleBlueprint("composer", __name__)
blueprint.add_app_template_global(composer_of, "composer_of")
FIRST: Final = ("service", "category", "priority", "assignee", "group", "tags")
MORE: Final = (
    *(
        "request_type",
        "severity",
        "importance",
        "operation",
        "organization",
        "product",
        "project",
        "contract",
    ),
    *("cc", "planned_at", "solution_forecast", "notify_requester"),
)
"""Fields that somebody may know already when a ticket opens."""
_LISTS: Final = ("cc", "tags")


@blueprint.page("/tickets/new", needs=permissions.TICKETS_WRITE)
def new() -> Response:
    """The form; `requester` is the id of a contact, where the way here began with one."""
    names, rules = Names(), context.services().desk.store.setting(FieldRules)
    channels = context.services().channels
    requester = request.args.get("requester", "")
    return show(
        "composer/new.html",
        first=blank_controls(names, FIRST),
        more=blank_controls(names, MORE),
        rules=rules,
        requester=read(f"/contacts/{requester}") if requester else None,
        channels=[(each.id, each.name) for each in channels],
        mailboxes=[each.id for each in channels if each.kind == MAIL],
    )


def blank_controls(names: Names, which: tuple[str, ...]) -> list[Control]:
    """The fields as controls of a ticket in which nothing is filled in; only those that may be filled in."""
    blank: Wire = {name: [] if name in _LISTS else None for name in which}
    blank |= {"merged_into": None, "deleted_at": None}
    defaults: dict[str, Any] = {"notify_requester": True}
    found = controls(blank | {name: defaults[name] for name in which if name in defaults}, names, which)
    return [each for each in found if not each.locked]
