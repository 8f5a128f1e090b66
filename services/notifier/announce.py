"""What changed, kept and told to the desk: messages, templates, and how channels stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.notifier.domain.delivery import SHOWN, Delivery, Failure
from services.notifier.domain.mail import Mail
from services.notifier.domain.mail_receipt import times_of
from services.notifier.domain.message import current_parts, cut_off, standing
from services.notifier.domain.template import ChannelTemplate
from services.notifier.ports import DeliveryTransaction, TemplateTransaction
from shared.contracts import channel_reported, delivery_changed, template_changed
from shared.contracts.channel_reported import ChannelReported
from shared.contracts.delivery_changed import DeliveryChanged
from shared.contracts.delivery_reported import DeliveryError
from shared.contracts.delivery_state import highest
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.template_changed import TemplateChanged

SOURCE: Final = "notifier"
MAIL: Final = "mail"
"""What stands for the channel of messages that left as a mail of no channel."""
EMAIL: Final = "email"
"""The kind of channels that are mailboxes: their replies are mails."""


@dataclass(frozen=True, slots=True)
class Health:
    """How one aspect of a channel stands; `level` as in `channel.reported`."""

    aspect: str
    level: str
    title: str
    detail: str = ""
    remedy: str = ""


class Teller:
    """Makes the events the desk reads."""

    def __init__(self, clock: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._clock = clock
        self._new_id = new_id

    def message(self, deliveries: Iterable[Delivery], cause: str = "") -> Event:
        """How the message of these deliveries stands, as a whole: order and repetition do not matter.

        `cause` is the id of the event behind the change, else the request's.
        """
        parts = current_parts(deliveries)
        first, stands = parts[0], standing(parts)
        automatic = first.origin == delivery_changed.NOTIFICATION
        return Event(
            id=self._new_id(),
            source=SOURCE,
            type=delivery_changed.TYPE,
            time=self._clock(),
            subject=first.message_id,
            traceparent=first.traceparent,
            causationid=cause or first.causation_id or None,
            data=DeliveryChanged(
                send_id=first.message_id,
                origin=first.origin,
                conversation_id=first.conversation_id,
                ticket_number=first.ticket_number,
                channel_id=first.channel_id,
                channel_kind=first.channel_kind,
                state=highest(stands.times),
                times=dict(stands.times),
                queued_at=first.queued_at,
                provider_message_ids=list(stands.provider_message_ids),
                error=_error(stands.failure),
                text="\n".join(part.content.text for part in parts) if automatic else "",
                attempt=stands.attempt,
            ),
        )

    def mail(self, mail: Mail) -> Event:
        """How a message that leaves as a mail stands: sent once the server took it for everybody.

        A mail of no channel's is told as one of the channel `mail`.
        """
        times = times_of(mail)
        return Event(
            id=self._new_id(),
            source=SOURCE,
            type=delivery_changed.TYPE,
            time=self._clock(),
            subject=mail.message_id,
            traceparent=mail.traceparent,
            causationid=mail.causation_id or None,
            data=DeliveryChanged(
                send_id=mail.message_id,
                origin=mail.origin,
                conversation_id=mail.conversation_id,
                ticket_number=mail.ticket_number,
                channel_id=mail.channel_id or MAIL,
                channel_kind=EMAIL if mail.channel_id else MAIL,
                state=highest(times),
                times=dict(times),
                queued_at=mail.queued_at,
                provider_message_ids=[mail.header_id] if mail.header_id else [],
                error=_error(mail.failure),
                text=mail.text if mail.origin == delivery_changed.NOTIFICATION else "",
                attempt=mail.attempt,
            ),
        )

    def channel(self, channel_id: str, channel_kind: str, health: Health) -> Event:
        """How an aspect of a channel stands now."""
        now = self._clock()
        return Event(
            id=self._new_id(),
            source=SOURCE,
            type=channel_reported.TYPE,
            time=now,
            subject=channel_id,
            traceparent=new_traceparent(),
            data=ChannelReported(
                channel_id=channel_id,
                channel_kind=channel_kind,
                aspect=health.aspect,
                level=health.level,
                title=health.title[:500] or "No reason was given",
                occurred_at=now,
                detail=health.detail[:5_000],
                remedy=health.remedy[:1_000],
            ),
        )

    def template(self, template: ChannelTemplate) -> Event:
        """A template as it is now."""
        record = template.record
        return Event(
            id=self._new_id(),
            source=SOURCE,
            type=template_changed.TYPE,
            time=self._clock(),
            subject=f"{template.channel_id}:{record.name}:{record.language}",
            traceparent=new_traceparent(),
            data=TemplateChanged(
                channel_id=template.channel_id,
                channel_kind=template.channel_kind,
                template_id=record.template_id,
                name=record.name,
                language=record.language,
                category=record.category,
                status=record.status,
                components=[dict(component) for component in record.components],
                revision=template.revision,
                changed_at=template.changed_at,
                quality=record.quality,
                parameter_format=record.parameter_format,
                reason=record.reason,
                request_id=template.request_id,
                error=_error(template.error),
            ),
        )

    def keep_templates(self, transaction: TemplateTransaction, templates: Sequence[ChannelTemplate]) -> None:
        """Save templates that changed and announce each."""
        transaction.save_templates(templates)
        transaction.announce([self.template(template) for template in templates])

    def keep(
        self,
        transaction: DeliveryTransaction,
        messages: Mapping[str, Sequence[Delivery]],
        changed: Iterable[Delivery],
        causes: Mapping[str, str] | None = None,
    ) -> None:
        """Save what changed and announce each message that stands differently for it.

        `messages`: all deliveries of the messages concerned as the store has them, by message id
        (`transaction.messages`). A part that failed ends those that wait behind it. `causes`: the events
        behind the changes, by message id.
        """
        news: dict[str, dict[str, Delivery]] = {}
        for delivery in changed:
            news.setdefault(delivery.message_id, {})[delivery.send_id] = delivery
        saved: list[Delivery] = []
        events: list[Event] = []
        for message_id, changes in news.items():
            before = {delivery.send_id: delivery for delivery in messages[message_id]}
            after = before | changes
            after |= {ended.send_id: ended for ended in cut_off(after.values(), self._clock())}
            saved += [one for send_id, one in after.items() if one != before[send_id]]
            told = all(one.origin != SHOWN for one in after.values())
            if told and standing(after.values()) != standing(before.values()):
                events.append(self.message(after.values(), (causes or {}).get(message_id, "")))
        transaction.save(saved)
        transaction.announce(events)


def _error(failure: Failure | None) -> DeliveryError | None:
    """A failure on the wire, cut to what fits."""
    if failure is None:
        return None
    return DeliveryError(
        code=failure.code[:100],
        title=failure.title[:1_000],
        detail=failure.detail[:10_000],
        remedy=failure.remedy[:1_000],
    )
