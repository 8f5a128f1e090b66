"""What Meta's template webhooks say: which template, what of it changed, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.webhook_gateway.channels.malformed import Malformed
from services.webhook_gateway.channels.whatsapp_cloud.facts import text_of

_LONGEST_REASON: Final = 2_000


def template(field: str, value: dict[str, Any]) -> dict[str, Any]:
    """The fields of `template.reported` that a webhook of this field has. Malformed without them."""
    template_id, name = value.get("message_template_id"), text_of(value, "message_template_name", longest=512)
    if type(template_id) not in (int, str) or not name:
        raise Malformed("malformed-notice", "The notice names no template.")
    change, what, reason = READERS[field](value)
    return {
        "template_id": str(template_id)[:100],
        "name": name,
        "language": text_of(value, "message_template_language", longest=40),
        "change": change,
        "value": what,
        "reason": reason[:_LONGEST_REASON],
    }


def _status(value: dict[str, Any]) -> tuple[str, str, str]:
    reasons = [text_of(value, "reason")]
    for name in ("rejection_info", "other_info"):
        info = value.get(name)
        reasons += [text_of(info, "title"), text_of(info, "reason", "description")]
        reasons.append(text_of(info, "recommendation"))
    told = [reason for reason in reasons if reason and reason != "NONE"]
    return "status", _required(value, "event"), ". ".join(told)


def _quality(value: dict[str, Any]) -> tuple[str, str, str]:
    before = text_of(value, "previous_quality_score", longest=100)
    return "quality", _required(value, "new_quality_score"), f"before: {before}" if before else ""


def _category(value: dict[str, Any]) -> tuple[str, str, str]:
    """`correct_category` announces what Meta will make of it within a day; it still is `new_category`."""
    coming, before = text_of(value, "correct_category"), text_of(value, "previous_category")
    reason = f"will become {coming}" if coming else f"before: {before}" if before else ""
    return "category", _required(value, "new_category"), reason


def _components(_: dict[str, Any]) -> tuple[str, str, str]:
    return "components", "", ""


def _required(value: dict[str, Any], name: str) -> str:
    text = text_of(value, name, longest=100)
    if not text:
        raise Malformed("malformed-notice", "The notice does not say what happened.")
    return text


READERS: Final[Mapping[str, Callable[[dict[str, Any]], tuple[str, str, str]]]] = {
    "message_template_status_update": _status,
    "message_template_quality_update": _quality,
    "template_category_update": _category,
    "message_template_components_update": _components,
}
