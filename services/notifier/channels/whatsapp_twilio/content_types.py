"""Twilio's content types and the Cloud API's template components, each as the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final


def components_of(types: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The content's first type in the Cloud API's shape."""
    for kind, body in types.items():
        if isinstance(body, dict):
            found: list[Mapping[str, Any]] = []
            if "media" in body or kind == "twilio/media":
                found.append({"type": "HEADER", "format": "IMAGE"})
            elif _text(body.get("header_text")) or (_text(body.get("title")) and kind.endswith("/card")):
                text = _text(body.get("header_text")) or _text(body.get("title"))
                found.append({"type": "HEADER", "format": "TEXT", "text": text})
            if _text(body.get("body")):
                found.append({"type": "BODY", "text": _text(body.get("body"))})
            footer = _text(body.get("footer")) or _text(body.get("subtitle"))
            if footer:
                found.append({"type": "FOOTER", "text": footer})
            buttons = [_button(each) for each in _list(body.get("actions")) if isinstance(each, dict)]
            if buttons:
                found.append({"type": "BUTTONS", "buttons": buttons})
            return tuple(found)
    return ()


_BUTTONS: Final = {"URL": "URL", "PHONE_NUMBER": "PHONE_NUMBER", "COPY_CODE": "COPY_CODE"}


def _button(action: Mapping[str, Any]) -> dict[str, str]:
    kind = _BUTTONS.get(_text(action.get("type")).upper(), "QUICK_REPLY")
    found = {"type": kind, "text": _text(action.get("title"))}
    for name, ours in (("url", "url"), ("phone", "phone_number")):
        if _text(action.get(name)):
            found[ours] = _text(action.get(name))
    return found


def types_of(components: tuple[Mapping[str, Any], ...]) -> dict[str, Any] | None:
    """The Cloud API's components as Twilio's content types; None for headers with media."""
    parts = {str(each.get("type", "")).upper(): each for each in components}
    header = parts.get("HEADER", {})
    if header and str(header.get("format", "TEXT")).upper() != "TEXT":
        return None
    body = _text(parts.get("BODY", {}).get("text"))
    footer = _text(parts.get("FOOTER", {}).get("text"))
    actions = [_action(each) for each in _list(parts.get("BUTTONS", {}).get("buttons"))]
    if header or footer:
        card: dict[str, Any] = {"body": body, "actions": actions}
        card |= {"header_text": _text(header.get("text"))} if header else {}
        return {"whatsapp/card": card | ({"footer": footer} if footer else {})}
    if not actions:
        return {"twilio/text": {"body": body}}
    quick = all(action["type"] == "QUICK_REPLY" for action in actions)
    return {f"twilio/{'quick-reply' if quick else 'call-to-action'}": {"body": body, "actions": actions}}


def _action(button: Any) -> dict[str, Any]:
    given = button if isinstance(button, dict) else {}
    kind = _BUTTONS.get(_text(given.get("type")).upper(), "QUICK_REPLY")
    found: dict[str, Any] = {"type": kind, "title": _text(given.get("text"))}
    if kind == "QUICK_REPLY":
        found["id"] = found["title"]
    for name, theirs in (("url", "url"), ("phone_number", "phone")):
        if _text(given.get(name)):
            found[theirs] = _text(given.get(name))
    return found


def examples_of(components: tuple[Mapping[str, Any], ...]) -> dict[str, str]:
    """Sample values of the body's variables, as WhatsApp wants them for approval."""
    for component in components:
        example = component.get("example")
        if str(component.get("type", "")).upper() == "BODY" and isinstance(example, dict):
            named = _list(example.get("body_text_named_params"))
            if named:
                return {str(each.get("param_name")): str(each.get("example")) for each in named}
            rows = _list(example.get("body_text"))
            values = _list(rows[0]) if rows and isinstance(rows[0], list) else rows
            return {str(number): str(value) for number, value in enumerate(values, 1)}
    return {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
