"""What Meta says of a whole account: `channel.reported` and `template.reported` for each of its channels."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from services.webhook_gateway.channels.json_body import as_text
from services.webhook_gateway.channels.malformed import Malformed
from services.webhook_gateway.channels.whatsapp_cloud.facts import text_of
from services.webhook_gateway.channels.whatsapp_cloud.health import READERS as HEALTH
from services.webhook_gateway.channels.whatsapp_cloud.health import Statement
from services.webhook_gateway.channels.whatsapp_cloud.normalise import KIND, Arrival
from services.webhook_gateway.channels.whatsapp_cloud.settings import WhatsAppNumber
from services.webhook_gateway.channels.whatsapp_cloud.split import Notice
from services.webhook_gateway.channels.whatsapp_cloud.templates import template
from services.webhook_gateway.ports import Item
from shared.contracts import channel_reported, template_reported
from shared.contracts.channel_reported import WARNING

_LONGEST_TITLE: Final = 500
_LONGEST_DETAIL: Final = 5_000


def about(notice: Notice, number: WhatsAppNumber, arrival: Arrival) -> Item | None:
    """The event for one channel of the account; None when the notice is about another number of it.

    Malformed when the notice does not say what happened. Source: Meta, webhooks reference, one page a field.
    """
    if notice.field in HEALTH:
        statement = HEALTH[notice.field](notice.value)
        shown = text_of(notice.value, "display_phone_number", "phone_number")
        if shown and number.number and _digits(shown) != _digits(number.number):
            return None
        data = _statement(statement, number)
        event_type = channel_reported.TYPE
    else:
        data = {"channel_id": number.id, "channel_kind": KIND, **template(notice.field, notice.value)}
        event_type = template_reported.TYPE
    data["occurred_at"] = arrival.or_provider(notice.at)
    said = as_text([notice.at, notice.value])
    return Item(event_type, _event_id(notice.field, number, said), data["occurred_at"], "", data)


def failure(error: Any, number: WhatsAppNumber, arrival: Arrival) -> Item:
    """The event for an error that Meta reports by itself, about no message. Malformed if no object."""
    if type(error) is not dict:
        raise Malformed("malformed-error", "The provider's error is not an object.")
    title = text_of(error, "title", "message") or "WhatsApp reports an error without words"
    statement = Statement("provider", WARNING, title, as_text(error))
    data = _statement(statement, number)
    data["occurred_at"] = arrival.or_provider(error.get("timestamp"))
    return Item(
        channel_reported.TYPE, _event_id("errors", number, as_text(error)), data["occurred_at"], "", data
    )


def _statement(statement: Statement, number: WhatsAppNumber) -> dict[str, Any]:
    return {
        "channel_id": number.id,
        "channel_kind": KIND,
        "aspect": statement.aspect,
        "level": statement.level,
        "title": statement.title[:_LONGEST_TITLE],
        "detail": statement.detail[:_LONGEST_DETAIL],
        "remedy": statement.remedy,
    }


def _event_id(what: str, number: WhatsAppNumber, said: str) -> str:
    """Meta gives these webhooks no id: what is delivered again is known by saying the same."""
    digest = hashlib.sha256(said.encode()).hexdigest()[:32]
    return f"{KIND}:{number.phone_number_id}:{what}:{digest}"


def _digits(number: str) -> str:
    return "".join(character for character in number if character in "0123456789")
