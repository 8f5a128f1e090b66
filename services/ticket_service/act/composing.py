"""What an agent answers as a message: files, what it quotes, its template; each mistake with its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from services.ticket_service.act.template_use import attachments_named, usable_text
from services.ticket_service.acting import Desk, Frame, InvalidReply
from services.ticket_service.domain.attachment import STORED, Attachment
from services.ticket_service.domain.attachment_policy import AttachmentPolicy
from services.ticket_service.domain.conversation import Conversation
from services.ticket_service.domain.message import BESIDE_THE_TALK, OUT, PUBLIC, REACTION, Message
from services.ticket_service.domain.template import template_key
from services.ticket_service.mailing import is_mailbox
from shared.contracts.envelope import trace_id

TEXT: Final = "text"
MEDIA: Final = "media"
TEMPLATE: Final = "template"
MOST_FILES: Final = 10
"""With one message."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an agent answers: one kind of content, as `reply.requested` has it, but with our ids.

    `attachments` are uploads in their order. `reaction` is {"message": our id, "emoji"}; `reply_to` our id of
    the message that is quoted. With `draft_when_closed` it waits where it could not be sent now. `cc`
    (addresses; None: those of the ticket) and `subject` (None: the thread's) are for mailbox channels.
    """

    text: str = ""
    attachments: Sequence[str] = ()
    template: dict[str, Any] | None = None
    interactive: dict[str, Any] | None = None
    location: dict[str, Any] | None = None
    contacts: list[dict[str, Any]] | None = None
    reaction: dict[str, Any] | None = None
    reply_to: str | None = None
    draft_when_closed: bool = False
    cc: Sequence[str] | None = None
    subject: str | None = None

    @property
    def kind(self) -> str:
        """The kind of content (shared.contracts.reply_requested.KINDS)."""
        for name in (TEMPLATE, "interactive", "location", "contacts", REACTION):
            if getattr(self, name) is not None:
                return name
        return MEDIA if self.attachments else TEXT


@dataclass(slots=True)
class Composed:
    """The message, not on its ticket yet; the files it takes with it; the message it reacts to, and how.

    `quoted` is the message it answers, where somebody chose one.
    """

    message: Message
    files: list[Attachment] = field(default_factory=list)
    target: Message | None = None
    emoji: str = ""
    quoted: Message | None = None


class Composer:
    """Makes messages of one conversation. `synced` says whether a channel's templates are known.

    On a mailbox channel all that was said on the ticket `ticket_id` can be answered, whoever wrote it.
    """

    def __init__(
        self,
        desk: Desk,
        conversation: Conversation,
        synced: Callable[[str], bool],
        ticket_id: str | None = None,
    ) -> None:
        self._desk = desk
        self._store = desk.store
        self._conversation = conversation
        self._synced = synced
        self._thread = ticket_id if is_mailbox(conversation) else None

    def compose(self, send_id: str, said: Said, frame: Frame, now: datetime) -> Composed:
        """The message to send. InvalidReply, TemplateNotUsable."""
        text, content = said.text, self._content(said)
        if said.template is not None:
            text = self._rendered(said.template)
        message = Message(
            id=send_id,
            direction=OUT,
            visibility=PUBLIC,
            author=frame.actor,
            kind=said.kind,
            text=text,
            content=content,
            template=said.template,
            occurred_at=now,
            created_at=now,
            conversation_id=self._conversation.id,
            contact_id=self._conversation.contact_id,
            trace_id=trace_id(frame.traceparent),
        )
        composed = Composed(message, self._files(said, message))
        message.attachments = [file.id for file in composed.files]
        if said.reply_to is not None:
            composed.quoted = self._said_here(said.reply_to, "reply_to")
            message.reply_to = _provider_id(composed.quoted, "reply_to")
        if said.reaction is not None:
            self._react(composed, said.reaction)
        return composed

    def _content(self, said: Said) -> dict[str, Any]:
        named = {"interactive": said.interactive, "location": said.location, "contacts": said.contacts}
        return {name: value for name, value in named.items() if value is not None}

    def _react(self, composed: Composed, reaction: Mapping[str, Any]) -> None:
        place = "reaction.message"
        target, message = self._said_here(reaction["message"], place), composed.message
        message.target, message.target_id = _provider_id(target, place), target.id
        message.content = {REACTION: {"target": message.target, "emoji": reaction["emoji"]}}
        message.text = reaction["emoji"] or "[reaction removed]"
        composed.target, composed.emoji = target, reaction["emoji"]

    def _said_here(self, message_id: str, place: str) -> Message:
        found = self._store.load_messages([message_id]).get(message_id)
        if found is None or not self._is_here(found):
            raise InvalidReply([(place, "There is no such message in this conversation.")])
        if found.kind in BESIDE_THE_TALK:
            raise InvalidReply([(place, "Only what somebody said can be quoted or reacted to.")])
        return found

    def _is_here(self, message: Message) -> bool:
        on_thread = self._thread is not None and message.ticket_id == self._thread
        return on_thread or message.conversation_id == self._conversation.id

    def _rendered(self, wanted: Mapping[str, Any]) -> str:
        """The template's text as the customer will read it; empty when the desk does not know it."""
        channel, components = self._conversation.channel_id, wanted.get("components", [])
        name, language = wanted["name"], wanted["language"]
        found = self._store.load_template(template_key(channel, name, language))
        if found is None:
            if self._synced(channel):
                raise InvalidReply([("template.name", _unknown(name, language, channel))])
            return ""
        return usable_text(found, components, "template")

    def _files(self, said: Said, message: Message) -> list[Attachment]:
        """The uploads that the message takes with it, each marked as its own."""
        wanted = [(f"attachments.{index}", each) for index, each in enumerate(said.attachments)]
        if said.template is not None:
            wanted += attachments_named(said.template.get("components", []), "template.components")
        files = take_uploads(self._desk, wanted, message)
        for file in files:
            file.conversation_id = self._conversation.id
            file.channel_id = self._conversation.channel_id
            file.channel_kind = self._conversation.channel_kind
        return files


def take_uploads(desk: Desk, wanted: Sequence[tuple[str, str]], message: Message) -> list[Attachment]:
    """The uploads named by (field, id), each once, marked as the message's. InvalidReply."""
    if len(wanted) > MOST_FILES:
        raise InvalidReply([(wanted[MOST_FILES][0], f"At most {MOST_FILES} files with one message.")])
    if not wanted:
        return []
    found = desk.store.load_attachments({each for _, each in wanted})
    policy = desk.store.setting(AttachmentPolicy)
    mistakes = [
        (place, problem) for place, each in wanted if (problem := _unfit(found.get(each), policy, desk.scans))
    ]
    if mistakes:
        raise InvalidReply(mistakes)
    files = [found[each] for each in dict.fromkeys(each for _, each in wanted)]
    for file in files:
        file.message_id = message.id
    return files


def _unfit(file: Attachment | None, policy: AttachmentPolicy, scans: bool) -> str:
    """Why a file cannot be sent; empty when it can."""
    if file is None or (file.uploaded_by is None and file.message_id is None):
        return "There is no such file. Upload it first."
    if file.message_id is not None:
        return "This file belongs to another message. Upload it again to send it again."
    if file.state != STORED:
        return f"This file is {file.state}."
    if scans and file.scanned_at is None:
        return "The virus scanner has not looked at this file yet. Try again in a minute, or upload it again."
    refusal = policy.refusal(file.filename, file.mime_type, file.size)
    return f"{refusal.detail} {refusal.remedy}" if refusal else ""


def _provider_id(message: Message, place: str) -> str:
    if not message.provider_message_ids:
        raise InvalidReply([(place, "That message never left or never came from the customer's channel.")])
    return message.provider_message_ids[0]


def _unknown(name: str, language: str, channel: str) -> str:
    return (
        f"There is no template {name!r} in {language!r} on {channel}. Read the templates again if it is new."
    )
