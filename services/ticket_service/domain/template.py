"""Message templates: texts a provider has approved, with places to fill in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

APPROVED: Final = "approved"
SUBMITTING: Final = "submitting"
REMOVED: Final = "removed"

POSITIONAL: Final = "positional"
NAMED: Final = "named"


@dataclass(frozen=True, slots=True)
class TemplateError:
    """Why the provider did not take a template."""

    code: str
    title: str
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A template as the provider has it; `components` (HEADER, BODY, FOOTER, BUTTONS) as the Cloud API
    documents them. Of two with the same id the one with the higher `revision` counts; 0 is what the desk
    itself says of one that it has just submitted.
    """

    channel_id: str
    channel_kind: str
    name: str
    language: str
    category: str
    status: str
    components: list[dict[str, Any]]
    revision: int
    changed_at: datetime
    template_id: str = ""
    quality: str = ""
    parameter_format: str = POSITIONAL
    reason: str = ""
    request_id: str = ""
    error: TemplateError | None = None

    @property
    def id(self) -> str:
        """One template per channel, name and language."""
        return template_key(self.channel_id, self.name, self.language)


def template_key(channel_id: str, name: str, language: str) -> str:
    """The id a template is stored under."""
    return f"{channel_id}:{name}:{language}"
