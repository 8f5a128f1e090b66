"""The desk's numbers on the wire."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields, validate

from services.ticket_service.api.people_schemas import time_zone
from services.ticket_service.api.schemas import StatusRefSchema, nullable
from services.ticket_service.api.values import ID
from services.ticket_service.domain.satisfaction import SCORES
from services.ticket_service.domain.sla import TARGETS
from services.ticket_service.domain.statistics import MOST_DAYS
from shared.contracts.times import UtcTime

JSON: Final = "json"
CSV: Final = "csv"
DAYS: Final = 7
_SECONDS: Final = {"description": "To within 1 %; null where nobody was answered.", "example": 754}


class NowQuery(Schema):
    """Whose numbers, and as what."""

    team = fields.String(
        load_default=None, validate=ID, metadata={"description": "Id of a team: its tickets alone."}
    )
    format = fields.String(load_default=JSON, validate=validate.OneOf((JSON, CSV)))


class SpanQuery(NowQuery):
    """The same of some days."""

    days = fields.Integer(
        load_default=DAYS,
        validate=validate.Range(1, MOST_DAYS),
        metadata={"description": "How many days, today among them."},
    )
    time_zone = time_zone()


def _count(**metadata: Any) -> fields.Integer:
    return fields.Integer(required=True, metadata={"example": 12, **metadata})


def _seconds() -> fields.Integer:
    return fields.Integer(required=True, allow_none=True, metadata=_SECONDS)


class DaySchema(Schema):
    """One day."""

    day = fields.Date(required=True)
    opened = _count()
    closed = _count()


class TicketsPerDaySchema(Schema):
    """How many tickets opened, and how many were closed and still are; without deleted and merged ones."""

    opened = _count()
    closed = _count()
    days = fields.List(fields.Nested(DaySchema), required=True)


class AnswersSchema(Schema):
    """How long customers waited for the first answer."""

    answered = _count()
    median_seconds = _seconds()
    p90_seconds = _seconds()


class AnswersOfDaySchema(AnswersSchema):
    """The same of the tickets that opened on one day."""

    day = fields.Date(required=True)


class FirstResponseSchema(AnswersSchema):
    """Time to the first answer, of public tickets that opened in these days and have one."""

    days = fields.List(fields.Nested(AnswersOfDaySchema), required=True)


class LeftSchema(Schema):
    """Tickets that are not closed."""

    count = _count()
    unanswered = _count(description="The customer waits for an answer.")
    late = _count(description="A promise was broken.")


class LeftOfStatusSchema(LeftSchema, StatusRefSchema):
    """Those in one status."""


class LeftOfChannelSchema(LeftSchema):
    """Those of one channel."""

    channel = fields.String(required=True, metadata={"description": "Its id; empty: none."})
    kind = nullable()
    name = fields.String(required=True)


class BacklogSchema(LeftSchema):
    """What there is to do now."""

    unassigned = _count()
    oldest_at = UtcTime(required=True, allow_none=True)
    statuses = fields.List(fields.Nested(LeftOfStatusSchema), required=True)
    channels = fields.List(fields.Nested(LeftOfChannelSchema), required=True)


class PromiseSchema(Schema):
    """One kind of promise."""

    target = fields.String(required=True, metadata={"enum": list(TARGETS)})
    kept = _count()
    broken = _count()
    running = _count(description="Neither kept nor broken yet.")


class ServiceLevelsSchema(Schema):
    """How the promises ended that were made for tickets that opened in these days."""

    targets = fields.List(fields.Nested(PromiseSchema), required=True)


class ScoreSchema(Schema):
    """How many customers gave one score."""

    score = fields.Integer(required=True, metadata={"enum": list(SCORES)})
    count = _count()


class ContentSchema(Schema):
    """How content customers were."""

    count = _count(description="Ratings.")
    average = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "1 (worst) to 5 (best); null without ratings.", "example": 4.5},
    )


class ContentOfDaySchema(ContentSchema):
    """The same of the ratings that customers gave on one day."""

    day = fields.Date(required=True)


class ContentOfAgentSchema(ContentSchema):
    """The same of tickets somebody is responsible for now."""

    id = nullable(metadata={"description": "Id of the user; null: tickets of nobody."})
    name = fields.String(required=True, metadata={"description": "Empty for nobody."})


class ContentOfChannelSchema(ContentSchema):
    """The same of one channel."""

    channel = fields.String(required=True, metadata={"description": "Its id."})
    kind = nullable()
    name = fields.String(required=True)


class SatisfactionNumbersSchema(ContentSchema):
    """How content customers said to be in these days; of each ticket what they said last."""

    scores = fields.List(
        fields.Nested(ScoreSchema), required=True, metadata={"description": "Every score, 1 first."}
    )
    days = fields.List(fields.Nested(ContentOfDaySchema), required=True)
    agents = fields.List(fields.Nested(ContentOfAgentSchema), required=True)
    channels = fields.List(fields.Nested(ContentOfChannelSchema), required=True)


class AgentSchema(AnswersSchema):
    """The tickets somebody is responsible for now."""

    id = nullable(metadata={"description": "Id of the user; null: tickets of nobody."})
    name = fields.String(required=True, metadata={"description": "Empty for nobody."})
    opened = _count(description="That opened in these days.")
    closed = _count(description="That were closed in these days and still are.")
    open = _count(description="That are not closed now.")


class AgentsSchema(Schema):
    """By who is responsible, those with the most open tickets first, nobody last."""

    agents = fields.List(fields.Nested(AgentSchema), required=True)
