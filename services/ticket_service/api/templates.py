"""Message templates: which there are, what they will say, new ones, reading them again from the provider."""

from __future__ import annotations

from typing import Any

from flask import Response

from services.ticket_service.act import templates as acts
from services.ticket_service.acting import keep_answer
from services.ticket_service.api import context
from services.ticket_service.api.channels import channel_named
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import cut, page_of
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.template_schemas import (
    ParametersSchema,
    TemplateQuery,
    TemplatesOfChannelSchema,
    TemplateToCreateSchema,
)
from services.ticket_service.api.template_shape import names_variables
from services.ticket_service.api.template_wire import (
    TemplatePreviewSchema,
    TemplateSchema,
    key_of,
    template_wire,
)
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.template import NAMED, POSITIONAL, Template
from services.ticket_service.domain.template_text import compared, fill
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.store.keyset import Position

blueprint = ApiBlueprint(
    "templates",
    __name__,
    url_prefix=f"{PREFIX}/templates",
    description="Texts that a provider has approved: the only ones that may be sent at any time.",
)


@blueprint.route("", methods=["GET"])
@blueprint.arguments(TemplateQuery, location="query")
@blueprint.operation("List templates by channel, name and language", 400, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, page_of(TemplateSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of templates, those that the provider removed among them."""
    services, cursor = context.services(), query["cursor"]
    found = services.channel_queries.templates(
        query["channel"], query["status"], query["q"], cursor.id if cursor else None, query["limit"]
    )
    page, following = cut(found, query["limit"], _position)
    return {"items": [template_wire(each) for each in page], "next": following}


@blueprint.route("/<template_id>", methods=["GET"])
@blueprint.operation("One template", 404, needs=permissions.TICKETS_READ)
@blueprint.response(200, TemplateSchema)
def show(template_id: str) -> Wire:
    """The template with this id, and what has to be filled in to send it."""
    return template_wire(_template(template_id))


@blueprint.route("", methods=["POST"])
@blueprint.arguments(
    TemplateToCreateSchema,
    example={
        "channel": "whatsapp-main",
        "name": "please_answer",
        "language": "it",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Abbiamo una risposta per lei: ci scriva per leggerla."}],
    },
)
@blueprint.operation(
    "Write a template and submit it for approval",
    413,
    415,
    idempotent=True,
    needs=permissions.SETTINGS_WRITE,
)
@blueprint.response(201, TemplateSchema)
def create(body: dict[str, Any]) -> Response:
    """It is `submitting` until the provider has taken it; then its status follows the provider's.

    409 `template-exists` for a name and language that the channel has.
    """
    channel = channel_named(body["channel"], "channel")
    new = acts.NewTemplate(
        channel.id,
        channel.kind,
        body["name"],
        body["language"],
        body["category"],
        body["components"],
        NAMED if names_variables(body["components"]) else POSITIONAL,
    )

    def work(request: Once) -> Response:
        def remember(template: Template) -> IdempotencyRecord | None:
            return request.record(201, _rendered(template))

        template = acts.submit(context.services().desk, new, request.frame(), remember)
        return answer(201, _rendered(template))

    return once(body, work)


@blueprint.route("/<template_id>/preview", methods=["POST"])
@blueprint.arguments(
    ParametersSchema,
    example={"components": [{"type": "body", "parameters": [{"type": "text", "text": "TT24"}]}]},
)
@blueprint.operation(
    "What the customer would read", 404, 413, 415, idempotent=True, needs=permissions.TICKETS_READ
)
@blueprint.response(200, TemplatePreviewSchema)
def preview(body: dict[str, Any], template_id: str) -> Response:
    """Nothing is sent; `missing` and `surplus` say why it could not be."""
    template = _template(template_id)
    missing, surplus = compared(template.components, body["components"])
    text = fill(template.components, body["components"])
    shown = {"text": text, "missing": missing, "surplus": surplus}

    def work(request: Once) -> Response:
        desk = context.services().desk
        keep_answer(desk, shown, request.frame(), lambda document: request.record(200, document))
        return answer(200, shown)

    return once(body, work)


@blueprint.route("/sync", methods=["POST"])
@blueprint.arguments(TemplatesOfChannelSchema, example={"channel": "whatsapp-main"})
@blueprint.operation(
    "Read a channel's templates again", 413, 415, idempotent=True, needs=permissions.SETTINGS_WRITE
)
@blueprint.response(202, TemplatesOfChannelSchema)
def sync(body: dict[str, Any]) -> Response:
    """They are read every few minutes anyhow; what changed shows in the list soon after."""
    channel = channel_named(body["channel"], "channel")

    def work(request: Once) -> Response:
        def remember(_: None) -> IdempotencyRecord | None:
            return request.record(202, {"channel": channel.id})

        acts.sync(context.services().desk, channel.id, channel.kind, request.frame(), remember)
        return answer(202, {"channel": channel.id})

    return once(body, work)


def _template(template_id: str) -> Template:
    found = context.services().desk.store.load_template(key_of(template_id))
    if found is None:
        raise not_found("template")
    return found


def _rendered(template: Template) -> Wire:
    return TemplateSchema().dump(template_wire(template))


def _position(template: Template) -> Position:
    return Position(template.changed_at, None, template.id)
