"""The account's message templates: the list that Meta would give, and what happens to each of them."""

import base64
import binascii
import itertools
import json
import threading
from pathlib import Path
from typing import Any

from sandbox.meta import template_rules
from sandbox.meta.errors import MetaError

STATUSES = ("APPROVED", "REJECTED", "PAUSED", "DISABLED", "PENDING")
_FILE = Path(__file__).with_name("templates.json")
_MAX_TEMPLATES = 250  # of an unverified business
_UNUSABLE = {"PAUSED": 132015, "DISABLED": 132016}
_ALWAYS = {"id", "name", "language", "status", "category", "components", "parameter_format"}


class TemplateList:
    """The templates of the one WhatsApp Business account, at first those in the file beside this module."""

    def __init__(self) -> None:
        self._all: list[dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))
        self._ids = itertools.count(max(int(template["id"]) for template in self._all) + 1)
        self._lock = threading.Lock()

    def all(self) -> list[dict[str, Any]]:
        """Every template as it is now."""
        with self._lock:
            return list(self._all)

    def sendable(self, name: Any, language: Any) -> dict[str, Any]:
        """The approved template of this name and language; raises MetaError 132001, 132015 or 132016."""
        for template in self.all():
            if template["name"] == name and template["language"] == language:
                if code := _UNUSABLE.get(template["status"]):
                    raise MetaError(code, f"template ({name}) is {template['status'].lower()}")
                if template["status"] == "APPROVED":
                    return template
        raise MetaError(132001, f"template name ({str(name)[:80]}) does not exist in {str(language)[:20]}")

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        """Submit a template for approval; raises MetaError 100 for what Meta would not even look at."""
        made = template_rules.check(body)
        with self._lock:
            same = [t for t in self._all if t["name"] == made["name"]]
            if any(t["language"] == made["language"] for t in same):
                raise template_rules.refused(
                    2388024, "There is already content in this language for this name."
                )
            if same and same[0]["category"] != made["category"]:
                raise template_rules.refused(2388025, "All languages of one template have the same category.")
            if len(self._all) >= _MAX_TEMPLATES:
                raise template_rules.refused(2388019, "The account has as many templates as it may have.")
            template = {"id": str(next(self._ids)), "status": "PENDING", **made}
            template["quality_score"] = {"score": "UNKNOWN"}
            self._all.append(template)
        return {key: template[key] for key in ("id", "status", "category")}

    def delete(self, name: str | None, template_id: str | None = None) -> None:
        """Delete a template in every language, or only the one with this id; raises MetaError 100."""
        with self._lock:
            gone = [
                t for t in self._all if t["name"] == name and (template_id is None or t["id"] == template_id)
            ]
            if not gone:
                raise template_rules.refused(2593002, "No template has this name.")
            self._all = [t for t in self._all if t not in gone]

    def get(self, template_id: str) -> dict[str, Any] | None:
        """The template with this id."""
        return next((t for t in self.all() if t["id"] == template_id), None)

    def decide(self, template_id: str, status: str, reason: str | None) -> dict[str, Any] | None:
        """Give a template another status, as Meta does after a review or complaints; None when unknown."""
        with self._lock:
            for place, template in enumerate(self._all):
                if template["id"] == template_id:
                    decided = {k: v for k, v in template.items() if k != "rejected_reason"}
                    decided["status"] = status
                    if status == "REJECTED":
                        decided["rejected_reason"] = reason or "INVALID_FORMAT"
                    self._all[place] = decided
                    return decided
        return None

    def page(self, query: dict[str, str], url: str) -> dict[str, Any]:
        """One page as Graph gives it. `query` may hold limit, after, before, fields and filters; `url` is the
        address without them, for the links to the neighbours."""
        everything = self.all()
        found = [t for t in everything if self._fits(t, query)]
        limit = _limit(query.get("limit"))
        start = 0
        if "after" in query:
            start = _position(query["after"]) + 1
        elif "before" in query:
            start = max(0, _position(query["before"]) - limit)
        items = found[start : start + limit]
        answer: dict[str, Any] = {"data": [_only(t, query.get("fields")) for t in items]}
        if items:
            before, after = _cursor(start), _cursor(start + len(items) - 1)
            answer["paging"] = {"cursors": {"before": before, "after": after}}
            if start + limit < len(found):
                answer["paging"]["next"] = f"{url}?limit={limit}&after={after}"
            if start > 0:
                answer["paging"]["previous"] = f"{url}?limit={limit}&before={before}"
        if "summary" in query:
            answer["summary"] = {
                "total_count": len(found),
                "message_template_count": len(everything),
                "message_template_limit": _MAX_TEMPLATES,
                "are_translations_complete": False,
            }
        return answer

    @staticmethod
    def _fits(template: dict[str, Any], query: dict[str, str]) -> bool:
        for key in ("status", "category", "language"):
            if key in query and template[key] not in query[key].split(","):
                return False
        return query.get("name", "") in template["name"]


def webhook_value(template: dict[str, Any], reason: str | None, now: int) -> dict[str, Any]:
    """What message_template_status_update tells about a template that has just got its status at `now`."""
    status = template["status"]
    value: dict[str, Any] = {
        "event": status,
        "message_template_id": int(template["id"]),
        "message_template_name": template["name"],
        "message_template_language": template["language"],
        "message_template_category": template["category"],
        "reason": template.get("rejected_reason", "NONE"),
    }
    if status == "PAUSED":
        words = reason or "Your WhatsApp message template has been paused for 3 hours due to its quality."
        value["other_info"] = {"title": "FIRST_PAUSE", "description": words}
    elif status == "DISABLED":
        value["disable_info"] = {"disable_date": now}
    return value


def _limit(text: str | None) -> int:
    if text is None:
        return 25
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 1000):
        raise MetaError(100, message="(#100) Param limit must be a number between 1 and 1000")
    return int(text[:6])


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode()


def _position(cursor: str) -> int:
    try:
        prefix, _, number = base64.urlsafe_b64decode(cursor[:40]).decode("ascii").partition(":")
        if prefix == "at" and number.isdigit():
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise MetaError(100, message="(#100) Invalid cursor")


def _only(template: dict[str, Any], fields: str | None) -> dict[str, Any]:
    wanted = (set(fields.split(",")) | {"id"}) if fields else _ALWAYS | {"quality_score"}
    return {key: value for key, value in template.items() if key in wanted}
