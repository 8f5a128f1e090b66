"""A ticket as a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Response
from marshmallow import Schema, fields

from services.ticket_service.act import document_models
from services.ticket_service.act.documents import MOST_ACTIONS, MOST_IMAGES, Material, Values
from services.ticket_service.act.loading import load
from services.ticket_service.act.scanning import seen
from services.ticket_service.act.time_entries import entries_of
from services.ticket_service.acting import NotFound
from services.ticket_service.api import context
from services.ticket_service.api.filenames import disposition, shown_name
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import invalid
from services.ticket_service.api.values import ID
from services.ticket_service.domain import permissions
from services.ticket_service.domain.attachment import Attachment
from services.ticket_service.domain.document_model import DocumentModel
from services.ticket_service.domain.intervention import Intervention
from services.ticket_service.domain.message import PUBLIC, Message
from services.ticket_service.domain.thumbnail import PREVIEW
from services.ticket_service.ports import LoadedTicket
from services.ticket_service.render.builtin import SUMMARY
from services.ticket_service.render.confined import NotPossible
from services.ticket_service.render.filling import ModelMistake, fill
from services.ticket_service.render.pdf import pdf
from services.ticket_service.render.pictures import picture
from services.ticket_service.store.queries import Page
from services.ticket_service.store.queries_files import FileFilter

blueprint = ApiBlueprint(
    "documents", __name__, url_prefix=f"{PREFIX}/tickets", description="A ticket as a PDF."
)
PDF: Final = "application/pdf"
_IMAGE: Final = "attachment:"
_ASKED_FOR: Final = "image"
_MOST_FILES: Final = 1_000


class DocumentQuery(Schema):
    """Which document."""

    model = fields.String(load_default=SUMMARY, validate=ID, metadata={"description": "Id of a model."})
    internal = fields.Boolean(
        load_default=False, metadata={"description": "Also what customers do not see: notes, their files."}
    )
    intervention = fields.String(
        validate=ID, metadata={"description": "Only this one of the ticket's interventions."}
    )


@blueprint.route("/<number>/document", methods=["GET"])
@blueprint.arguments(DocumentQuery, location="query")
@blueprint.operation("A ticket as a PDF", 404, 422, 501, needs=permissions.TICKETS_READ)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=PDF)
def show(query: dict[str, Any], number: str) -> Response:
    """Made of one of the models under *settings/document-models*; fetches nothing from anywhere.

    422 when nothing can be made with the model; 501 `documents-not-available` where Pango is not installed.
    """
    model = _model(query["model"])
    made = document_of(number, model, query, "model")
    response = Response(made, content_type=PDF)
    name = shown_name(f"{number} {model.name}.pdf") or "document.pdf"
    response.headers["Content-Disposition"] = disposition(name, inline=False)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def document_of(number: str, model: DocumentModel, query: Mapping[str, Any], field: str) -> bytes:
    """The PDF of a ticket, made with a model; `query` as a DocumentQuery gives it.

    NotFound (the ticket); Problem 422 at `field` when nothing can be made; NotInstalled, Busy.
    """
    desk = context.services().desk
    loaded, _ = load(desk, number)
    images = _Images(_ASKED_FOR in model.body)
    values = Values(desk, _material(loaded, query), images.address).all()
    try:
        return pdf(fill(model.body, values), model.style, images.drawn)
    except (ModelMistake, NotPossible) as error:
        raise invalid([(field, f"No document can be made with this model: {error}")]) from error


class _Images:
    """Pictures of the ticket's own files that a document shows, each drawn when it is first asked for."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self.drawn: dict[str, bytes] = {}

    def address(self, file: Attachment) -> str | None:
        """Where the model finds the picture; None where there is none, or too many are asked for."""
        if not self._wanted:
            return None
        if file.id not in self.drawn:
            services = context.services()
            drawn = None
            if len(self.drawn) < MOST_IMAGES:
                file = seen(services.desk, file, services.blobs, services.scan)
                drawn = picture(file, PREVIEW, services.blobs)
            if drawn is None:
                return None
            self.drawn[file.id] = drawn
        return f"{_IMAGE}{file.id}"


def _model(model_id: str) -> DocumentModel:
    try:
        model = document_models.found(context.services().desk, model_id)
    except NotFound:
        raise invalid([("model", "There is no such document model.")]) from None
    if not model.active:
        raise invalid([("model", "This document model is switched off.")])
    return model


def _material(loaded: LoadedTicket, query: Mapping[str, Any]) -> Material:
    services, ticket_id = context.services(), loaded.ticket.id
    only = None if query["internal"] else {"visibility": PUBLIC}
    page = Page(None, MOST_ACTIONS, newest_first=False)
    actions = services.queries.messages_of_ticket(ticket_id, page, only)
    wanted = FileFilter(ticket_id=ticket_id)
    files = services.files.gallery(wanted, "created_at", False, None, _MOST_FILES)
    return Material(
        loaded,
        actions[:MOST_ACTIONS],
        len(actions) > MOST_ACTIONS,
        files if query["internal"] else _of(actions, files),
        _interventions(ticket_id, query.get("intervention")),
        entries_of(services.desk.store, ticket_id),
    )


def _of(actions: list[Message], files: list[Attachment]) -> list[Attachment]:
    """The files of what is shown, and no others."""
    named = {each for action in actions for each in action.attachments}
    return [each for each in files if each.id in named]


def _interventions(ticket_id: str, only: str | None) -> list[Intervention]:
    found = context.services().desk.store.records(Intervention, {"ticket_id": ticket_id})
    if only is None:
        return found
    chosen = [each for each in found if each.id == only]
    if not chosen:
        raise invalid([("intervention", "This ticket has no such intervention.")])
    return chosen
