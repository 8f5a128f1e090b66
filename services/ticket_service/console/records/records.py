"""Products, projects and contracts: lists and records, with what is left of the hours that were sold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Response, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from services.ticket_service.api import context
from services.ticket_service.console.pages import ConsoleBlueprint, show
from services.ticket_service.console.people import asked
from services.ticket_service.console.reading import Json, read, read_tagged
from services.ticket_service.domain import permissions
from shared.web.problems import Problem

blueprint = ConsoleBlueprint("records", __name__)

_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: what people call it, and by which field of tickets it is named."""

    name: str
    field: str
    label: LazyString
    text: LazyString
    icon: str
    add: LazyString
    bought: bool
    """Whether it belongs to an organization and has a beginning and an end."""


KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind(
            *("products", "product", _l("Products"), _l("What customers ask about."), "box"),
            _l("New product"),
            False,
        ),
        Kind(
            *("projects", "project", _l("Projects"), _l("What is done over some time."), "kanban"),
            _l("New project"),
            True,
        ),
        Kind(
            *(
                "contracts",
                "contract",
                _l("Contracts"),
                _l("What organizations have bought, with the hours left."),
            ),
            "file-earmark-check",
            _l("New contract"),
            True,
        ),
    )
}


@blueprint.page("/records", needs=permissions.RECORDS_READ)
def start() -> BaseResponse:
    """The first of the kinds."""
    return redirect("/records/products")


@blueprint.page("/records/<kind>", needs=permissions.RECORDS_READ)
def index(kind: str) -> Response:
    """Those that fit the words; with `?active=false` those switched off."""
    about, words, off = _kind(kind), asked.words(), request.args.get("active") == "false"
    page = read(f"/{kind}", q=words or None, active=not off, cursor=asked.cursor(), limit=_ROWS)
    return show(
        "records/list.html",
        kind=about,
        kinds=KINDS,
        found=page["items"],
        following=page["next"],
        words=words,
        off=off,
        organizations=_names("organizations", page["items"], "organization"),
    )


@blueprint.page("/records/<kind>/new", needs=permissions.RECORDS_WRITE)
def new(kind: str) -> Response:
    """A form for a new one."""
    return show("records/new.html", kind=_kind(kind), record=None, organization=None, project=None)


@blueprint.page("/records/<kind>/<record_id>", needs=permissions.RECORDS_READ)
def one(kind: str, record_id: str) -> Response:
    """The record, and the tickets that name it."""
    about = _kind(kind)
    record = read_tagged(f"/{kind}/{record_id}")
    reads_tickets = context.caller().may(permissions.TICKETS_READ)
    tickets = read("/tickets", limit=_ROWS, cursor=asked.cursor(), **{about.field: record_id})
    return show(
        "records/record.html",
        kind=about,
        record=record.body,
        etag=record.etag,
        organization=_named("organizations", record.body.get("organization")),
        project=_named("projects", record.body.get("project")),
        tickets=tickets if reads_tickets else None,
    )


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Problem(404, "not-found", "There are no such records.", "")
    return KINDS[name]


def _names(path: str, found: list[Json], field: str) -> dict[str, str]:
    ids = {each[field] for each in found if each.get(field)}
    named = {each: _named(path, each) for each in ids}
    return {each: record["name"] for each, record in named.items() if record}


def _named(path: str, record_id: str | None) -> dict[str, Any] | None:
    if not record_id:
        return None
    try:
        return read(f"/{path}/{record_id}")
    except Problem:
        return None
