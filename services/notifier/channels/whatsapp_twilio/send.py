"""One message to Twilio; its status callback carries our send id, so that a lost answer can be found."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from services.notifier.channels.kind import SenderTools
from services.notifier.channels.whatsapp_twilio import errors, limits, templates
from services.notifier.channels.whatsapp_twilio.client import TwilioApi
from services.notifier.channels.whatsapp_twilio.errors import NotSendable
from services.notifier.channels.whatsapp_twilio.message import (
    body_of,
    content_of,
    is_card,
    is_template,
    needs_content,
    variables_of,
    vcards,
)
from services.notifier.channels.whatsapp_twilio.settings import WhatsAppTwilioSettings
from services.notifier.domain.content import TEXT, Content, File
from services.notifier.domain.delivery import Delivery, Failure
from services.notifier.domain.outcome import Outcome, Refused, Sent, TryLater
from services.notifier.domain.presence import Presence
from services.notifier.domain.template import TemplateRecord, TemplateSubmission
from services.notifier.ports import ChannelTrouble

STATUS_PATH: Final = "/webhooks/twilio/status"
_CLOCKS_DIFFER: Final = timedelta(seconds=2)
_LATEST: Final = 20
_MOST_CONTENTS: Final = 1_000
_LARGEST_CARDS: Final = 1_000_000


class WhatsAppTwilioSender:
    """A ChannelSender for one WhatsApp sender of a Twilio account."""

    live = False
    pair = None

    def __init__(self, settings: WhatsAppTwilioSettings, tools: SenderTools) -> None:
        self._settings = settings
        self._tools = tools
        self._twilio = TwilioApi(settings)
        self._contents: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def per_second(self) -> float:
        """Twilio's rate for one sender, or what the settings say."""
        return self._settings.messages_per_second

    def parts(self, wanted: Content) -> list[Content] | Failure:
        """What is wanted as messages of Twilio, in order; or why it cannot be sent."""
        return limits.parts(wanted)

    def send(self, delivery: Delivery) -> Outcome:
        """Hand over one message. What it needs beforehand (a content, a card) can be made again freely."""
        built = self._twilio.ask(lambda: self._parameters(delivery.content), delivery.tries, sends=False)
        if isinstance(built, (Refused, TryLater)):
            return built
        parameters = built | self._addresses(delivery)
        return self._twilio.ask(lambda: self._create(parameters), delivery.tries, sends=True)

    def find(self, delivery: Delivery) -> Sent | None:
        """The message among the latest ones to this customer, if it was made after its try began.

        Nothing else is sent in this conversation before this delivery ends, so time and text tell it apart.
        ChannelTrouble.
        """
        since = (delivery.tried_at or delivery.queued_at).replace(microsecond=0) - _CLOCKS_DIFFER
        to = _address(delivery.recipient.address)

        def latest() -> list[Any]:
            return self._twilio.client.messages.list(
                to=to, from_=self._number, date_sent_after=since - timedelta(days=1), limit=_LATEST
            )

        found = self._twilio.ask(latest, delivery.tries, sends=False)
        if isinstance(found, TryLater):
            raise ChannelTrouble(found)
        if isinstance(found, Refused):
            return None
        for message in found:
            created = message.date_created
            if created is None or created < since or message.status in ("failed", "undelivered"):
                continue
            if delivery.content.kind != TEXT or message.body == delivery.content.text:
                return Sent(str(message.sid))
        return None

    def show(self, presence: Presence) -> None:
        """Twilio has no read receipts towards the customer."""

    def templates(self) -> Iterator[TemplateRecord]:
        """All contents of the account that WhatsApp can take, page by page. ChannelTrouble."""
        return templates.all_of(self._twilio)

    def create_template(self, submission: TemplateSubmission) -> TemplateRecord | Refused | TryLater:
        """Create a content and ask WhatsApp, through Twilio, to approve it."""
        return templates.create(self._twilio, submission)

    def explain(self, failure: Failure) -> Failure:
        """The failure of a status callback with what a person can do about it."""
        return errors.explain(failure)

    def close(self) -> None:
        """Close its connections."""
        self._twilio.close()

    @property
    def _number(self) -> str:
        return _address(self._settings.number)

    def _addresses(self, delivery: Delivery) -> dict[str, Any]:
        base = self._settings.public_url.rstrip("/")
        found = {
            "from_": self._number,
            "to": _address(delivery.recipient.address),
            "status_callback": f"{base}{STATUS_PATH}?send_id={quote(delivery.send_id, safe='')}",
        }
        service = self._settings.messaging_service_sid
        return found | {"messaging_service_sid": service} if service else found

    def _create(self, parameters: dict[str, Any]) -> Sent:
        sid = self._twilio.client.messages.create(**parameters).sid
        if not isinstance(sid, str) or not 0 < len(sid) <= 500:
            raise TypeError("no message id")
        return Sent(sid)

    def _parameters(self, content: Content) -> dict[str, Any]:
        plain = body_of(content, self._link)
        if plain is not None:
            return plain
        if is_card(content):
            return {"media_url": [self._link(self._card_file(content))]}
        if needs_content(content):
            return {"content_sid": self._content_sid(content)}
        if is_template(content):
            return self._template(content)
        raise NotSendable(
            Failure("unsupported-content", f"Twilio cannot carry content of kind {content.kind}")
        )

    def _template(self, content: Content) -> dict[str, Any]:
        template = content.template
        assert template is not None  # noqa: S101 - is_template has said so
        sid = self._tools.template_id(self._settings.id, template.name, template.language)
        if sid is None:
            raise NotSendable(
                Failure(
                    "unknown-template",
                    f"Twilio has no template {template.name} in {template.language}",
                    remedy="Choose one of the list, or synchronise the templates first.",
                )
            )
        variables = variables_of(template, {file.id: file for file in content.files}, self._link)
        found: dict[str, Any] = {"content_sid": sid}
        return found | {"content_variables": json.dumps(variables)} if variables else found

    def _content_sid(self, content: Content) -> str:
        """The content for these choices; made once per process and set of choices."""
        assert content.interactive is not None  # noqa: S101 - needs_content has said so
        wanted = content_of(content.text, content.interactive)
        name = wanted["friendly_name"]
        with self._lock:
            known = self._contents.get(name)
        if known is not None:
            return known
        sid = templates.create_content(self._twilio, wanted)
        with self._lock:
            self._contents[name] = sid
            while len(self._contents) > _MOST_CONTENTS:
                self._contents.popitem(last=False)
        return sid

    def _card_file(self, content: Content) -> File:
        card = vcards(content.contacts)
        blob_id = hashlib.sha256(b"vcard\n" + card).hexdigest()[:32]
        self._tools.blobs.put(blob_id, [card], mime_type="text/vcard", max_bytes=_LARGEST_CARDS)
        return File(blob_id, "document", blob_id, "text/vcard", "contact.vcf", len(card), "")

    def _link(self, file: File) -> str:
        link = self._tools.file_link
        if link is None:
            raise NotSendable(
                Failure(
                    "no-public-address",
                    "Twilio fetches files from the desk, which has no public address",
                    remedy="An administrator has to set public_url and SPORTELLO_FILES_SECRET.",
                )
            )
        return link(file.blob_id, file.filename or "file")


def _address(number: str) -> str:
    digits = number.removeprefix("whatsapp:")
    return f"whatsapp:{digits}" if digits.startswith("+") else f"whatsapp:+{digits}"
