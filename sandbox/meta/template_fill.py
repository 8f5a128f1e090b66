"""A template with its parameters in place: what Meta checks when it is sent, and what the customer sees."""

import re
from typing import Any

from sandbox.meta.attachments import by_id_or_link
from sandbox.meta.errors import MetaError
from sandbox.meta.store import MetaStore

_PLACEHOLDER = re.compile(r"\{\{\s*([a-z0-9_]+)\s*\}\}")
_MAX_FILLED = 1024
_BUTTON_TYPES = {
    "QUICK_REPLY": "quick_reply", "URL": "url", "PHONE_NUMBER": "phone", "COPY_CODE": "copy", "OTP": "copy",
    "FLOW": "flow",
}  # fmt: skip


def fill(template: dict[str, Any], components: list[Any], store: MetaStore) -> dict[str, Any]:
    """What the customer sees: header, text, footer and buttons with the given parameters in their places.

    Raises MetaError 132000 when a component gets more or fewer parameters than it has places, 132012 for
    one of the wrong form, 132005 when the text becomes too long, 131008 for a missing one of a button.
    """
    given = [c for c in components if isinstance(c, dict)]
    shown: dict[str, Any] = {"kind": "template", "label": f"{template['name']} · {template['language']}"}
    for part in template["components"]:
        kind = part["type"].lower()
        if kind == "buttons":
            shown["buttons"] = [_button(n, button, given) for n, button in enumerate(part["buttons"])]
            continue
        own = next((c for c in given if str(c.get("type", "")).lower() == kind), {})
        parameters = own.get("parameters") or []
        if kind == "header" and part.get("format", "TEXT") != "TEXT":
            shown["header_media"] = _header_media(part["format"].lower(), parameters, store)
        elif "text" in part:
            shown["text" if kind == "body" else kind] = _filled(kind, part["text"], parameters)
    if len(shown.get("text", "")) > _MAX_FILLED:
        raise MetaError(132005, f"body: the filled text is longer than {_MAX_FILLED} characters")
    return shown


def _header_media(kind: str, parameters: Any, store: MetaStore) -> dict[str, Any]:
    parameter = parameters[0] if isinstance(parameters, list) and len(parameters) == 1 else None
    if not isinstance(parameter, dict) or parameter.get("type") != kind:
        raise MetaError(132012, f"header: Format mismatch, expected {kind.upper()}, received UNKNOWN")
    content = parameter.get(kind)
    if kind == "location":
        if not isinstance(content, dict) or "latitude" not in content or "longitude" not in content:
            raise MetaError(132012, "header: latitude and longitude are required")
        return {"kind": kind, **content}
    return by_id_or_link(kind, content, store)


def _button(position: int, button: dict[str, Any], given: list[dict[str, Any]]) -> dict[str, Any]:
    kind = _BUTTON_TYPES.get(button["type"], "other")
    shown = {"type": kind, "title": button.get("text", "Copy code")}
    own = next((c for c in given if _is_for_button(c, position, kind)), None)
    if kind == "quick_reply":
        shown["payload"] = _first(own, "payload") or shown["title"]
    elif kind == "url":
        suffix = _first(own, "text")
        if _PLACEHOLDER.search(button["url"]) and not suffix:
            raise MetaError(131008, f"buttons: Button at index {position} of type Url requires a parameter")
        shown["url"] = _PLACEHOLDER.sub(lambda _: suffix or "", button["url"])
    elif kind == "phone":
        shown["phone"] = button.get("phone_number", "")
    elif kind == "copy":
        shown["code"] = _first(own, "coupon_code") or _first(own, "text") or ""
    return shown


def _is_for_button(component: dict[str, Any], position: int, kind: str) -> bool:
    if str(component.get("type", "")).lower() != "button" or str(component.get("index")) != str(position):
        return False
    told = str(component.get("sub_type", "")).lower()
    if told != {"copy": "copy_code"}.get(kind, kind) and (kind, told) != ("copy", "url"):
        raise MetaError(132012, f"buttons: Button at index {position} is not of type {told[:20]}")
    return True


def _first(component: dict[str, Any] | None, key: str) -> str | None:
    parameters = (component or {}).get("parameters")
    first = parameters[0] if isinstance(parameters, list) and parameters else None
    value = first.get(key) if isinstance(first, dict) else None
    return value if isinstance(value, str) and value else None


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
