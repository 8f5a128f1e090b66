"""What is set about live chats, on the wire."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields, validate

from services.ticket_service.api.values import COLOR, END, ID, MAX_TITLE, Label
from services.ticket_service.domain.chat_settings import (
    FIELD_KINDS,
    FORM_WHEN,
    MAX_TEXT,
    MOST_CHOICES,
    MOST_FIELDS,
    MOST_LANGUAGES,
    MOST_MINUTES,
    ONLINE,
    POSITIONS,
    TEXTS,
    THEMES,
    TICKETS,
    ChatChannel,
)

MOST_CHANNELS: Final = 200
MAX_CHOICE: Final = 200
_BEGUN: Final = ChatChannel()
_LANGUAGE: Final = validate.And(
    validate.Length(2, 20),
    validate.Regexp(
        rf"^[a-z]{{2,3}}(-[A-Za-z0-9]{{2,8}}){{0,2}}{END}", error="A language is written like it or pt-BR."
    ),
)


def _one_of(name: str, words: tuple[str, ...], description: str) -> fields.String:
    return fields.String(
        load_default=getattr(_BEGUN, name),
        validate=validate.OneOf(words),
        metadata={"description": description},
    )


def _flag(name: str, description: str) -> fields.Boolean:
    return fields.Boolean(load_default=getattr(_BEGUN, name), metadata={"description": description})


def _minutes(name: str, least: int, description: str) -> fields.Integer:
    return fields.Integer(
        load_default=getattr(_BEGUN, name),
        strict=True,
        validate=validate.Range(least, MOST_MINUTES),
        metadata={"description": description},
    )


def _reference(description: str) -> fields.String:
    return fields.String(
        load_default="",
        validate=validate.Regexp(rf"^[\x21-\x7e]{{0,600}}{END}", error="Not an id."),
        metadata={"description": description},
    )


class ChatFieldSchema(Schema):
    """A field of the form before a chat."""

    key = fields.String(
        required=True,
        validate=validate.Length(1, 60),
        metadata={"description": "`name`, `email` and `phone` are the visitor's own details."},
    )
    kind = fields.String(load_default="text", validate=validate.OneOf(FIELD_KINDS))
    required = fields.Boolean(load_default=False)
    labels = fields.Dict(
        keys=fields.String(validate=_LANGUAGE),
        values=Label(MAX_TITLE),
        load_default=dict,
        validate=validate.Length(max=MOST_LANGUAGES),
        metadata={"description": "By language; none: the widget's own words, else the key."},
    )
    choices = fields.List(
        Label(MAX_CHOICE),
        load_default=list,
        validate=validate.Length(max=MOST_CHOICES),
        metadata={"description": "Of kind `choice`."},
    )


class ChatChannelSchema(Schema):
    """One live chat; what is left out is as a chat begins."""

    language = fields.String(
        load_default=_BEGUN.language,
        validate=_LANGUAGE,
        metadata={"description": "For visitors who read none that there are texts in."},
    )
    texts = fields.Dict(
        keys=fields.String(validate=_LANGUAGE),
        values=fields.Dict(
            keys=fields.String(validate=validate.OneOf(TEXTS)),
            values=fields.String(validate=validate.Length(max=MAX_TEXT)),
        ),
        load_default=dict,
        validate=validate.Length(max=MOST_LANGUAGES),
        metadata={"description": "The desk's own words, by language; without: the widget's."},
    )
    colour = fields.String(load_default=_BEGUN.colour, validate=COLOR)
    position = _one_of("position", POSITIONS, "In which lower corner it is.")
    theme = _one_of("theme", THEMES, "`auto` is as the visitor's device.")
    form = fields.List(
        fields.Nested(ChatFieldSchema), load_default=list, validate=validate.Length(max=MOST_FIELDS)
    )
    form_when = _one_of("form_when", FORM_WHEN, "Whether visitors are asked the form before they write.")
    files = _flag("files", "Whether visitors may send files.")
    rating = _flag("rating", "Whether visitors are asked to rate a ticket that was closed.")
    transcript = _flag("transcript", "Whether visitors may have the talk sent to them by mail.")
    page_context = _flag("page_context", "Whether the desk sees which pages a visitor looks at.")
    calendar = _reference("Id of business hours; empty: around the clock.")
    online = _one_of(
        "online",
        ONLINE,
        "What makes it online: somebody who is available and at the desk (`presence`), the business hours"
        " (`hours`), `both`; or it is `always` or `never`.",
    )
    tickets = _one_of(
        "tickets",
        TICKETS,
        "Whether the first message opens a ticket (`at_once`), or only one that was missed and left details"
        " to be reached by (`missed`).",
    )
    missed_after_minutes = _minutes("missed_after_minutes", 1, "Unanswered so long, a message was missed.")
    mail_after_minutes = _minutes(
        "mail_after_minutes", 1, "Answers that were not read for so long follow by mail."
    )
    mailbox = _reference("The mailbox they are sent from; empty: the desk's first one.")
    show_people = _flag("show_people", "Whether visitors see who is there.")


class ChatSiteSchema(Schema):
    """How a page names the chat."""

    name = fields.String(required=True, metadata={"description": "The channel's name."})
    key = fields.String(required=True, metadata={"description": "What `data-channel` has to be."})
    address = fields.String(
        required=True,
        metadata={"description": "Where `/webchat/widget.js` is; empty where the operator did not say."},
    )


def _channels(**kwargs: Any) -> fields.Dict:
    return fields.Dict(
        keys=fields.String(validate=ID),
        values=fields.Nested(ChatChannelSchema),
        required=True,
        metadata={"description": "By channel id."},
        **kwargs,
    )


class ChatSettingsSchema(Schema):
    """All live chats; one that is left out is as it begins."""

    channels = _channels(validate=validate.Length(max=MOST_CHANNELS))


class ShownChatSettingsSchema(Schema):
    """All live chats, and how pages name them."""

    channels = _channels()
    sites = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(ChatSiteSchema),
        required=True,
        metadata={"description": "By channel id."},
    )
