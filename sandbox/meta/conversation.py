"""What customers do on their phones, and the business on its own: each thing one signed webhook."""

import time
from dataclasses import asdict
from typing import Any

from sandbox.config import MetaAccount
from sandbox.meta import inbound, webhooks
from sandbox.meta.gateway import Answer, Gateway, GatewayUnreachable
from sandbox.meta.inbound import Draft, Writer
from sandbox.meta.numbers import new_message_id, user_id_of
from sandbox.meta.store import MetaStore, PhoneMessage
from sandbox.problems import Problem


class Conversation:
    """Writes messages onto the phones and delivers them to the gateway."""

    def __init__(self, account: MetaAccount, store: MetaStore, gateway: Gateway) -> None:
        self._account = account
        self._store = store
        self._gateway = gateway

    def write(self, wa_id: str, body: dict[str, Any], *, echo: bool = False) -> dict[str, Any]:
        """Send one message of a customer or, as an `echo`, of the business to that customer.

        `body` as inbound_schemas.check loads it. Raises Problem 422, and 502 when the gateway refused it.
        """
        customer = self._store.customer(wa_id, body["name"])
        made = inbound.draft(body, Writer(wa_id, customer.name, echo, self._store))
        at = time.time() if body["timestamp"] is None else float(body["timestamp"])
        message = PhoneMessage(
            id=new_message_id(wa_id),
            wa_id=wa_id,
            outgoing=echo,
            at=at,
            shown=made.shown,
            state="sending",
            reply_to=body["reply_to"] or (made.target if _quotes(body["kind"]) else None),
            forwarded=body["forwarded"] or body["frequently_forwarded"],
        )
        if body["referral"]:
            message.shown["referral"] = body["referral"]
        self._store.add(message, self._item(message, made, body))
        return self._deliver(message)

    def write_again(self, message_id: str) -> dict[str, Any]:
        """Deliver once more what did not arrive; raises Problem 409 for any other message, or 502."""
        message = self._store.get(message_id)
        if message is None or self._store.wire(message_id) is None or message.state != "failed":
            raise Problem(
                409, "Nothing to repeat", "Only a message that was not delivered can be sent again."
            )
        self._store.advance(message.id, "sending")
        return self._deliver(message)

    def notice(self, field: str, value: dict[str, Any]) -> dict[str, Any]:
        """Tell the gateway something about the account; raises Problem 502 when it did not take it."""
        answer = self._post(webhooks.notice(self._account, field, value, int(time.time())))
        if not answer.taken:
            reason = f"The gateway answered {answer.status}."
            raise Problem(502, "Not delivered", reason, gateway=asdict(answer))
        return {"gateway": asdict(answer)}

    def _item(self, message: PhoneMessage, made: Draft, body: dict[str, Any]) -> dict[str, Any]:
        business = webhooks.business_number(self._account)
        item: dict[str, Any] = {"from": message.wa_id, "from_user_id": user_id_of(message.wa_id)}
        if message.outgoing:
            item = {"from": business, "to": message.wa_id}
        elif made.wire["type"] == "system":
            item = {"from": message.wa_id}
        item |= {"id": message.id, "timestamp": str(int(message.at)), **made.wire}
        context: dict[str, Any] = {}
        if message.reply_to:
            quoted = self._store.get(message.reply_to)
            by_customer = quoted is not None and not quoted.outgoing
            context = {"from": message.wa_id if by_customer else business, "id": message.reply_to}
        if message.forwarded:
            context |= {"forwarded": True}
        if body["frequently_forwarded"]:
            context |= {"frequently_forwarded": True}
        if context:
            item["context"] = context
        if body["referral"]:
            item["referral"] = body["referral"]
        return item

    def _deliver(self, message: PhoneMessage) -> dict[str, Any]:
        item = self._store.wire(message.id) or {}
        try:
            answer = self._post(self._payload(message, item))
        except Problem as problem:
            self._store.advance(message.id, "failed", problem.document["detail"])
            problem.document["message_id"] = message.id
            raise
        if not answer.taken:
            reason = f"The gateway answered {answer.status}."
            self._store.advance(message.id, "failed", reason)
            raise Problem(502, "Not delivered", reason, message_id=message.id, gateway=asdict(answer))
        # What WhatsApp itself tells is nothing that the customer wrote: it opens no 24 hours.
        if not message.outgoing and item["type"] != "system":
            self._store.wrote(message.wa_id, int(message.at))
        self._store.advance(message.id, "accepted")
        self._take_effect(message, item)
        return {"message_id": message.id, "gateway": asdict(answer)}

    def _payload(self, message: PhoneMessage, item: dict[str, Any]) -> dict[str, Any]:
        if message.outgoing:
            return webhooks.echo(self._account, item)
        if item["type"] == "system" and "identity" not in item:
            return webhooks.notice_about_customer(self._account, item)
        return webhooks.message(self._account, self._store.customer(message.wa_id), item)

    def _post(self, payload: dict[str, Any]) -> Answer:
        try:
            return self._gateway.post(payload)
        except GatewayUnreachable as error:
            raise Problem(502, "Not delivered", str(error)) from None

    def _take_effect(self, message: PhoneMessage, item: dict[str, Any]) -> None:
        """What a delivered message does to others on the phone."""
        shown = message.shown
        kind, target = shown["kind"], shown.get("target", "")
        if kind == "reaction":
            self._store.react(target, "customer", shown["text"])
        elif kind == "edit" and (before := self._store.get(target)):
            self._store.change(target, edited=True, shown={**before.shown, "text": shown["text"]})
        elif kind == "revoke":
            self._store.change(target, deleted=True)
        elif new_wa_id := item.get("system", {}).get("wa_id"):
            self._store.customer(new_wa_id, self._store.customer(message.wa_id).name)


def _quotes(kind: str) -> bool:
    """A choice quotes the message that offered it; what changes a message does not."""
    return kind in ("button_reply", "list_reply", "template_button", "flow_reply")
