"""Records as documents and back, by their types alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from cattrs import Converter
from cattrs.strategies import configure_union_passthrough

from services.ticket_service.store.documents.actor import Document

T = TypeVar("T")


def _converter() -> Converter:
    converter = Converter(unstruct_collection_overrides={frozenset: sorted, tuple: list})
    converter.register_structure_hook(datetime, lambda value, _: value)
    converter.register_unstructure_hook(datetime, lambda value: value)
    converter.register_structure_hook(ZoneInfo, lambda value, _: ZoneInfo(value))
    converter.register_unstructure_hook(ZoneInfo, str)
    # BSON has no dates without a time.
    converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
    converter.register_unstructure_hook(date, lambda value: value.isoformat())
    configure_union_passthrough(str | int | float | bool | datetime | None, converter)
    return converter


_CONVERTER: Final = _converter()


def part_document(part: Any) -> Document:
    """A dataclass inside another object, as a document."""
    document: Document = _CONVERTER.unstructure(part)
    return document


def part(kind: type[T], document: Mapping[str, Any]) -> T:
    """Back; fields that a newer version of this service added are dropped, missing ones get their default."""
    return _CONVERTER.structure(document, kind)


def record_document(record: Any, id_field: str) -> Document:
    """Everything but its id and version."""
    document = part_document(record)
    del document[id_field], document["version"]
    return document


def record(kind: type[T], id_field: str, document: Mapping[str, Any]) -> T:
    """Back from the document."""
    given = dict(document)
    given[id_field] = given.pop("_id")
    return part(kind, given)
