"""One message to the Cloud API, with our id as the tracker that its receipts bring back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import structlog

from services.notifier.channels.kind import SenderTools
from services.notifier.channels.whatsapp_cloud import errors, limits, templates
from services.notifier.channels.whatsapp_cloud.graph import Graph
from services.notifier.channels.whatsapp_cloud.media import Uploads
from services.notifier.channels.whatsapp_cloud.message import message
from services.notifier.channels.whatsapp_cloud.settings import WhatsAppCloudSettings
from services.notifier.domain.content import Content, File
from services.notifier.domain.delivery import Delivery, Failure, Recipient
from services.notifier.domain.outcome import Outcome, Refused, Sent, TryLater
from services.notifier.domain.presence import TYPING, Presence
from services.notifier.domain.rate import PairLimit
from services.notifier.domain.template import TemplateRecord, TemplateSubmission

_log = structlog.get_logger(__name__)

PAIR: Final = PairLimit(45, 6.0)
"""Meta, "Pair rate limits": one message in 6 seconds to one user, of which 45 may be borrowed."""

_USER_ID: Final = re.compile(r"^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]+\Z")
"""A business-scoped user id. pywa takes one with letters for a group, so we address it ourselves."""

_UPLOADED_FILE_GONE: Final = frozenset({"131053", "131052"})


class WhatsAppCloudSender:
    """A ChannelSender for one business number."""

    live = False

    def __init__(self, settings: WhatsAppCloudSettings, tools: SenderTools) -> None:
        self._settings = settings
        self._graph = Graph(settings)
        self._uploads = Uploads(tools.blobs, tools.clock)

    @property
    def per_second(self) -> float:
        """Meta's standard throughput, or what the settings say of an upgraded number."""
        return self._settings.messages_per_second

    @property
    def pair(self) -> PairLimit:
        """What one customer may get."""
        return PAIR

    def parts(self, wanted: Content) -> list[Content] | Failure:
        """What is wanted as messages of WhatsApp, in order; or why it cannot be sent."""
        return limits.parts(wanted)

    def send(self, delivery: Delivery) -> Outcome:
        """Hand over one message. Its file is uploaded first; that alone can be tried again without harm."""
        built = self._graph.ask(
            lambda: message(delivery.content, self._media_id), delivery.tries, sends=False
        )
        if isinstance(built, (Refused, TryLater)):
            return built
        if built is None:
            kind = delivery.content.kind
            return Refused(Failure("unsupported-content", f"WhatsApp cannot carry content of kind {kind}"))
        kind, body = built

        def post() -> Sent:
            answer = self._graph.api.send_message(
                sender=self._settings.phone_number_id,
                recipient_type="individual",
                **_recipient(delivery.recipient),
                typ=kind,
                msg=body,
                reply_to_message_id=delivery.reply_to,
                biz_opaque_callback_data=delivery.send_id,
            )
            return Sent(_message_id(answer))

        answer = self._graph.ask(post, delivery.tries, sends=True)
        if isinstance(answer, TryLater) and answer.reason.code in _UPLOADED_FILE_GONE:
            for file in delivery.content.files:
                self._uploads.forget(file)
        return answer

    def find(self, delivery: Delivery) -> Sent | None:
        """The Cloud API cannot look a message up; its receipts carry our id instead."""
        return None

    def show(self, presence: Presence) -> None:
        """Mark the customer's message as read, or show that somebody writes (which marks it as well)."""
        number, wamid = self._settings.phone_number_id, presence.provider_message_id
        if presence.sign == TYPING:
            wanted = self._settings.typing_indicator
            call = partial(self._graph.api.set_indicator, number, wamid, "text")
        else:
            wanted = self._settings.read_receipts
            call = partial(self._graph.api.mark_message_as_read, number, wamid)
        if not wanted:
            return
        answer = self._graph.ask(call, 0, sends=False)
        if isinstance(answer, (Refused, TryLater)):
            reason = answer.failure if isinstance(answer, Refused) else answer.reason
            _log.info("sign of presence not shown", sign=presence.sign, code=reason.code)

    def templates(self) -> Iterator[TemplateRecord]:
        """All templates of the number's account, page by page. ChannelTrouble."""
        return templates.all_of(self._graph, self._settings.waba_id)

    def create_template(self, submission: TemplateSubmission) -> TemplateRecord | Refused | TryLater:
        """Create a template and ask for its approval; Meta answers at once with `pending`."""
        return templates.create(self._graph, self._settings.waba_id, submission)

    def explain(self, failure: Failure) -> Failure:
        """The failure of a receipt with what a person can do about it."""
        return errors.explain(failure)

    def close(self) -> None:
        """Close its connections."""
        self._graph.close()

    def _media_id(self, file: File) -> str:
        def upload(stream: Any, mime_type: str, filename: str) -> str:
            answer = self._graph.api.upload_media(self._settings.phone_number_id, stream, mime_type, filename)
            return str(answer["id"])

        return self._uploads.media_id(file, upload)


def _recipient(recipient: Recipient) -> dict[str, str | None]:
    if recipient.kind == "bsuid" or _USER_ID.match(recipient.address):
        return {"to": None, "recipient": recipient.address}
    return {"to": recipient.address, "recipient": None}


def _message_id(answer: Any) -> str:
    """The id Meta gave the message. KeyError, IndexError or TypeError when there is none."""
    message_id = answer["messages"][0]["id"]
    if not isinstance(message_id, str) or not message_id or len(message_id) > 500:
        raise TypeError("no message id")
    return message_id
