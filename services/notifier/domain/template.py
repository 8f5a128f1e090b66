"""Message templates: what a provider says of one, what the desk asks for, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.notifier.domain.delivery import Failure

POSITIONAL: Final = "positional"
NAMED: Final = "named"

SUBMITTING: Final = "submitting"
PENDING: Final = "pending"
APPROVED: Final = "approved"
REJECTED: Final = "rejected"
PAUSED: Final = "paused"
DISABLED: Final = "disabled"
IN_APPEAL: Final = "in_appeal"
REMOVED: Final = "removed"
UNKNOWN: Final = "unknown"

STATUSES: Final = (
    SUBMITTING,
    PENDING,
    APPROVED,
    REJECTED,
    PAUSED,
    DISABLED,
    IN_APPEAL,
    REMOVED,
    UNKNOWN,
)

_WORDS: Final[Mapping[str, str]] = {
    **{status: status for status in STATUSES},
    # Meta: message_template_status_update and the template list
    "reinstated": APPROVED,
    "flagged": APPROVED,  # warned, still usable
    "limit_exceeded": REJECTED,
    "archived": DISABLED,
    "deleted": REMOVED,
    "pending_deletion": REMOVED,
    # Twilio: approval requests of the Content API
    "received": PENDING,
    "unsubmitted": DISABLED,  # exists, but nobody asked WhatsApp to approve it
}


def status_of(word: str) -> str:
    """Our status for what a provider calls it (either provider's words, any case); `unknown` if new to us."""
    return _WORDS.get(word.strip().lower(), UNKNOWN)


@dataclass(frozen=True, slots=True)
class TemplateRecord:
    """A template as the provider has it. `status` is one of STATUSES (see `status_of`).

    `template_id` is the provider's; `components` have the Cloud API's shape (HEADER, BODY, FOOTER, BUTTONS)
    whatever the provider is; `parameter_format` is `positional` or `named`.
    """

    template_id: str
    name: str
    language: str
    category: str
    status: str
    components: tuple[Mapping[str, Any], ...]
    quality: str = ""
    parameter_format: str = POSITIONAL
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TemplateSubmission:
    """A template somebody wants created and approved; `components` as the Cloud API documents them."""

    request_id: str
    channel_id: str
    channel_kind: str
    name: str
    language: str
    category: str
    components: tuple[Mapping[str, Any], ...]
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class ChannelTemplate:
    """A template of a channel as we know it; `revision` grows with each change somebody was told of.

    `request_id` and `error` are of the latest submission: `error` says why the provider took it not at all.
    """

    channel_id: str
    channel_kind: str
    record: TemplateRecord
    revision: int
    changed_at: datetime
    request_id: str = ""
    error: Failure | None = None

    @property
    def key(self) -> TemplateKey:
        """What tells it from the channel's others."""
        return self.record.name, self.record.language


TemplateKey = tuple[str, str]
"""Name and language."""
