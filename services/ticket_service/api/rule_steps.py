"""What both kinds of rules answer alike: added, put in order, changed and deleted by the same steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Response
from marshmallow import Schema

from services.ticket_service.act import keeping
from services.ticket_service.acting import Frame, Remember
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.named import frame, tag, unchanged
from services.ticket_service.api.openapi import ApiBlueprint
from services.ticket_service.api.pages import page_of
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain.assignment import AssignmentRule
from services.ticket_service.domain.mail_rule import MailRule

R = TypeVar("R", AssignmentRule, MailRule)
ToWire = Callable[[R], Wire]
Fits = Callable[[R], None]
"""Raises when a rule may not be as it is."""


def add(
    body: dict[str, Any], schema: type[Schema], to_wire: ToWire[R], rule: Callable[[], R], fits: Fits[R]
) -> Response:
    """Keep a new rule; 201 with what it is."""
    desk = context.services().desk
    return made(
        body, schema, to_wire, lambda frame_, remember: keeping.add(desk, rule, fits, frame_, remember)
    )


def put_in_order(
    body: dict[str, Any],
    schema: type[Schema],
    to_wire: ToWire[R],
    put: Callable[[Frame, Remember[list[R]]], list[R]],
) -> Response:
    """The rules in the order that `put` gave them, on one page."""
    return made(body, page_of(schema), lambda rules: on_one_page(rules, to_wire), put, 200)


def on_one_page(rules: Sequence[R], to_wire: ToWire[R]) -> Wire:
    """All of them; there are never so many that they would need a second one."""
    return {"items": [to_wire(each) for each in rules], "next": None}


def show(blueprint: ApiBlueprint, rule: R, to_wire: ToWire[R]) -> Wire:
    """One of them, with its ETag."""
    blueprint.set_etag(tag(rule))
    return to_wire(rule)


def change(
    blueprint: ApiBlueprint,
    load: Callable[[], R],
    wanted: dict[str, Any],
    fits: Fits[R],
    to_wire: ToWire[R],
) -> Wire:
    """Change one that is as the caller read it. What `load` and `fits` raise, 412, 428."""
    desk = context.services().desk

    def save(rule: R) -> None:
        fits(rule)
        keeping.save_record(desk, rule)

    rule = keeping.change(load, wanted, save, frame(), lambda each: unchanged(blueprint, each))
    return show(blueprint, rule, to_wire)


def delete(blueprint: ApiBlueprint, load: Callable[[], R]) -> None:
    """Delete one that is as the caller read it. What `load` raises, 412, 428."""
    keeping.remove(context.services().desk, load, frame(), lambda each: unchanged(blueprint, each))
