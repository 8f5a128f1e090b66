"""What others say of a channel, as the desk keeps it: how its aspects stand, and its templates."""

from __future__ import annotations

from services.ticket_service.domain.channel_health import Aspect
from services.ticket_service.domain.template import Template, TemplateError
from services.ticket_service.domain.text import clean_content, clean_text
from shared.contracts.channel_reported import ChannelReported
from shared.contracts.template_changed import TemplateChanged


def aspect_of(data: ChannelReported) -> Aspect:
    """A statement on one aspect of a channel."""
    return Aspect(
        data.channel_id,
        clean_text(data.aspect),
        data.level,
        clean_text(data.title),
        clean_text(data.detail),
        clean_text(data.remedy),
        data.occurred_at,
    )


def template_of(data: TemplateChanged) -> Template:
    """A template as a whole."""
    error = data.error
    return Template(
        channel_id=data.channel_id,
        channel_kind=data.channel_kind,
        name=clean_text(data.name),
        language=clean_text(data.language),
        category=clean_text(data.category),
        status=data.status,
        components=[clean_content(each) for each in data.components],
        revision=data.revision,
        changed_at=data.changed_at,
        template_id=data.template_id,
        quality=clean_text(data.quality),
        parameter_format=data.parameter_format,
        reason=clean_text(data.reason),
        request_id=data.request_id,
        error=None
        if error is None
        else TemplateError(
            clean_text(error.code),
            clean_text(error.title),
            clean_text(error.detail),
            clean_text(error.remedy),
        ),
    )
