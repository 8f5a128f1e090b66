"""How the desk deals with mail: who joins tickets, what stands around answers, how much is too much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, fields, validate

from services.ticket_service.act.sections import change_sections, section
from services.ticket_service.api import context
from services.ticket_service.api.named import ChangeSchema, frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.values import ID, MAX_LABEL
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.mail import MAIL
from services.ticket_service.domain.mail_settings import MAX_TEXT, STRANGERS, ChannelMail, MailSettings
from shared.contracts.mail_address import LINE

blueprint = ApiBlueprint(
    "mail-settings",
    __name__,
    url_prefix=f"{PREFIX}/settings/mail",
    description="How the desk deals with mail.",
)
MOST_CHANNELS: Final = 200
MOST_TICKETS: Final = 1_000
_FIELDS: Final = (
    *("strangers", "copy_cc", "most_per_sender", "quote_previous", "subject_tag"),
    *("header", "footer", "signatures"),
)
_OWN: Final = ("from_name", "header", "footer")
_STRANGERS: Final = (
    "What becomes of a mail that names a ticket and is from nobody on it: `never` lets it join, `with-proof`"
    " does when it answers a mail of the ticket, `always` does when its subject names the ticket."
)


def _words(description: str, **kwargs: Any) -> fields.String:
    return fields.String(
        validate=validate.Length(max=MAX_TEXT), metadata={"description": description}, **kwargs
    )


class ChannelMailSchema(Schema):
    """One mailbox's own words; an empty one: those of all mailboxes."""

    from_name = fields.String(
        load_default="",
        validate=[validate.Length(max=MAX_LABEL), validate.Regexp(rf"^{LINE}$(?!\n)", error="One line.")],
        metadata={
            "description": "Shown with its address; empty: the channel's name.",
            "example": "Anna, ACME",
        },
    )
    header = _words("Above the text of each answer.", load_default="")
    footer = _words("Below it.", load_default="")


class _Fields(Schema):
    strangers = fields.String(validate=validate.OneOf(STRANGERS), metadata={"description": _STRANGERS})
    copy_cc = fields.Boolean(
        metadata={"description": "Whether people in copy of a customer's mail get copies of the answers."}
    )
    most_per_sender = fields.Integer(
        strict=True,
        validate=validate.Range(1, MOST_TICKETS),
        metadata={"description": "Tickets that mails of one sender may open in an hour; the rest is held."},
    )
    quote_previous = fields.Boolean(metadata={"description": "Whether answers quote what they answer."})
    subject_tag = fields.Boolean(metadata={"description": "Whether subjects carry the number: `[TT24]`."})
    header = _words("Above the text of each answer.")
    footer = _words("Below it, after the agent's signature.")
    signatures = fields.Boolean(metadata={"description": "Whether agents' signatures stand below answers."})
    channels = fields.Dict(
        keys=fields.String(validate=ID),
        values=fields.Nested(ChannelMailSchema),
        validate=validate.Length(max=MOST_CHANNELS),
        metadata={"description": "Other words for some mailboxes, by channel id; replaced as a whole."},
    )


class MailSettingsSchema(_Fields):
    """All that is set about mail."""


class MailSettingsChangeSchema(ChangeSchema, _Fields):
    """What to change; what is left out stays."""


@blueprint.route("", methods=["GET"])
@blueprint.operation("How the desk deals with mail", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, MailSettingsSchema)
def show() -> Wire:
    """The settings, or what a desk begins with."""
    settings = section(context.services().desk, MailSettings)
    blueprint.set_etag(tag(settings))
    return settings_wire(settings)


@blueprint.route("", methods=["PATCH"])
@blueprint.arguments(
    MailSettingsChangeSchema,
    example={"strangers": "never", "channels": {"support-mail": {"from_name": "Assistenza"}}},
)
@blueprint.operation(
    "Change how the desk deals with mail", 400, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE
)
@blueprint.etag
@blueprint.response(200, MailSettingsSchema)
def change(body: dict[str, Any]) -> Wire:
    """For mails that come or leave from now on."""
    wanted = dict(body)
    if "channels" in wanted:
        wanted["channels"] = {name: ChannelMail(**own) for name, own in wanted["channels"].items()}
    known = [each.id for each in context.services().channels if each.kind == MAIL]
    kept = change_sections(
        context.services().desk,
        [MailSettings],
        wanted,
        frame(),
        lambda stored: unchanged(blueprint, stored[0]),
        lambda settings: _unknown_channels(settings, known),
    )
    blueprint.set_etag(tag(kept[0]))
    return settings_wire(kept[0])


def settings_wire(settings: MailSettings) -> Wire:
    """The section as the interface shows it."""
    return {
        **{name: getattr(settings, name) for name in _FIELDS},
        "channels": {name: _own(each) for name, each in settings.channels.items()},
    }


def _own(words: ChannelMail) -> Mapping[str, str]:
    return {name: getattr(words, name) for name in _OWN}


def _unknown_channels(settings: MailSettings, known: list[str]) -> list[tuple[str, str]]:
    remedy = f"Use one of: {', '.join(known)}." if known else "The desk has none yet."
    return [
        (f"channels.{name}", f"This is no mailbox of the desk. {remedy}")
        for name in settings.channels
        if name not in known
    ]
