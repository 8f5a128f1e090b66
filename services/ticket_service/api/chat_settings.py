"""What live chats offer: looks, words, form, when they are online, and what becomes of what is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from services.ticket_service.act.sections import change_sections, section
from services.ticket_service.api import context
from services.ticket_service.api.chat_schemas import ChatSettingsSchema, ShownChatSettingsSchema
from services.ticket_service.api.named import frame, tag, unchanged
from services.ticket_service.api.openapi import PREFIX, ApiBlueprint
from services.ticket_service.api.wire import Wire
from services.ticket_service.domain import permissions
from services.ticket_service.domain.calendar import Calendar
from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.chat_settings import ChatChannel, ChatField, ChatSettings, form_mistakes
from services.ticket_service.domain.mail import MAIL

blueprint = ApiBlueprint(
    "chat-settings",
    __name__,
    url_prefix=f"{PREFIX}/settings/chat",
    description="Live chats on the company's own pages.",
)
_EXAMPLE = {
    "channels": {
        "webchat-main": {
            "language": "it",
            "texts": {"it": {"welcome": "Buongiorno! Come possiamo aiutarla?"}},
            "form": [{"key": "name"}, {"key": "email", "kind": "email", "required": True}],
            "form_when": "away",
        }
    }
}


@blueprint.route("", methods=["GET"])
@blueprint.operation("What live chats offer", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, ShownChatSettingsSchema)
def show() -> Wire:
    """Every live chat of the desk, also one that nobody has set up yet."""
    return _wire(section(context.services().desk, ChatSettings))


@blueprint.route("", methods=["PUT"])
@blueprint.arguments(ChatSettingsSchema, example=_EXAMPLE)
@blueprint.operation(
    "Set what live chats offer", 400, 412, 413, 415, 422, 428, needs=permissions.SETTINGS_WRITE
)
@blueprint.etag
@blueprint.response(200, ShownChatSettingsSchema)
def change(body: dict[str, Any]) -> Wire:
    """Replaces it as a whole; visitors are told within seconds."""
    channels = {channel_id: _channel(given) for channel_id, given in body["channels"].items()}
    (after,) = change_sections(
        *(context.services().desk, [ChatSettings], {"channels": channels}, frame()),
        lambda stored: unchanged(blueprint, stored[0]),
        lambda wanted: list(_mistakes(wanted)),
    )
    return _wire(after)


def _channel(given: dict[str, Any]) -> ChatChannel:
    form = tuple(ChatField(**{**each, "choices": tuple(each["choices"])}) for each in given["form"])
    return ChatChannel(**{**given, "form": form})


def _mistakes(wanted: ChatSettings) -> Iterator[tuple[str, str]]:
    """What the desk does not have, and forms that cannot be asked."""
    services = context.services()
    calendars = {each.id for each in services.desk.store.records(Calendar, {})}
    chats, mailboxes = ([each.id for each in services.channels if each.kind == kind] for kind in (CHAT, MAIL))
    for channel_id, each in wanted.channels.items():
        at = f"channels.{channel_id}"
        if channel_id not in chats:
            yield at, f"This is no live chat of the desk. {_choice(chats)}"
        if each.calendar and each.calendar not in calendars:
            yield f"{at}.calendar", "There are no such business hours."
        if each.mailbox and each.mailbox not in mailboxes:
            yield f"{at}.mailbox", f"This is no mailbox of the desk. {_choice(mailboxes)}"
        yield from ((f"{at}.form.{name}", problem) for name, problem in form_mistakes(each.form))


def _choice(known: list[str]) -> str:
    return f"Use one of: {', '.join(known)}." if known else "The desk has none yet."


def _wire(settings: ChatSettings) -> Wire:
    blueprint.set_etag(tag(settings))
    services = context.services()
    chats = [each for each in services.channels if each.kind == CHAT]
    sites = {each.id: services.chats.get(each.id) for each in chats}
    return {
        "channels": {each.id: asdict(settings.of(each.id)) for each in chats},
        "sites": {
            each.id: {
                "name": each.name,
                "key": site.key if (site := sites[each.id]) else each.id,
                "address": site.address if site else "",
            }
            for each in chats
        },
    }
