"""The forms that Twilio posts to a webhook: a customer's message, and how a message of the desk got on."""

import json
from typing import Any

from sandbox.config import TwilioAccount
from sandbox.meta.store import Customer, Media
from sandbox.twilio import errors
from sandbox.twilio.addresses import whatsapp_address
from sandbox.twilio.store import MessageResource

_API_VERSION = "2010-04-01"
# What MessageType says where it is not the kind itself.
_MESSAGE_TYPE = {"voice": "audio", "list_reply": "interactive", "referral": "text"}


def incoming(
    account: TwilioAccount, sid: str, customer: Customer, body: dict[str, Any], files: list[tuple[Media, str]]
) -> dict[str, str]:
    """What Twilio posts for a customer's message. `body` is the checked request for it, `files` its media and
    the addresses at which the desk shall fetch them.

    Source: "Twilio's request to your incoming message webhook URL", WhatsApp-specific parameters.
    """
    kind = body["kind"]
    forwarded = _truth(body["forwarded"])
    form = {
        "MessageSid": sid,
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "AccountSid": account.account_sid,
        "ApiVersion": _API_VERSION,
        "From": whatsapp_address(customer.wa_id),
        "To": f"whatsapp:{account.number}",
        "Body": body["text"] or "",
        "NumMedia": str(len(files)),
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "ProfileName": customer.name,
        "WaId": customer.wa_id,
        "MessageType": _message_type(body),
        "Forwarded": forwarded,
        "FrequentlyForwarded": "false",
    }
    for index, (media, url) in enumerate(files):
        form[f"MediaUrl{index}"] = url
        form[f"MediaContentType{index}"] = media.mime_type
    if kind == "document" and not form["Body"] and files:
        form["Body"] = files[0][0].filename or ""  # as WhatsApp does with a document's name
    if kind == "location":
        form |= _location(body)
    if kind == "button_reply":
        form |= {"ButtonText": body["button"]["text"], "ButtonPayload": body["button"]["payload"]}
        form["Body"] = body["button"]["text"]
    if kind == "list_reply":
        form |= {"ListId": body["list"]["id"], "ListTitle": body["list"]["title"]}
        form["Body"] = body["list"]["title"]
    if kind == "referral":
        form |= _referral(body["referral"])
    form["ChannelMetadata"] = _metadata(customer, forwarded)
    return form


def answers(form: dict[str, str], original_sid: str, sender: str) -> dict[str, str]:
    """The same form for a message that quotes another one, which `sender` wrote."""
    return {**form, "OriginalRepliedMessageSid": original_sid, "OriginalRepliedMessageSender": sender}


def status(
    account: TwilioAccount, message: MessageResource, state: str, failure: int | None = None
) -> dict[str, str]:
    """What Twilio posts to a message's StatusCallback; `failure` is the code of why it failed."""
    form = {
        "MessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageStatus": state,
        "SmsStatus": state,
        "To": message.to,
        "From": message.from_,
        "AccountSid": account.account_sid,
        "ApiVersion": _API_VERSION,
        "ChannelPrefix": "whatsapp",
        "ChannelToAddress": message.to.removeprefix("whatsapp:"),
        "StructuredMessage": "false",
    }
    if state in {"delivered", "read", "undelivered"}:
        form["EventType"] = state.upper()
    if failure:
        words = errors.title(failure)
        form |= {"ErrorCode": str(failure), "ErrorMessage": words, "ChannelStatusMessage": words}
    return form


def _message_type(body: dict[str, Any]) -> str:
    if body["kind"] == "button_reply":
        # A button of a template, or one that was offered inside a conversation.
        return "button" if body["button"]["template"] else "interactive"
    return _MESSAGE_TYPE.get(body["kind"], body["kind"])


def _location(body: dict[str, Any]) -> dict[str, str]:
    form = {"Latitude": repr(body["latitude"]), "Longitude": repr(body["longitude"])}
    return form | {name: body[key] for name, key in (("Label", "label"), ("Address", "address")) if body[key]}


def _referral(referral: dict[str, str]) -> dict[str, str]:
    names = {
        "body": "ReferralBody",
        "headline": "ReferralHeadline",
        "source_id": "ReferralSourceId",
        "source_type": "ReferralSourceType",
        "source_url": "ReferralSourceUrl",
        "ctwa_clid": "ReferralCtwaClid",
    }
    return {name: referral[key] for key, name in names.items()}


def _metadata(customer: Customer, forwarded: str) -> str:
    context = {
        "Forwarded": forwarded,
        "FrequentlyForwarded": "false",
        "ProfileName": customer.name,
        "WaId": customer.wa_id,
    }
    metadata = {"type": "whatsapp", "data": {"context": context}}
    return json.dumps(metadata, separators=(",", ":"), ensure_ascii=False)


def _truth(value: bool) -> str:
    return "true" if value else "false"
