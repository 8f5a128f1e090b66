"""Conversations and what was said in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response
from marshmallow import fields

from services.ticket_service.act.from_conversation import open_from_conversation
from services.ticket_service.act.opening import Wanted
from services.ticket_service.api import context
from services.ticket_service.api.answering import made
from services.ticket_service.api.conversation_schemas import ConversationSchema, SaidSchema
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.pages import PageQuery, TimelineQuery, cut, page_of, page_wanted
from services.ticket_service.api.problems import not_found
from services.ticket_service.api.schemas import TicketSchema
from services.ticket_service.api.ticket_schemas import ConversationTicketSchema
from services.ticket_service.api.tickets import shown as ticket_shown
from services.ticket_service.api.timeline import QUOTED_CHARACTERS, message_position, shown
from services.ticket_service.api.values import ID, Keys
from services.ticket_service.api.wire import Wire, actor, conversation_wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.message import Message
from services.ticket_service.store.keyset import Position
from services.ticket_service.store.queries import ConversationFilter

blueprint = ApiBlueprint(
    "conversations",
    __name__,
    url_prefix=f"{PREFIX}/conversations",
    description="All that one contact and the desk said to each other on one channel.",
)


class ConversationQuery(PageQuery):
    """Which conversations."""

    channel = Keys(load_default=(), metadata={"description": "Ids of channels, repeated or with commas."})
    contact = fields.String(load_default=None, validate=ID, metadata={"description": "Id of a contact."})
    open_ticket = fields.Boolean(
        load_default=None,
        metadata={"description": "Only those whose messages join an open ticket now, or only the others."},
    )
    drafts = fields.Boolean(
        load_default=None,
        metadata={"description": "Only those in which answers wait until the customer writes, or no such."},
    )
    chat = fields.Boolean(load_default=None, metadata={"description": "Only live chats, or only the others."})
    waiting = fields.Boolean(
        load_default=None,
        metadata={"description": "Only live chats with a message that is on no ticket, or only the others."},
    )
    missed = fields.Boolean(
        load_default=None,
        metadata={"description": "Only those that were missed and could not become a ticket, or no such."},
    )


@blueprint.route("", methods=["GET"])
@blueprint.arguments(ConversationQuery, location="query")
@blueprint.operation("List conversations, the last changed first", 400, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, page_of(ConversationSchema))
def find(query: dict[str, Any]) -> Wire:
    """A page of conversations, those without a ticket among them."""
    narrowing = ("channel", "contact", "open_ticket", "drafts", "chat", "waiting", "missed")
    asked = ConversationFilter(*(query[name] for name in narrowing))
    found = context.services().queries.conversations(asked, page_wanted(query))
    page, following = cut(found, query["limit"], _position)
    return {"items": _shown(page), "next": following}


@blueprint.route("/<conversation_id>", methods=["GET"])
@blueprint.operation("One conversation", 404, needs=permissions.TICKETS_READ)
@blueprint.response(200, ConversationSchema)
def show(conversation_id: str) -> Wire:
    """The conversation with this id."""
    return _shown([_conversation(conversation_id)])[0]


@blueprint.route("/<conversation_id>/messages", methods=["GET"])
@blueprint.arguments(TimelineQuery, location="query")
@blueprint.operation("List what was said in a conversation", 400, 404, 422, needs=permissions.TICKETS_READ)
@blueprint.response(200, page_of(SaidSchema))
def messages(query: dict[str, Any], conversation_id: str) -> Wire:
    """The messages of both sides, by the provider's time."""
    conversation = _conversation(conversation_id)
    found = context.services().queries.messages_of_conversation(conversation.id, page_wanted(query))
    page, following = cut(found, query["limit"], message_position)
    numbers = context.services().queries.ticket_numbers([each.ticket_id for each in page if each.ticket_id])
    items = [
        {**wire, "ticket": numbers.get(each.ticket_id or "")}
        for wire, each in zip(shown(page), page, strict=True)
    ]
    return {"items": items, "next": following}


@blueprint.route("/<conversation_id>/tickets", methods=["POST"])
@blueprint.arguments(ConversationTicketSchema, example={"priority": "high"})
@blueprint.operation(
    "Open a ticket from a conversation", 404, 413, 415, idempotent=True, needs=permissions.TICKETS_WRITE
)
@blueprint.response(201, TicketSchema)
def open_ticket(body: dict[str, Any], conversation_id: str) -> Response:
    """What the customer wrote first is its description, the rest its comments; answers leave here.

    409 `has-open-ticket` where messages join an open ticket, `nothing-to-take` where nothing the customer
    said is left that is on no ticket.
    """
    desk, may = context.services().desk, context.caller().permissions()
    asked = {name: value for name, value in body.items() if name not in ("title", "messages")}
    wanted = Wanted(title=body.get("title"), fields=asked)
    return made(
        body,
        TicketSchema,
        ticket_shown,
        lambda frame, remember: open_from_conversation(
            desk, conversation_id, body.get("messages"), wanted, may, frame, remember
        ),
    )


def _conversation(conversation_id: str) -> Conversation:
    found = context.services().queries.conversation(conversation_id)
    if found is None:
        raise not_found("conversation")
    return found


def _shown(conversations: Sequence[Conversation]) -> list[Wire]:
    services = context.services()
    contacts = services.queries.contacts_by_id([each.contact_id for each in conversations])
    numbers = services.queries.ticket_numbers(
        [each.open_ticket_id for each in conversations if each.open_ticket_id]
    )
    last = services.queries.last_messages([each.id for each in conversations])
    now = services.desk.clock()
    return [
        {
            **conversation_wire(
                each, contacts.get(each.contact_id), numbers.get(each.open_ticket_id or ""), now
            ),
            "last_message": _beginning(last[each.id]) if each.id in last else None,
        }
        for each in conversations
    ]


def _beginning(message: Message) -> Wire:
    return {
        **{name: getattr(message, name) for name in ("id", "direction", "kind", "occurred_at")},
        "author": actor(message.author),
        "text": message.text[:QUOTED_CHARACTERS],
        "delivery": message.delivery and message.delivery.state,
    }


def _position(conversation: Conversation) -> Position:
    return Position(conversation.updated_at, None, conversation.id)
