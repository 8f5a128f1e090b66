"""What events carry, in the notifier's own words: contents, recipients, signs of presence, templates."""

from __future__ import annotations

from services.notifier.domain.content import (
    Choice,
    ContactCard,
    Content,
    File,
    FormField,
    Interactive,
    Location,
    Reaction,
    Section,
    Template,
)
from services.notifier.domain.delivery import Failure, Recipient
from services.notifier.domain.presence import Presence
from services.notifier.domain.receipt import ProviderKey, Receipt
from services.notifier.domain.template import TemplateSubmission
from services.notifier.domain.template_changes import TemplateReport
from shared.contracts import reply_parts, reply_requested
from shared.contracts.attachment import StoredFile
from shared.contracts.delivery_reported import DeliveryReported
from shared.contracts.envelope import Event
from shared.contracts.presence_requested import PresenceRequested
from shared.contracts.reply_requested import ReplyContent, TemplateContent
from shared.contracts.template_reported import TemplateReported
from shared.contracts.template_requested import TemplateSubmitted


def recipient_of(given: reply_requested.Recipient) -> Recipient:
    """Where it goes."""
    return Recipient(given.kind, given.address, given.name)


def content_of(given: ReplyContent) -> Content:
    """What is to be sent, whole."""
    return Content(
        kind=given.kind,
        text=given.text,
        template=_template(given.template) if given.template is not None else None,
        files=tuple(file_of(one) for one in given.attachments),
        interactive=_interactive(given.interactive) if given.interactive is not None else None,
        location=_location(given.location) if given.location is not None else None,
        contacts=tuple(
            ContactCard(card.name, tuple(card.phones), tuple(card.emails), card.organization)
            for card in given.contacts
        ),
        reaction=_reaction(given.reaction) if given.reaction is not None else None,
    )


def receipt_of(event: Event, report: DeliveryReported) -> Receipt:
    """A provider's receipt."""
    error = report.error
    return Receipt(
        key=ProviderKey(report.channel_id, report.provider_message_id),
        state=report.state,
        at=report.occurred_at,
        send_id=report.send_id,
        failure=Failure(error.code, error.title, error.detail, error.remedy) if error is not None else None,
        event_id=event.id,
    )


def presence_of(wish: PresenceRequested) -> Presence:
    """A sign of presence."""
    return Presence(
        wish.conversation_id,
        wish.channel_id,
        recipient_of(wish.recipient),
        wish.provider_message_id,
        wish.sign,
        wish.requested_at,
        wish.author,
    )


def submission_of(wish: TemplateSubmitted) -> TemplateSubmission:
    """A template to be created."""
    return TemplateSubmission(
        wish.request_id,
        wish.channel_id,
        wish.channel_kind,
        wish.name,
        wish.language,
        wish.category,
        tuple(wish.components),
        wish.submitted_at,
    )


def report_of(given: TemplateReported) -> TemplateReport:
    """What a provider reported of a template."""
    return TemplateReport(
        given.channel_id,
        given.template_id,
        given.name,
        given.language,
        given.change,
        given.value,
        given.reason,
    )


def file_of(given: StoredFile) -> File:
    """A file in the blob store."""
    return File(
        given.id,
        given.kind,
        given.blob_id,
        given.mime_type,
        given.filename,
        given.size,
        given.sha256,
    )


def _template(given: TemplateContent) -> Template:
    return Template(given.name, given.language, tuple(given.components))


def _location(given: reply_parts.Location) -> Location:
    return Location(given.latitude, given.longitude, given.name, given.address)


def _reaction(given: reply_parts.Reaction) -> Reaction:
    return Reaction(given.target, given.emoji)


def _interactive(given: reply_parts.Interactive) -> Interactive:
    return Interactive(
        kind=given.kind,
        header=given.header,
        footer=given.footer,
        button=given.button,
        url=given.url,
        buttons=_choices(given.buttons),
        sections=tuple(Section(section.title, _choices(section.rows)) for section in given.sections),
        form_fields=tuple(
            FormField(one.key, one.label, one.kind, one.required, tuple(one.choices))
            for one in given.form_fields
        ),
    )


def _choices(given: list[reply_parts.Choice]) -> tuple[Choice, ...]:
    return tuple(Choice(one.id, one.title, one.description) for one in given)
