"""What customers do on their phones: each message one signed form, delivered once, or again by hand."""

import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import request

from sandbox.config import TwilioAccount
from sandbox.meta.gateway import GatewayUnreachable
from sandbox.meta.store import Media, PhoneMessage
from sandbox.problems import Problem, not_valid
from sandbox.twilio import forms
from sandbox.twilio.addresses import new_sid, whatsapp_address
from sandbox.twilio.frame import PREFIX
from sandbox.twilio.gateway import TwilioGateway
from sandbox.twilio.store import MessageResource, TwilioStore

MEDIA_KINDS = ("image", "audio", "voice", "video", "document", "sticker", "contacts")
KINDS = ("text", *MEDIA_KINDS, "location", "button_reply", "list_reply", "referral")


class Phone:
    """Writes messages onto the customers' phones and delivers them to the gateway."""

    def __init__(self, account: TwilioAccount, store: TwilioStore, gateway: TwilioGateway) -> None:
        self._account = account
        self._store = store
        self._gateway = gateway

    def write(self, wa_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send one message of a customer; `body` as MessageRequest loads it.

        Raises Problem 422 for what does not exist, and 502 when the gateway did not take it.
        """
        files = self._files(body)
        customer = self._store.phones.customer(wa_id, body["name"])
        sid = new_sid("MM" if files else "SM")
        carried = [(file, self._address(sid, file)) for file in files]
        form = forms.incoming(self._account, sid, customer, body, carried)
        if body["reply_to"]:
            form = forms.answers(form, body["reply_to"], self._sender(body["reply_to"]))
        now = datetime.now(UTC)
        message = MessageResource(
            sid=sid,
            direction="inbound",
            from_=form["From"],
            to=form["To"],
            body=form["Body"],
            status="received",
            created=now,
            updated=now,
            num_media=len(files),
            sent=now,
        )
        bubble = PhoneMessage(sid, wa_id, False, now.timestamp(), _shown(body, form, files), "sending")
        bubble.reply_to, bubble.forwarded = body["reply_to"], body["forwarded"]
        self._store.add(message, bubble, form)
        return self._deliver(bubble, form)

    def write_again(self, sid: str) -> dict[str, Any]:
        """Deliver once more what did not arrive; raises Problem 409 for any other message, or 502."""
        bubble, form = self._store.phones.get(sid), self._store.phones.wire(sid)
        if bubble is None or form is None or bubble.state != "failed":
            raise Problem(
                409, "Nothing to repeat", "Only a message that was not delivered can be sent again."
            )
        self._store.phones.advance(sid, "sending")
        return self._deliver(bubble, form)

    def _deliver(self, bubble: PhoneMessage, form: dict[str, str]) -> dict[str, Any]:
        try:
            answer = self._gateway.deliver(form)
        except GatewayUnreachable as error:
            self._store.phones.advance(bubble.id, "failed", str(error))
            raise Problem(502, "Not delivered", str(error), message_id=bubble.id) from None
        # WhatsApp has the message whatever becomes of the webhook: the 24 hours begin.
        self._store.phones.wrote(bubble.wa_id, int(time.time()))
        if not answer.taken:
            reason = f"The gateway answered {answer.status}."
            self._store.phones.advance(bubble.id, "failed", reason)
            raise Problem(502, "Not delivered", reason, message_id=bubble.id, gateway=asdict(answer))
        self._store.phones.advance(bubble.id, "accepted")
        return {"message_id": bubble.id, "gateway": asdict(answer)}

    def _files(self, body: dict[str, Any]) -> list[Media]:
        found = [self._store.phones.media(media_id) for media_id in body["media_ids"]]
        files = [file for file in found if file is not None]
        if len(files) != len(found):
            raise not_valid(media_ids="No such file here; upload it first.")
        if bool(files) != (body["kind"] in MEDIA_KINDS):
            raise not_valid(media_ids=f"Needed for {', '.join(MEDIA_KINDS)}, and for nothing else.")
        return files

    def _address(self, sid: str, file: Media) -> str:
        """Where the desk shall fetch a customer's file."""
        base = self._account.api_url or request.host_url.rstrip("/") + PREFIX
        media = self._store.attach(sid, file.id)
        account_sid = self._account.account_sid
        return f"{base}/2010-04-01/Accounts/{account_sid}/Messages/{sid}/Media/{media.sid}"

    def _sender(self, sid: str) -> str:
        quoted = self._store.phones.get(sid)
        if quoted is None or quoted.outgoing:
            return f"whatsapp:{self._account.number}"
        return whatsapp_address(quoted.wa_id)


def _shown(body: dict[str, Any], form: dict[str, str], files: list[Media]) -> dict[str, Any]:
    """The bubble on the customer's own phone."""
    kind = body["kind"]
    shown: dict[str, Any] = {"kind": "text" if kind == "referral" else kind}
    if form["Body"]:
        shown["text"] = form["Body"]
    if files:
        shown |= {"label": files[0].filename or kind.capitalize(), "media": files[0].line()}
    if kind == "location":
        shown |= {"label": body["label"] or "Location", "name": body["label"], "address": body["address"]}
        shown |= {"latitude": body["latitude"], "longitude": body["longitude"]}
    if kind in ("button_reply", "list_reply"):
        shown |= {"label": "Choice", "target": body["reply_to"] or ""}
    if kind == "referral":
        shown["referral"] = body["referral"]
    return shown
