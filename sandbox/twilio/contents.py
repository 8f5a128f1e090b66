"""The account's content templates and their approval by WhatsApp, and how one looks with its variables."""

import json
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.twilio.addresses import new_sid
from sandbox.twilio.errors import TwilioError

_FILE = Path(__file__).with_name("contents.json")
_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_MAX_CONTENTS = 1000
# Source: "Content types overview" of the Content API: these cannot open a conversation, approved or not.
_ONLY_IN_CONVERSATION = {"twilio/list-picker", "twilio/location"}
STATUSES = ("unsubmitted", "received", "pending", "approved", "rejected", "paused", "disabled")


@dataclass(slots=True)
class Approval:
    """What WhatsApp thinks of a content."""

    name: str
    content_type: str
    category: str = ""
    status: str = "unsubmitted"
    rejection_reason: str = ""
    allow_category_change: bool = True

    def as_json(self) -> dict[str, Any]:
        """The approval as the Content API gives it."""
        return {
            "name": self.name,
            "category": self.category,
            "content_type": self.content_type,
            "status": self.status,
            "rejection_reason": self.rejection_reason,
            "allow_category_change": self.allow_category_change,
        }


@dataclass(slots=True)
class Content:
    """One content template; `types` maps a content type to its parts."""

    sid: str
    friendly_name: str
    language: str
    variables: dict[str, str]
    types: dict[str, dict[str, Any]]
    approval: Approval
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def content_type(self) -> str:
        """The type that WhatsApp shows."""
        return next(iter(self.types))

    @property
    def opens_conversations(self) -> bool:
        """May it be sent when the customer has been silent for more than 24 hours?"""
        return self.approval.status == "approved" and self.content_type not in _ONLY_IN_CONVERSATION

    def as_json(self, account_sid: str) -> dict[str, Any]:
        """The content as the Content API gives it."""
        created = self.created.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "friendly_name": self.friendly_name,
            "language": self.language,
            "variables": self.variables,
            "types": self.types,
            "date_created": created,
            "date_updated": created,
        }


class ContentList:
    """The contents of the one account; at first those in the file beside this module."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[str, Content] = {}
        for seed in json.loads(_FILE.read_text(encoding="utf-8")):
            approval = seed.pop("approval")
            content_type = next(iter(seed["types"])).partition("/")[2]
            seed["approval"] = Approval(seed["friendly_name"], content_type, **approval)
            self._all[seed["sid"]] = Content(**seed)

    def add(self, name: str, language: str, variables: dict[str, str], types: dict[str, Any]) -> Content:
        """Create a content that nobody has approved; raises TwilioError 20001 when there are too many."""
        approval = Approval(name, next(iter(types)).partition("/")[2])
        content = Content(new_sid("HX"), name, language, variables, types, approval)
        with self._lock:
            if len(self._all) >= _MAX_CONTENTS:
                raise TwilioError(20001, f"An account has at most {_MAX_CONTENTS} contents")
            self._all[content.sid] = content
        return content

    def get(self, sid: str) -> Content | None:
        """The content with this id."""
        with self._lock:
            return self._all.get(sid)

    def drop(self, sid: str) -> bool:
        """Forget a content; False when there is none."""
        with self._lock:
            return self._all.pop(sid, None) is not None

    def all(self) -> list[Content]:
        """Every content, oldest first."""
        with self._lock:
            return list(self._all.values())


def variables_in(text: str) -> dict[str, str]:
    """The values in a ContentVariables parameter; raises TwilioError 21656 unless it maps names to texts."""
    try:
        values = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        raise TwilioError(21656) from None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise TwilioError(21656)
    return values


def fill(content: Content, given: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    """What the customer sees of a content with these variables, and the addresses of its media.

    A variable that is not given has the default of the content; raises TwilioError 63028 when it has none.
    """
    values = {**content.variables, **given}
    parts = _filled(content.types[content.content_type], values)
    shown: dict[str, Any] = {"kind": "template", "label": f"{content.friendly_name} · {content.language}"}
    if title := parts.get("title"):
        shown["header"] = str(title)
    shown["text"] = str(parts.get("body") or parts.get("subtitle") or "")
    if actions := _dicts(parts.get("actions")):
        shown["buttons"] = [_button(action, content) for action in actions[:10]]
    if items := _dicts(parts.get("items")):
        rows = [
            {"id": i.get("id"), "title": i.get("item"), "description": i.get("description")} for i in items
        ]
        shown["list"] = {"button": parts.get("button"), "sections": [{"title": "", "rows": rows[:10]}]}
    media = parts.get("media") or []
    return shown, [str(url) for url in (media if isinstance(media, list) else [media])]


def _button(action: dict[str, Any], content: Content) -> dict[str, Any]:
    """A button as the phones draw it; one to answer with is a template's or the conversation's."""
    title = str(action.get("title", ""))
    if action.get("type") == "URL":
        return {"type": "url", "title": title, "url": action.get("url")}
    if action.get("type") == "PHONE_NUMBER":
        return {"type": "phone", "title": title, "phone": action.get("phone")}
    if content.approval.status == "approved":
        return {"type": "quick_reply", "title": title, "payload": action.get("id")}
    return {"type": "reply", "title": title, "id": action.get("id")}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _filled(part: Any, values: dict[str, str]) -> Any:
    if isinstance(part, str):
        if missing := [name for name in _PLACEHOLDER.findall(part) if name not in values]:
            raise TwilioError(63028, f"No value for the variable {missing[0][:40]}.")
        return _PLACEHOLDER.sub(lambda found: values[found[1]], part)
    if isinstance(part, dict):
        return {key: _filled(value, values) for key, value in part.items()}
    return [_filled(item, values) for item in part] if isinstance(part, list) else part
