"""The account's message templates: the list that Meta would give, and how one looks with its parameters."""

import base64
import binascii
import json
import re
from pathlib import Path
from typing import Any

from sandbox.meta.errors import MetaError

_FILE = Path(__file__).with_name("templates.json")
_PLACEHOLDER = re.compile(r"\{\{\s*([a-z0-9_]+)\s*\}\}")
_UNUSABLE = {"PAUSED": 132015, "DISABLED": 132016}
_ALWAYS = {"id", "name", "language", "status", "category", "components", "parameter_format"}


class TemplateList:
    """The templates of the one WhatsApp Business account, from the file beside this module."""

    def __init__(self) -> None:
        self._all: list[dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))

    def sendable(self, name: Any, language: Any) -> dict[str, Any]:
        """The approved template of this name and language; raises MetaError 132001, 132015 or 132016."""
        for template in self._all:
            if template["name"] == name and template["language"] == language:
                if code := _UNUSABLE.get(template["status"]):
                    raise MetaError(code, f"template ({name}) is {template['status'].lower()}")
                if template["status"] == "APPROVED":
                    return template
        raise MetaError(132001, f"template name ({str(name)[:80]}) does not exist in {str(language)[:20]}")

    def page(self, query: dict[str, str], url: str) -> dict[str, Any]:
        """One page as Graph gives it. `query` may hold limit, after, before, fields and filters; `url` is the
        address without them, for the links to the neighbours."""
        found = [t for t in self._all if self._fits(t, query)]
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
                "message_template_count": len(self._all),
                "message_template_limit": 6000,
                "are_translations_complete": False,
            }
        return answer

    @staticmethod
    def _fits(template: dict[str, Any], query: dict[str, str]) -> bool:
        for key in ("status", "category", "language"):
            if key in query and template[key] not in query[key].split(","):
                return False
        return query.get("name", "") in template["name"]


def fill(template: dict[str, Any], components: list[Any]) -> dict[str, Any]:
    """What the customer sees: header, text, footer and buttons with the given parameters in their places.

    Raises MetaError 132000 when a component gets more or fewer parameters than it has places.
    """
    given = {str(c.get("type", "")).lower(): c for c in components if isinstance(c, dict)}
    shown: dict[str, Any] = {"kind": "template", "label": f"{template['name']} · {template['language']}"}
    for part in template["components"]:
        kind = part["type"].lower()
        if kind == "buttons":
            shown["buttons"] = [button["text"] for button in part["buttons"]]
        elif "text" in part:
            parameters = given.get(kind, {}).get("parameters") or []
            shown["text" if kind == "body" else kind] = _filled(kind, part["text"], parameters)
    return shown


def _filled(kind: str, text: str, parameters: Any) -> str:
    places = list(dict.fromkeys(_PLACEHOLDER.findall(text)))
    values = [p for p in parameters if isinstance(p, dict)] if isinstance(parameters, list) else []
    if len(values) != len(places):
        raise MetaError(
            132000,
            f"{kind}: number of localizable_params ({len(values)}) does not match the expected number of "
            f"params ({len(places)})",
        )
    named = {p["parameter_name"]: p for p in values if isinstance(p.get("parameter_name"), str)}
    words = {
        place: _words(named.get(place) or (None if named else values[index]))
        for index, place in enumerate(places)
    }
    return _PLACEHOLDER.sub(lambda match: words[match[1]], text)


def _words(parameter: dict[str, Any] | None) -> str:
    if parameter is None:
        raise MetaError(132012, "a named parameter of the template is missing")
    content = parameter.get(str(parameter.get("type", "text")))
    if isinstance(content, dict):  # currency, date_time: Meta shows the fallback as well
        content = content.get("fallback_value")
    if not isinstance(content, str) or not content:
        raise MetaError(132012, "a parameter has no text")
    return content


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
