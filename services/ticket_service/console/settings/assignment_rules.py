"""Rules on create, tried out before they act, and the teams whose members take turns."""

from __future__ import annotations

from typing import Any, Final

from flask import Response

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import Json, read, read_tagged
from services.ticket_service.console.settings import choices
from services.ticket_service.domain import permissions
from services.ticket_service.domain.assignment import FIELDS, SUBJECTS

blueprint = ConsoleBlueprint("settings-assignment-rules", __name__)
_NEW: Final[dict[str, Any]] = {
    "id": "",
    "name": "",
    "active": True,
    "stop": False,
    "conditions": [{"subject": "keyword", "any_of": []}],
    "actions": {
        **{"set": {}, "tags": [], "assignee": None, "group": None},
        **{"reply_text": None, "reply_template": None, "status": None},
    },
}


@blueprint.page("/settings/assignment-rules", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """The rules in their order, a ticket to imagine, and who takes turns."""
    turns = read_tagged("/settings/round-robin")
    return show(
        "settings/assignment_rules.html",
        rules=read("/settings/assignment-rules")["items"],
        turns=turns.body["teams"],
        turns_etag=turns.etag,
        **_words(),
    )


@blueprint.page("/settings/assignment-rules/new", needs=permissions.SETTINGS_WRITE)
def new() -> Response:
    """A rule to add."""
    return _form(_NEW, "")


@blueprint.page("/settings/assignment-rules/<rule_id>", needs=permissions.SETTINGS_READ)
def one(rule_id: str) -> Response:
    """A rule to change."""
    found = read_tagged(f"/settings/assignment-rules/{rule_id}")
    return _form(found.body, found.etag)


def _form(rule: Json, etag: str) -> Response:
    return show(
        "settings/assignment_rule.html", rule=rule, etag=etag, templates=choices.templates(), **_words()
    )


def _words() -> dict[str, Any]:
    statuses = choices.statuses()
    return {
        "subjects": [(name, str(choices.SUBJECTS[name])) for name in SUBJECTS],
        "fields": [(name, str(choices.SUBJECTS[name])) for name in FIELDS],
        "choices": choices.for_conditions(),
        "teams": choices.teams(),
        "users": choices.users(),
        "statuses": choices.labels(statuses, "key", "label"),
    }
