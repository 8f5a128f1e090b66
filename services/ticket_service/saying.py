"""What the desk itself says to a customer: an automatic answer, a question, a request to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from services.ticket_service import announce
from services.ticket_service.announce import Cause
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.mail import MessageMail
from services.ticket_service.domain.mail_token import NO_MAIL, MailDesk
from services.ticket_service.domain.message import OUT, PUBLIC, Delivery, Message
from services.ticket_service.domain.template import template_key
from services.ticket_service.domain.template_text import fill
from services.ticket_service.domain.ticket import PUBLIC_TICKET, Ticket
from services.ticket_service.mailing import answered_person, is_mailbox, mail_around
from services.ticket_service.ports import Changes, DeskStore
from shared.contracts.delivery_state import QUEUED, RANK
from shared.contracts.envelope import trace_id

_BUTTONS: Final = "buttons"


@dataclass(frozen=True, slots=True)
class Saying:
    """A text, choices below a text (`interactive` as a reply has it), or a template with all it needs."""

    text: str = ""
    interactive: dict[str, Any] | None = None
    template: Mapping[str, Any] | None = None

    @property
    def kind(self) -> str:
        """The kind of content (shared.contracts.reply_requested.KINDS)."""
        if self.template is not None:
            return "template"
        return "interactive" if self.interactive is not None else "text"


def may_say(saying: Saying, ticket: Ticket, conversation: Conversation, now: datetime) -> bool:
    """Whether the customer may be sent this now: not on an internal ticket, nor outside the reply window.

    Nor where the person was erased: nobody is there; nor by mail, which nobody asked for, where the requester
    is not to be notified (a machine, say).
    """
    if ticket.type != PUBLIC_TICKET or not conversation.recipient.kind:
        return False
    if is_mailbox(conversation) and not ticket.notify_requester:
        return False
    return saying.template is not None or conversation.window_open(now)


def say(
    changes: Changes,
    store: DeskStore,
    saying: Saying,
    ticket: Ticket | None,
    conversation: Conversation,
    now: datetime,
    new_id: Callable[[], str],
    cause: Cause,
    mail: MailDesk = NO_MAIL,
) -> Message:
    """Ask to send it; the message is in the conversation and on no ticket yet (see Ticket.comment).

    On a mailbox it is an automatic mail about the ticket.
    """
    content = {"interactive": saying.interactive} if saying.interactive is not None else {}
    message = Message(
        id=new_id(),
        direction=OUT,
        visibility=PUBLIC,
        author=DESK,
        kind=saying.kind,
        text=saying.text if saying.template is None else _template_text(store, conversation, saying.template),
        content=content,
        template=dict(saying.template) if saying.template is not None else None,
        occurred_at=now,
        created_at=now,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        trace_id=trace_id(cause.traceparent),
        delivery=Delivery(QUEUED, RANK[QUEUED], {}, now),
        mail=_mail(store, mail, ticket, conversation),
    )
    changes.messages.append(message)
    changes.touch(conversation)
    changes.events.append(
        announce.reply_requested_for(message, conversation, ticket.number if ticket else "", cause)
    )
    return message


def _mail(
    store: DeskStore, desk: MailDesk, ticket: Ticket | None, conversation: Conversation
) -> MessageMail | None:
    if ticket is None or not is_mailbox(conversation):
        return None
    around = mail_around(store, desk, ticket, conversation.channel_id, automatic=True)
    return replace(around, to=(answered_person(ticket, conversation),))


def choices(buttons: list[dict[str, str]]) -> dict[str, Any]:
    """Buttons under a text, as `interactive`."""
    return {"kind": _BUTTONS, _BUTTONS: buttons}


def _template_text(store: DeskStore, conversation: Conversation, wanted: Mapping[str, Any]) -> str:
    """What the customer will read; the template's name where the desk does not know it."""
    name, language = wanted["name"], wanted["language"]
    found = store.load_template(template_key(conversation.channel_id, name, language))
    return fill(found.components, wanted.get("components", [])) if found else f"[{name}]"
