"""What belongs to a channel, as documents and back: its templates, and how its aspects stand."""

from __future__ import annotations

from services.ticket_service.domain.channel_health import Aspect
from services.ticket_service.domain.template import Template, TemplateError
from services.ticket_service.store.documents.actor import Document

_TEMPLATE_FIELDS = (
    "channel_id",
    "channel_kind",
    "name",
    "language",
    "category",
    "status",
    "components",
    "revision",
    "changed_at",
    "template_id",
    "quality",
    "parameter_format",
    "reason",
    "request_id",
)


def template_document(template: Template) -> Document:
    """The whole document."""
    error = template.error
    return {
        "_id": template.id,
        **{name: getattr(template, name) for name in _TEMPLATE_FIELDS},
        "error": {"code": error.code, "title": error.title, "detail": error.detail, "remedy": error.remedy}
        if error
        else None,
    }


def template(document: Document) -> Template:
    """Back from the document."""
    error = document["error"]
    return Template(
        **{name: document[name] for name in _TEMPLATE_FIELDS},
        error=TemplateError(**error) if error else None,
    )


def aspect_document(aspect: Aspect) -> Document:
    """The whole document."""
    return {
        "_id": aspect.id,
        "channel_id": aspect.channel_id,
        "aspect": aspect.aspect,
        "level": aspect.level,
        "title": aspect.title,
        "detail": aspect.detail,
        "remedy": aspect.remedy,
        "at": aspect.at,
    }


def aspect(document: Document) -> Aspect:
    """Back from the document."""
    return Aspect(
        document["channel_id"],
        document["aspect"],
        document["level"],
        document["title"],
        document["detail"],
        document["remedy"],
        document["at"],
    )
