"""Saved views: lists of tickets that people keep for themselves, their team or everybody."""

from __future__ import annotations

from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields, validate

from services.ticket_service.act import views as acts
from services.ticket_service.act.sharing import Viewer, viewer
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.named import ChangeSchema, frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, cut, page_of, page_wanted
from services.ticket_service.api.schemas import TicketSchema
from services.ticket_service.api.ticket_cursor import TicketCursorField
from services.ticket_service.api.ticket_list import CountSchema, counted, page
from services.ticket_service.api.ticket_query import DEFAULT_SORT, SORTS, TicketFilterSchema, filter_of
from services.ticket_service.api.values import ID, Label
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.sharing import SHARED_WITH
from services.ticket_service.domain.view import COLUMNS, SavedView
from services.ticket_service.store.keyset import Order, Position
from services.ticket_service.store.queries import Page
from services.ticket_service.store.queries_tickets import Counted
from shared.contracts.times import UtcTime
from shared.web.problems import Problem

blueprint = ApiBlueprint(
    "views", __name__, url_prefix=f"{PREFIX}/views", description="Lists of tickets that people saved."
)
MOST_COUNTED_VIEWS: Final = 50
_EXAMPLE: Final = {
    "name": "My urgent ones",
    "filter": {"assignee": ["me"], "priority": ["urgent"], "open": True},
    "sort": "created",
    "columns": ["number", "title", "requester", "status"],
}
_ORDER: Final = Order("created_at", newest_first=False)


class ViewFieldsSchema(Schema):
    """What people say of a view."""

    shared = fields.String(
        validate=validate.OneOf(SHARED_WITH), metadata={"description": "Who sees it beside its owner."}
    )
    team = fields.String(
        validate=ID, allow_none=True, metadata={"description": "Id of the team it is shared with."}
    )
    columns = fields.List(
        fields.String(validate=validate.OneOf(COLUMNS)), validate=validate.Length(1, len(COLUMNS))
    )
    sort = fields.String(validate=validate.OneOf(SORTS))
    filter = fields.Nested(
        TicketFilterSchema, metadata={"description": "Parameters of the list of tickets; `me` is who looks."}
    )
    position = fields.Integer(validate=validate.Range(0, 1_000_000))


class NewViewSchema(ViewFieldsSchema):
    """A view to save."""

    name = Label(required=True)


class ViewChangeSchema(ChangeSchema, ViewFieldsSchema):
    """What to change of a view."""

    name = Label()


class ViewSchema(Schema):
    """A saved view."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    owner = fields.String(required=True, metadata={"description": "Id of the user who made it."})
    shared = fields.String(required=True, metadata={"enum": list(SHARED_WITH)})
    team = fields.String(required=True, allow_none=True)
    columns = fields.List(fields.String(), required=True)
    sort = fields.String(required=True)
    filter = fields.Dict(keys=fields.String(), required=True)
    position = fields.Integer(required=True)
    created_at = UtcTime(required=True)
    updated_at = UtcTime(required=True)


class ViewCountSchema(CountSchema):
    """How many tickets a view has."""

    id = fields.String(required=True)


class ViewCountsSchema(Schema):
    """How many tickets the caller's views have."""

    items = fields.List(fields.Nested(ViewCountSchema), required=True)


class ViewTicketsQuery(PageQuery):
    """Which page of a view's tickets."""

    cursor = TicketCursorField(load_default=None, metadata={"description": "`next` of the page before."})
    sort = fields.String(
        load_default=None, validate=validate.OneOf(SORTS), metadata={"description": "Another order."}
    )


@blueprint.route("", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.operation("List the views you see, the oldest first", 400, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, page_of(ViewSchema))
def find(query: dict[str, Any]) -> Wire:
    """Your own, your teams', everybody's."""
    found = context.services().records.page(SavedView, _viewer().where(), _ORDER, page_wanted(query))
    shown, following = cut(found, query["limit"], lambda view: Position(view.created_at, None, view.id))
    return {"items": [_wire(view) for view in shown], "next": following}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewViewSchema, example=_EXAMPLE)
@blueprint.operation("Save a view", 413, 415, idempotent=True, needs=permissions.TICKETS_READ)
@blueprint.response(201, ViewSchema)
def create(body: dict[str, Any]) -> Response:
    """One that others see needs the permission `views.share`."""
    wanted, desk, who = _plain(body), context.services().desk, _viewer()
    return made(
        wanted, ViewSchema, _wire, lambda frame_, remember: acts.create(desk, wanted, who, frame_, remember)
    )


@blueprint.route("/counts", methods=["GET"])
@blueprint.operation("Count the tickets of the views you see", needs=permissions.TICKETS_READ)
@blueprint.response(200, ViewCountsSchema)
def counts() -> Wire:
    """Of the first fifty; each count ends somewhere."""
    page_ = Page(None, MOST_COUNTED_VIEWS)
    found = context.services().records.page(SavedView, _viewer().where(), _ORDER, page_)[:MOST_COUNTED_VIEWS]
    return {"items": [{"id": view.id, **counted(_count(view))} for view in found]}


@blueprint.route("/<view_id>", methods=["GET"])
@blueprint.operation("One view", 404, needs=permissions.TICKETS_READ)
@blueprint.etag
@blueprint.response(200, ViewSchema)
def show(view_id: str) -> Wire:
    """The view with this id."""
    view = acts.seen(context.services().desk, view_id, _viewer())
    blueprint.set_etag(tag(view))
    return _wire(view)


@blueprint.route("/<view_id>/tickets", methods=["GET"])
@blueprint.arguments(ViewTicketsQuery, location="query")
@blueprint.operation("List the tickets of a view", 400, 404, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, page_of(TicketSchema))
def tickets(query: dict[str, Any], view_id: str) -> Wire:
    """In the view's order unless another one is asked for."""
    view = acts.seen(context.services().desk, view_id, _viewer())
    return page({**query, "sort": query["sort"] or view.sort or DEFAULT_SORT}, filter_of(_loaded(view)))


@blueprint.route("/<view_id>", methods=["PATCH"])
@blueprint.arguments(ViewChangeSchema, example={"shared": "all"})
@blueprint.operation("Change a view", 400, 404, 412, 413, 415, 422, 428, needs=permissions.TICKETS_READ)
@blueprint.etag
@blueprint.response(200, ViewSchema)
def change(wanted: dict[str, Any], view_id: str) -> Wire:
    """Your own; a shared one whoever may share views."""
    desk, who = context.services().desk, _viewer()
    view = acts.change(desk, view_id, _plain(wanted), who, frame(), lambda each: unchanged(blueprint, each))
    blueprint.set_etag(tag(view))
    return _wire(view)


@blueprint.route("/<view_id>", methods=["DELETE"])
@blueprint.operation("Delete a view", 404, 412, 428, needs=permissions.TICKETS_READ)
@blueprint.etag
@blueprint.response(204)
def delete(view_id: str) -> None:
    """The tickets in it stay as they are."""
    desk = context.services().desk
    acts.delete(desk, view_id, _viewer(), frame(), lambda each: unchanged(blueprint, each))


def _count(view: SavedView) -> Counted:
    """Unknown for tickets that the caller may not see."""
    try:
        return context.services().tickets.count(filter_of(_loaded(view)))
    except Problem:
        return Counted(None)


def _viewer() -> Viewer:
    caller = context.caller()
    return viewer(context.services().desk, caller.user.id, caller.permissions())


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its filter as it is kept: as it came, once it is known to be one."""
    if "filter" not in body:
        return body
    filter_of(body["filter"])
    return {**body, "filter": TicketFilterSchema().dump(body["filter"])}


def _loaded(view: SavedView) -> dict[str, Any]:
    loaded: dict[str, Any] = TicketFilterSchema().load(view.filter)
    return loaded


def _wire(view: SavedView) -> Wire:
    return {name: getattr(view, name) for name in ViewSchema().fields}
