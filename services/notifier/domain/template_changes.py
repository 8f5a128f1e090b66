"""What becomes of the templates we know when the provider's list was read, or something was reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import Refused
from services.notifier.domain.template import (
    APPROVED,
    NAMED,
    POSITIONAL,
    REJECTED,
    REMOVED,
    STATUSES,
    UNKNOWN,
    ChannelTemplate,
    TemplateKey,
    TemplateRecord,
    TemplateSubmission,
    status_of,
)

STATUS: Final = "status"
QUALITY: Final = "quality"
CATEGORY: Final = "category"

MAX_COMPONENTS: Final = 20


@dataclass(frozen=True, slots=True)
class TemplateReport:
    """A provider's word that `change` (status, quality, category, components) has a new value."""

    channel_id: str
    template_id: str
    name: str
    language: str
    change: str
    value: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReadTemplates:
    """All templates of a channel, as the provider listed them; the reading began at `started`."""

    channel_id: str
    channel_kind: str
    started: datetime
    records: Mapping[TemplateKey, TemplateRecord]


def usable(record: TemplateRecord) -> TemplateRecord | None:
    """The record with whatever is new to us made harmless; None when it cannot even be named."""
    if not record.name or len(record.name) > 512 or not record.language or len(record.language) > 40:
        return None
    return replace(
        record,
        template_id=record.template_id[:100],
        category=record.category[:60],
        status=record.status if record.status in STATUSES else UNKNOWN,
        components=tuple(one for one in record.components if isinstance(one, Mapping))[:MAX_COMPONENTS],
        quality=record.quality[:60],
        parameter_format=record.parameter_format if record.parameter_format == NAMED else POSITIONAL,
        reason=record.reason[:2_000],
    )


def by_key(records: Iterable[TemplateRecord]) -> dict[TemplateKey, TemplateRecord]:
    """The records that can be used. Of several with one name and language the first approved one counts."""
    found: dict[TemplateKey, TemplateRecord] = {}
    for given in records:
        record = usable(given)
        if record is None:
            continue
        key = record.name, record.language
        if key not in found or (record.status == APPROVED and found[key].status != APPROVED):
            found[key] = record
    return found


def read(known: Sequence[ChannelTemplate], listed: ReadTemplates, now: datetime) -> list[ChannelTemplate]:
    """The templates that are new, different or gone, after all were read.

    What changed after the reading began is newer than what was read, and waits for the next reading.
    """
    templates = {template.key: template for template in known}
    changed = []
    for key, record in listed.records.items():
        template = templates.get(key)
        if template is None:
            changed.append(ChannelTemplate(listed.channel_id, listed.channel_kind, record, 1, now))
        elif template.record != record and template.changed_at <= listed.started:
            changed.append(_next(template, record, now))
    for key, template in templates.items():
        gone = key not in listed.records and template.record.template_id and template.record.status != REMOVED
        if gone and template.changed_at <= listed.started:
            changed.append(_next(template, replace(template.record, status=REMOVED), now))
    return changed


def report(
    known: Sequence[ChannelTemplate], reported: TemplateReport, now: datetime
) -> ChannelTemplate | None:
    """The template that is different after a report; None when nothing we know is."""
    template = next((one for one in known if _is_about(one, reported)), None)
    if template is None:
        return None
    record = template.record
    if reported.change == STATUS and status_of(reported.value) != UNKNOWN:
        record = replace(record, status=status_of(reported.value), reason=reported.reason[:2_000])
    elif reported.change == QUALITY:
        record = replace(record, quality=reported.value[:60])
    elif reported.change == CATEGORY:
        record = replace(record, category=reported.value[:60])
    return _next(template, record, now) if record != template.record else None


def submit(
    known: Sequence[ChannelTemplate],
    submission: TemplateSubmission,
    answer: TemplateRecord | Refused,
    now: datetime,
) -> ChannelTemplate:
    """The template after the provider's answer to its submission.

    A refusal leaves a template that the provider already has under this name as it is.
    """
    key = submission.name, submission.language
    template = next((one for one in known if one.key == key), None)
    if isinstance(answer, Refused):
        record = template.record if template is not None else _rejected(submission)
        error: Failure | None = answer.failure
    else:
        # It goes by the name it was asked for under, whatever the answer repeats.
        record = replace(answer, name=submission.name, language=submission.language)
        record, error = usable(record) or _rejected(submission), None
    return ChannelTemplate(
        submission.channel_id,
        submission.channel_kind,
        record,
        template.revision + 1 if template is not None else 1,
        now,
        submission.request_id,
        error,
    )


def _rejected(submission: TemplateSubmission) -> TemplateRecord:
    return TemplateRecord(
        "", submission.name, submission.language, submission.category, REJECTED, submission.components
    )


def _next(template: ChannelTemplate, record: TemplateRecord, now: datetime) -> ChannelTemplate:
    return replace(template, record=record, revision=template.revision + 1, changed_at=now, error=None)


def _is_about(template: ChannelTemplate, reported: TemplateReport) -> bool:
    if template.record.template_id and reported.template_id:
        return template.record.template_id == reported.template_id
    return template.key == (reported.name, reported.language)
