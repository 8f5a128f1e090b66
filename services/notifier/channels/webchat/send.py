"""A line for a live chat, published for the gateway, which keeps and shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from services.notifier.announce import SOURCE
from services.notifier.channels.kind import SenderTools
from services.notifier.channels.webchat import errors, limits
from services.notifier.channels.webchat.message import line_of, message_id, sign_of
from services.notifier.channels.webchat.settings import WebchatSettings
from services.notifier.domain.content import Content
from services.notifier.domain.delivery import Delivery, Failure
from services.notifier.domain.outcome import Outcome, Refused, Sent, TryLater
from services.notifier.domain.presence import Presence
from services.notifier.domain.template import TemplateRecord, TemplateSubmission
from shared.contracts import chat_posted, chat_signalled
from shared.contracts.envelope import Event, new_traceparent
from shared.messaging.message import BrokerUnavailable, Unavailable

PER_SECOND: Final = 1_000.0
"""There is no provider with a limit: this is what one broker and one gateway take with ease."""


class WebchatSender:
    """A ChannelSender for one live chat. Sent twice, a line is one line: its id is the delivery's."""

    live = True
    per_second = PER_SECOND
    pair = None

    def __init__(self, settings: WebchatSettings, tools: SenderTools) -> None:
        self._settings = settings
        self._tools = tools

    def parts(self, wanted: Content) -> list[Content] | Failure:
        """What is wanted as lines of the chat, in order; or why it cannot be shown."""
        return limits.parts(wanted)

    def send(self, delivery: Delivery) -> Outcome:
        """Publish one line. The gateway's answer is not waited for: the broker keeps it until it is shown."""
        try:
            quoted = self._quoted(delivery)
        except Unavailable as error:
            return errors.database_away(str(error))
        visitor_id = delivery.recipient.address
        line = line_of(delivery, quoted)
        try:
            self._publish(chat_posted.TYPE, visitor_id, line, delivery.traceparent, delivery.causation_id)
        except BrokerUnavailable as error:
            return errors.broker_away(str(error))
        return Sent(message_id(visitor_id, delivery.send_id))

    def find(self, delivery: Delivery) -> Sent | None:
        """There is nothing to look up: sending again does no harm."""
        return None

    def show(self, presence: Presence) -> None:
        """Show the visitor that an agent has read, or is writing; in vain while the broker is away."""
        try:
            self._publish(chat_signalled.TYPE, presence.recipient.address, sign_of(presence))
        except BrokerUnavailable:
            return  # worthless by the time it is back

    def templates(self) -> Iterator[TemplateRecord]:
        """A live chat has no templates."""
        return iter(())

    def create_template(self, submission: TemplateSubmission) -> TemplateRecord | Refused | TryLater:
        """A live chat has no templates."""
        return Refused(errors.NO_TEMPLATES)

    def explain(self, failure: Failure) -> Failure:
        """A failure with something a person can do about it."""
        return errors.explain(failure)

    def close(self) -> None:
        """The connection to the broker is the worker's."""

    def _quoted(self, delivery: Delivery) -> str:
        """The line that is answered: one of ours by its send id, a visitor's by what the desk knows it by."""
        if not delivery.reply_to:
            return ""
        return self._tools.sent_as(self._settings.id, delivery.reply_to) or delivery.reply_to

    def _publish(
        self, event_type: str, visitor_id: str, data: Any, traceparent: str = "", cause: str = ""
    ) -> None:
        self._tools.publish(
            Event(
                id=self._tools.new_id(),
                source=SOURCE,
                type=event_type,
                time=self._tools.clock(),
                subject=f"{self._settings.id}:{visitor_id}",
                traceparent=traceparent or new_traceparent(),
                causationid=cause or None,
                data=data,
            )
        )
