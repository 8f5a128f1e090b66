"""How documents look: models that administrators add, beside those that come with the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import Desk, Frame, NotFound, Remember, save_once, until_saved
from services.ticket_service.domain.document_model import DocumentModel
from services.ticket_service.ports import Changes
from services.ticket_service.render import filling
from services.ticket_service.render.builtin import builtin_models


class Builtin(Exception):
    """This model comes with the desk and stays as it is."""


def models(desk: Desk) -> list[DocumentModel]:
    """All models: those that come with the desk, then the others by name."""
    own = sorted(desk.store.all(DocumentModel), key=lambda model: (model.name, model.id))
    return [*builtin_models().values(), *own]


def found(desk: Desk, model_id: str) -> DocumentModel:
    """The model as it is this moment. NotFound."""
    model = builtin_models().get(model_id) or desk.store.record(DocumentModel, model_id)
    if model is None:
        raise NotFound("document model")
    return model


def create(
    desk: Desk, wanted: Mapping[str, Any], frame: Frame, remember: Remember[DocumentModel]
) -> DocumentModel:
    """A new model. Unfit (its body is no Liquid), TooBusy."""
    model_id = desk.new_id()
    _check(wanted)

    def attempt() -> DocumentModel:
        now = desk.clock()
        model = DocumentModel(id=model_id, created_at=now, updated_at=now, **wanted)
        changes = Changes()
        changes.touch(model)
        return save_once(desk, changes, model, remember)

    return until_saved(attempt, frame)


def change(
    desk: Desk,
    model_id: str,
    wanted: Mapping[str, Any],
    frame: Frame,
    check: Callable[[DocumentModel], None],
) -> DocumentModel:
    """Set fields; `check` sees it as it is. NotFound, Builtin, Unfit, TooBusy."""
    _check(wanted)

    def attempt() -> DocumentModel:
        model = _own(desk, model_id)
        check(model)
        for name, value in wanted.items():
            setattr(model, name, value)
        model.updated_at = desk.clock()
        changes = Changes()
        changes.touch(model)
        desk.save(changes)
        return found(desk, model_id)

    return until_saved(attempt, frame)


def delete(desk: Desk, model_id: str, frame: Frame, check: Callable[[DocumentModel], None]) -> None:
    """Delete it; documents that were made of it are not concerned. NotFound, Builtin, TooBusy."""

    def attempt() -> None:
        model = _own(desk, model_id)
        check(model)
        changes = Changes()
        changes.remove(model)
        desk.save(changes)

    until_saved(attempt, frame)


def _own(desk: Desk, model_id: str) -> DocumentModel:
    model = found(desk, model_id)
    if model.builtin:
        raise Builtin(model_id)
    return model


def _check(wanted: Mapping[str, Any]) -> None:
    if "body" in wanted:
        try:
            filling.check(wanted["body"])
        except filling.ModelMistake as error:
            raise Unfit([("body", str(error))]) from error
