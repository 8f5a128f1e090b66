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
from pywa.types.base_update import RawUpdate

from services.webhook_gateway.domain.whatsapp_number import canonical
from shared.contracts.delivery_reported import DeliveryReported
from shared.contracts.message_received import MessageReceived
from tests.webhook_gateway.whatsapp import Gateway, payload, payload_names

OUR_KIND_OF_CLASS = {
    "CallbackButton": "button_reply",
    "CallbackSelection": "list_reply",
    "DeletedMessage": "revoke",
    "EditedMessage": "edit",
    "FlowCompletion": "flow_reply",
    "PhoneNumberChange": "system",
}
OUR_KIND_OF_TYPE = {"request_welcome": "system", "unknown": "unsupported"}


def single_items(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The webhook once per message and status, with one completed contact each."""
    for entry in document["entry"]:
        for change in entry["changes"]:
            value = change["value"]
            for what in ("messages", "statuses"):
                for item in value.get(what, []):
                    alone = {
                        key: value[key] for key in value if key not in ("messages", "statuses", "contacts")
                    }
                    alone |= {what: [item], "contacts": [completed(item, value.get("contacts", []))]}
                    yield {
                        "object": "x",
                        "entry": [{"id": entry["id"], "changes": [change | {"value": alone}]}],
                    }


def completed(item: dict[str, Any], contacts: list[dict[str, Any]]) -> dict[str, Any]:
    address = item.get("from") or item.get("recipient_id")
    found = [one for one in contacts if address in (None, one.get("wa_id"))]
    contact = copy.deepcopy(found[0]) if found else {}
    contact.setdefault("user_id", item.get("from_user_id"))
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
    if user.bsuid:
        assert identities["bsuid"].value == user.bsuid
    assert ours.sender.name == (user.name or "")[:500]
    reply_to = getattr(theirs, "reply_to_message", None)
    if isinstance(theirs, Message):
        assert ours.reply_to == (reply_to.id if reply_to else None)
        if theirs.media:
            assert ours.content["media"]["id"] == theirs.media.id
            assert ours.content["media"]["mime_type"] == theirs.media.mime_type
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


# Where we differ on purpose: pywa believes any time, and takes a body-less text for an empty one.
DIFFERENT = {"time_two_hours_ahead", "time_negative", "time_missing", "text_without_body", "status_unknown"}
# What pywa has no type for, or cannot build: no phone number id of ours, no id, no sender.
SILENT = {
    "account_update",
    "changes_empty",
    "entry_empty",
    "errors_only",
    "number_not_configured",
    "sender_missing",
    "smb_message_echo",
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
        else:
            assert_same_message(ours, theirs)
        compared += 1
    assert compared >= 1
