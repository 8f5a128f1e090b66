"""The question when a ticket opens, and the teams whose members take turns."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields, validate

from services.ticket_service.act.sections import change_sections, section
from services.ticket_service.act.template_use import must_be_sendable
from services.ticket_service.api import context
from services.ticket_service.api.channels import channel_named
from services.ticket_service.api.named import frame
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.problems import invalid
from services.ticket_service.api.reply_schemas import TemplateToSendSchema
from services.ticket_service.api.values import ID
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.opening_question import Choice, OpeningQuestion
from services.ticket_service.domain.rotation import RoundRobin
from services.ticket_service.domain.team import Team

blueprint = ApiBlueprint(
    "opening-question",
    __name__,
    url_prefix=f"{PREFIX}/settings",
    description="What happens by itself when a ticket opens.",
)
MAX_QUESTION: Final = 1_000
MOST_MINUTES: Final = 30 * 24 * 60
MOST_TEAMS: Final = 200
_FIELDS: Final = ("enabled", "text", "template", "answer_within_minutes")


class QuestionChoiceSchema(Schema):
    """A button under the question."""

    id = fields.String(required=True, validate=ID, metadata={"example": "yes"})
    title = fields.String(required=True, validate=validate.Length(1, 20), metadata={"example": "SI"})


class OpeningQuestionSchema(Schema):
    """The question; what is left out of a change stays."""

    enabled = fields.Boolean()
    channels = fields.List(
        fields.String(validate=ID),
        validate=validate.Length(max=50),
        metadata={"description": "Ids of channels; none: all of them."},
    )
    text = fields.String(
        validate=validate.Length(max=MAX_QUESTION),
        metadata={"example": "Acconsenti al trattamento dei dati?"},
    )
    buttons = fields.List(fields.Nested(QuestionChoiceSchema), validate=validate.Length(max=3))
    template = fields.Nested(
        TemplateToSendSchema,
        allow_none=True,
        metadata={"description": "An approved template to send instead of the text."},
    )
    answer_within_minutes = fields.Integer(
        strict=True,
        validate=validate.Range(1, MOST_MINUTES),
        metadata={"description": "Until when a text is the answer; a tap on a button always is."},
    )


class RoundRobinSchema(Schema):
    """The teams whose tickets go to their members in turn, to those who are there and have room."""

    teams = fields.List(fields.String(validate=ID), required=True, validate=validate.Length(max=MOST_TEAMS))


@blueprint.route("/opening-question", methods=["GET"])
@blueprint.operation("What customers are asked when a ticket opens", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, OpeningQuestionSchema)
def show_question() -> Wire:
    """Sent right after the customer's first message; the answer joins the ticket's description."""
    return _question_wire(section(context.services().desk, OpeningQuestion))


@blueprint.route("/opening-question", methods=["PATCH"])
@blueprint.arguments(
    OpeningQuestionSchema,
    example={
        "enabled": True,
        "text": "Acconsenti al trattamento dei dati?",
        "buttons": [{"id": "yes", "title": "SI"}, {"id": "no", "title": "NO"}],
    },
)
@blueprint.operation(
    "Set what customers are asked when a ticket opens",
    *(400, 412, 413, 415, 422, 428),
    needs=permissions.SETTINGS_WRITE,
)
@blueprint.etag
@blueprint.response(200, OpeningQuestionSchema)
def change_question(body: dict[str, Any]) -> Wire:
    """A question that is switched on needs a text or a template."""
    for at, channel in enumerate(body.get("channels", ())):
        channel_named(channel, f"channels.{at}")
    services, wanted = context.services(), dict(body)
    if wanted.get("template") is not None:
        channels = [channel.id for channel in services.channels]
        synced = services.channel_queries.synced
        must_be_sendable(services.desk.store, wanted["template"], "template", channels, synced)
    if "buttons" in wanted:
        wanted["buttons"] = tuple(Choice(each["id"], each["title"]) for each in wanted["buttons"])
    if "channels" in wanted:
        wanted["channels"] = tuple(dict.fromkeys(wanted["channels"]))

    def unchanged(stored: list[Any]) -> None:
        blueprint.check_etag(_question_wire(stored[0]), OpeningQuestionSchema)

    return _question_wire(
        change_sections(services.desk, [OpeningQuestion], wanted, frame(), unchanged, _question_mistakes)[0]
    )


@blueprint.route("/round-robin", methods=["GET"])
@blueprint.operation("Which teams take turns", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, RoundRobinSchema)
def show_turns() -> Wire:
    """Ids of teams; none at first."""
    return {"teams": list(section(context.services().desk, RoundRobin).teams)}


@blueprint.route("/round-robin", methods=["PUT"])
@blueprint.arguments(RoundRobinSchema, example={"teams": []})
@blueprint.operation(
    "Set which teams take turns", *(400, 412, 413, 415, 422, 428), needs=permissions.SETTINGS_WRITE
)
@blueprint.etag
@blueprint.response(200, RoundRobinSchema)
def change_turns(body: dict[str, Any]) -> Wire:
    """A ticket that gets such a team and nobody responsible goes to the next member.

    That is who is active, available, and below their own `capacity` of open tickets.
    """
    desk = context.services().desk
    known = {team.id for team in desk.store.all(Team)}
    unknown = [
        (f"teams.{at}", "There is no such team.") for at, id_ in enumerate(body["teams"]) if id_ not in known
    ]
    if unknown:
        raise invalid(unknown)

    def unchanged(stored: list[Any]) -> None:
        blueprint.check_etag({"teams": list(stored[0].teams)}, RoundRobinSchema)

    wanted = {"teams": tuple(dict.fromkeys(body["teams"]))}
    return {"teams": list(change_sections(desk, [RoundRobin], wanted, frame(), unchanged)[0].teams)}


def _question_mistakes(question: OpeningQuestion) -> list[tuple[str, str]]:
    if not question.enabled:
        return []
    if not question.text.strip() and question.template is None:
        return [("text", "Say what to ask, or name a template.")]
    if question.buttons and not question.text.strip():
        return [("text", "Buttons need a text above them.")]
    ids = [each.id for each in question.buttons]
    return [("buttons", "Two buttons have the same id.")] if len(ids) != len(set(ids)) else []


def _question_wire(question: OpeningQuestion) -> Wire:
    return {
        **{name: getattr(question, name) for name in _FIELDS},
        "channels": list(question.channels),
        "buttons": [{"id": each.id, "title": each.title} for each in question.buttons],
    }
