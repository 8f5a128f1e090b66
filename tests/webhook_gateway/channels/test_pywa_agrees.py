"""pywa, a well-kept library for the same API, reads the same ids, types, texts and times from our payloads.

It reads only the first item of a webhook and stumbles over gaps, so each item goes to it alone and completed.
This module is the only one that uses its private names.
"""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import pytest
from pywa import WhatsApp
from pywa.types import EditedMessage, Message, MessageStatus
from pywa.types.account_update import AccountUpdate
from pywa.types.base_update import RawUpdate
from pywa.types.message import OutgoingDeletedMessage, OutgoingEditedMessage, OutgoingMessage
from pywa.types.templates import (
    BaseTemplateUpdate,
    TemplateCategoryUpdate,
    TemplateQualityUpdate,
    TemplateStatusUpdate,
)

from shared.contracts.channel_reported import ChannelReported
from shared.contracts.delivery_reported import DeliveryReported
from shared.contracts.message_received import MessageReceived
from shared.contracts.template_reported import TemplateReported
from shared.contracts.whatsapp_number import canonical
from tests.webhook_gateway.whatsapp import Gateway, payload, payload_names

OUR_KIND_OF_CLASS = {
    "CallbackButton": "button_reply",
    "CallbackSelection": "list_reply",
    "DeletedMessage": "revoke",
    "EditedMessage": "edit",
    "FlowCompletion": "flow_reply",
    "IdentityChange": "system",
    "OutgoingDeletedMessage": "revoke",
    "OutgoingEditedMessage": "edit",
    "PhoneNumberChange": "system",
}
OUR_KIND_OF_TYPE = {"request_welcome": "system", "unknown": "unsupported"}


LISTS = ("messages", "statuses", "message_echoes")


def single_items(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The webhook once per item, with one completed contact each, and once per notice of an account."""
    for entry in document["entry"]:
        for change in entry["changes"]:
            value = change["value"]
            if "metadata" not in value:
                yield {"object": "x", "entry": [entry | {"changes": [change]}]}
            for what in LISTS:
                for item in value.get(what, []):
                    alone = {key: value[key] for key in value if key not in (*LISTS, "contacts")}
                    alone |= {what: [item], "contacts": [completed(item, value.get("contacts", []))]}
                    yield {
                        "object": "x",
                        "entry": [{"id": entry["id"], "changes": [change | {"value": alone}]}],
                    }


def completed(item: dict[str, Any], contacts: list[dict[str, Any]]) -> dict[str, Any]:
    address = item.get("to") or item.get("from") or item.get("recipient_id")
    found = [one for one in contacts if address in (None, one.get("wa_id"))]
    contact = copy.deepcopy(found[0]) if found else {}
    contact.setdefault("user_id", item.get("to_user_id") or item.get("from_user_id"))
    contact.setdefault("wa_id", address)
    contact.setdefault("profile", {})
    return contact


def parsed(webhook: dict[str, Any]) -> Any:
    """pywa's typed update, None when it has no type for it or cannot build it."""
    client = WhatsApp(filter_updates=False, validate_updates=False)
    raw = RawUpdate(json.dumps(webhook).encode(), hmac_header=None, update_hash="x")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pywa warns of types it does not know
        handler = client._get_handler_type(raw)
        update = client._handlers_to_updates.get(handler) if handler else None
        try:
            return update.from_update(client=client, update=raw) if update else None
        except (KeyError, ValueError, IndexError, TypeError):
            return None


def our_kind(update: Any) -> str:
    """Our word for what pywa says by class, or else by type."""
    by_class = OUR_KIND_OF_CLASS.get(type(update).__name__)
    if by_class is not None:
        return by_class
    kind = str(update.type.value).lower()
    if kind == "audio" and update.audio.voice:
        return "voice"
    return OUR_KIND_OF_TYPE.get(kind, kind)


def our_text(update: Any) -> str | None:
    """What pywa has for a text, None where it has none and ours is a placeholder."""
    for name in ("text", "caption", "title"):
        text = getattr(update, name, None)
        if isinstance(text, str) and text:
            return text
    reaction = getattr(update, "reaction", None)
    return reaction.emoji if reaction and reaction.emoji else None


def assert_same_message(ours: MessageReceived, theirs: Any) -> None:
    if not isinstance(theirs, EditedMessage):  # pywa gives the id of the message that was edited
        assert ours.provider_message_id == theirs.id
    assert ours.occurred_at == theirs.timestamp.astimezone(UTC)
    assert ours.kind == our_kind(theirs)
    text = our_text(theirs)
    if text is not None:
        assert ours.text == text
    user = theirs.from_user
    identities = {identity.kind: identity for identity in ours.sender.identities}
    if user.wa_id and "whatsapp" in identities:
        assert identities["whatsapp"].address == user.wa_id
        assert identities["whatsapp"].value == canonical(user.wa_id)
    if user.bsuid and ours.content.get("type") != "user_changed_number":
        assert identities["bsuid"].value == user.bsuid
    sent = isinstance(theirs, OutgoingMessage | OutgoingEditedMessage | OutgoingDeletedMessage)
    assert ours.direction == ("out" if sent else "in")
    target = getattr(theirs, "original_message_id", None) or getattr(
        getattr(theirs, "reaction", None), "message_id", None
    )
    assert ours.target == target
    assert ours.sender.name == (user.name or "")[:500]
    reply_to = getattr(theirs, "reply_to_message", None)
    if isinstance(theirs, Message):
        assert ours.reply_to == (reply_to.id if reply_to else None)
        if theirs.media:
            (file,) = ours.attachments
            assert (file.reference, file.mime_type) == (theirs.media.id, theirs.media.mime_type)
            assert file.sha256 == theirs.media.sha256
            assert file.filename == (getattr(theirs.media, "filename", None) or "")
        assert ours.content.get("forwarded", False) == theirs.forwarded


def assert_same_status(ours: DeliveryReported, theirs: MessageStatus[Any]) -> None:
    assert ours.provider_message_id == theirs.id
    assert ours.state == {"played": "read"}.get(theirs.status.value, theirs.status.value)
    assert ours.occurred_at == theirs.timestamp.astimezone(UTC)
    assert ours.send_id == theirs.tracker
    assert (ours.error is None) == (theirs.error is None)
    if ours.error is not None and theirs.error is not None:
        assert ours.error.code == str(theirs.error.code)
        assert ours.error.detail == theirs.error.details


def assert_same_template(ours: TemplateReported, theirs: BaseTemplateUpdate) -> None:
    assert (ours.template_id, ours.name) == (theirs.template_id, theirs.template_name)
    assert ours.language == theirs.template_language.value
    assert ours.occurred_at == theirs.timestamp.astimezone(UTC)
    if isinstance(theirs, TemplateStatusUpdate):
        assert (ours.change, ours.value) == ("status", theirs.new_status.value)
        if theirs.rejection_info is not None:
            assert str(theirs.rejection_info.reason) in ours.reason
    elif isinstance(theirs, TemplateQualityUpdate):
        assert (ours.change, ours.value) == ("quality", theirs.new_quality_score.value)
    elif isinstance(theirs, TemplateCategoryUpdate):
        assert (ours.change, ours.value) == ("category", theirs.new_category.value)
    else:
        assert (ours.change, ours.value) == ("components", "")


def assert_same_account(ours: ChannelReported, theirs: AccountUpdate) -> None:
    assert ours.occurred_at == theirs.timestamp.astimezone(UTC)
    assert json.loads(ours.detail)["event"] == theirs.event.value
    for restriction in theirs.restriction_info:
        assert restriction.type.value in ours.title


# Where we differ on purpose: pywa believes any time, takes a text without body for an empty one, cannot name
# a file without its id.
DIFFERENT = {
    "image_without_id",
    "status_unknown",
    "text_without_body",
    "time_missing",
    "time_negative",
    "time_two_hours_ahead",
}
# What pywa has no type for, or cannot build: no phone number id of ours, no id, no sender, no name.
SILENT = {
    "account_alert",
    "account_alert_over",
    "account_capability",
    "account_pricing_tier",
    "account_review_approved",
    "account_review_rejected",
    "account_without_event",
    "changes_empty",
    "echo_to_nobody",
    "entry_empty",
    "errors_only",
    "field_not_handled",
    "name_approved",
    "name_rejected",
    "notice_of_an_account_not_configured",
    "notice_without_time",
    "number_not_configured",
    "quality_flagged",
    "quality_of_a_number_not_configured",
    "quality_throughput",
    "security_pin_reset",
    "sender_missing",
    "template_without_name",
    "user_id_update",
    "user_id_update_without_number",
}


@pytest.mark.parametrize("name", [name for name in payload_names() if name not in DIFFERENT | SILENT])
def test_pywa_reads_the_same(name: str) -> None:
    gateway = Gateway()
    compared = 0
    for webhook in single_items(payload(name)):
        gateway.broker.published.clear()
        gateway.post(webhook)
        ours = gateway.events()[0].data
        theirs = parsed(webhook)
        if theirs is None:
            continue
        if isinstance(theirs, MessageStatus):
            assert_same_status(ours, theirs)
        elif isinstance(theirs, BaseTemplateUpdate):
            assert_same_template(ours, theirs)
        elif isinstance(theirs, AccountUpdate):
            assert_same_account(ours, theirs)
        else:
            assert_same_message(ours, theirs)
        compared += 1
    assert compared >= 1
