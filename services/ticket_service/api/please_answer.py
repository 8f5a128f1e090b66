"""The template that asks a customer to write, so that an answer which waits may leave."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from services.ticket_service.act import please_answer as acts
from services.ticket_service.acting import Frame
from services.ticket_service.api import context
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.reply_schemas import TemplateToSendSchema
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.settings import DeskSettings, PleaseAnswer
from services.ticket_service.ports import SECTION

blueprint = ApiBlueprint(
    "please-answer",
    __name__,
    url_prefix=f"{PREFIX}/settings/please-answer",
    description="How customers are asked to write when an answer waits for them.",
)


class PleaseAnswerSchema(Schema):
    """The template, with everything filled in; null asks nobody."""

    template = fields.Nested(TemplateToSendSchema, required=True, allow_none=True)


@blueprint.route("", methods=["GET"])
@blueprint.operation("Which template asks customers to answer", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, PleaseAnswerSchema)
def show() -> Wire:
    """Sent at most once in 24 hours to each customer for whom a draft waits."""
    stored = context.services().desk.store.record(DeskSettings, SECTION)
    return _wire(stored.please_answer if stored else None)


@blueprint.route("", methods=["PATCH"])
@blueprint.arguments(
    PleaseAnswerSchema, example={"template": {"name": "please_answer", "language": "it", "components": []}}
)
@blueprint.operation(
    "Choose the template that asks customers to answer",
    400,
    409,
    412,
    413,
    415,
    422,
    428,
    needs=permissions.SETTINGS_WRITE,
)
@blueprint.etag
@blueprint.response(200, PleaseAnswerSchema)
def change(body: dict[str, Any]) -> Wire:
    """It must be approved and complete on every channel that has it, and cannot bring files."""
    services, given = context.services(), body["template"]
    wanted = PleaseAnswer(given["name"], given["language"], given["components"]) if given else None

    def unchanged(stored: PleaseAnswer | None) -> None:
        blueprint.check_etag(_wire(stored), PleaseAnswerSchema)

    frame = Frame(context.actor(), context.traceparent(), before_try=lambda: None)
    channels = [channel.id for channel in services.channels]
    acts.choose(
        services.desk,
        wanted,
        channels,
        services.channel_queries.synced,
        frame,
        unchanged,
    )
    return _wire(wanted)


def _wire(chosen: PleaseAnswer | None) -> Wire:
    if chosen is None:
        return {"template": None}
    return {"template": {"name": chosen.name, "language": chosen.language, "components": chosen.components}}
