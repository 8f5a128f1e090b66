"""What is to be done about templates: read a channel's list, or submit a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.notifier.domain.template import TemplateSubmission


@dataclass(frozen=True, slots=True)
class TemplateTask:
    """Due at `due_at`; whoever claims it moves that on, so that nobody else does it at the same time.

    Without a `submission` it is the reading of the channel's list, which is never finished: `asked` counts
    who wanted it, so that a wish during a reading is not lost. `claims` counts beginnings, `tries` those that
    failed since the last success; `troubled` when operators were told.
    """

    id: str
    channel_id: str
    due_at: datetime | None
    submission: TemplateSubmission | None = None
    asked: int = 1
    claims: int = 0
    tries: int = 0
    troubled: bool = False


def reading(channel_id: str, due_at: datetime) -> TemplateTask:
    """Read this channel's templates."""
    return TemplateTask(f"read:{channel_id}", channel_id, due_at)


def submitting(submission: TemplateSubmission, due_at: datetime) -> TemplateTask:
    """Submit this template."""
    return TemplateTask(f"submit:{submission.request_id}", submission.channel_id, due_at, submission)
