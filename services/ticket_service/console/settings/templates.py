"""Message templates: what providers approved, rejected or look at; new ones."""

from __future__ import annotations

from flask import Response, request

from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.reading import read
from services.ticket_service.console.settings.outward_words import CATEGORIES, TEMPLATE
from services.ticket_service.domain import permissions

blueprint = ConsoleBlueprint("settings-templates", __name__)
_WITH_TEMPLATES = "whatsapp"


@blueprint.page("/settings/templates", needs=permissions.SETTINGS_READ)
def index() -> Response:
    """A page of them by channel, name and language."""
    given = {name: request.args.get(name, "").strip()[:200] for name in ("channel", "status", "q")}
    wanted = {name: value or None for name, value in given.items()}
    page = read("/templates", **wanted, cursor=request.args.get("cursor"), limit=50)
    return show(
        "settings/templates.html",
        templates=page["items"],
        following=page["next"],
        given=given,
        channels=_channels(),
        states=TEMPLATE,
        categories=CATEGORIES,
    )


@blueprint.page("/settings/templates/new", needs=permissions.SETTINGS_WRITE)
def new() -> Response:
    """One to write and submit."""
    return show("settings/template_new.html", channels=_channels(), categories=CATEGORIES)


@blueprint.page("/settings/templates/<template_id>", needs=permissions.SETTINGS_READ)
def one(template_id: str) -> Response:
    """One as its provider has it."""
    return show(
        "settings/template.html",
        template=read(f"/templates/{template_id}"),
        states=TEMPLATE,
        categories=CATEGORIES,
        channels=dict(_channels()),
    )


def _channels() -> list[tuple[str, str]]:
    """The channels that know templates."""
    channels = read("/channels")["items"]
    return [(each["id"], each["name"]) for each in channels if each["kind"].startswith(_WITH_TEMPLATES)]
