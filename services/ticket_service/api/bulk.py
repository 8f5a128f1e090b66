"""One change on many tickets."""

from __future__ import annotations

import json
from typing import Any, Final

from flask import Response
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.ticket_service.act.bulk import MOST_TAGS, OUTCOMES, REFUSED, Result, Wanted, change_many
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import ProblemSchema
from services.ticket_service.api.refusals import problem_of
from services.ticket_service.api.ticket_schemas import TicketChangeSchema
from services.ticket_service.api.values import ID, Label
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from shared.messaging.message import Unavailable

blueprint = ApiBlueprint(
    "bulk", __name__, url_prefix=f"{PREFIX}/tickets", description="One change on many tickets."
)
MOST_TICKETS: Final = 500


def _tags() -> fields.List:
    return fields.List(Label(60), load_default=[], validate=validate.Length(max=MOST_TAGS))


class BulkChangeSchema(Schema):
    """Which tickets, and what to change on each."""

    numbers = fields.List(
        fields.String(validate=ID), required=True, validate=validate.Length(1, MOST_TICKETS)
    )
    changes = fields.Nested(TicketChangeSchema)
    add_tags = _tags()
    remove_tags = _tags()

    @validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not (data.get("changes") or data["add_tags"] or data["remove_tags"]):
            raise ValidationError("Say what to change.")


class BulkResultSchema(Schema):
    """What became of one ticket."""

    number = fields.String(required=True)
    outcome = fields.String(required=True, metadata={"enum": list(OUTCOMES)})
    problem = fields.Nested(
        ProblemSchema, required=True, allow_none=True, metadata={"description": "Why it refused."}
    )


class BulkResultsSchema(Schema):
    """What became of each ticket, in the order given."""

    items = fields.List(fields.Nested(BulkResultSchema), required=True)
    refused = fields.Integer(required=True)


@blueprint.route("/bulk", methods=["POST"])
@blueprint.arguments(
    BulkChangeSchema,
    example={"numbers": ["TT24", "TT25"], "changes": {"status": "closed"}, "add_tags": ["summer"]},
)
@blueprint.operation("Change many tickets", 413, 415, idempotent=True, needs=permissions.TICKETS_BULK)
@blueprint.response(200, BulkResultsSchema)
def change(body: dict[str, Any]) -> Response:
    """Each ticket is changed by itself: one that refuses stops none of the others.

    What the change of one ticket may refuse with stands in its `problem`. Asked again after it broke off,
    what was changed already stays as it is.
    """
    numbers = list(dict.fromkeys(body["numbers"]))
    wanted = Wanted(body.get("changes", {}), body["add_tags"], body["remove_tags"])
    desk, may = context.services().desk, context.caller().permissions()
    return made(
        body,
        BulkResultsSchema,
        _wire,
        lambda frame, remember: change_many(desk, numbers, wanted, may, frame, _why, remember),
        200,
    )


def _why(error: Exception) -> dict[str, Any] | None:
    if isinstance(error, Unavailable):
        return None
    problem = problem_of(error)
    if problem is None:
        return None
    document: dict[str, Any] = json.loads(problem.response().get_data())
    return document


def _wire(results: list[Result]) -> Wire:
    return {
        "items": [
            {"number": each.number, "outcome": each.outcome, "problem": each.problem} for each in results
        ],
        "refused": sum(each.outcome == REFUSED for each in results),
    }
