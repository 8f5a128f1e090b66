"""Whether a new template has the shape that providers approve; says what is wrong in words of its author.

Rules: https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates (components).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

Mistake = tuple[str, str]
Component = Mapping[str, Any]

CATEGORIES: Final = ("UTILITY", "MARKETING", "AUTHENTICATION")
MAX_BODY: Final = 1_024
MAX_SHORT: Final = 60
MAX_BUTTON: Final = 25
MAX_BUTTONS: Final = 10
_TYPES: Final = ("HEADER", "BODY", "FOOTER", "BUTTONS")
_FORMATS: Final = ("TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION")
_BUTTON_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "QUICK_REPLY": ("text",),
    "URL": ("text", "url"),
    "PHONE_NUMBER": ("text", "phone_number"),
    "COPY_CODE": ("example",),
    "OTP": ("otp_type",),
    "FLOW": ("text",),
}
_VARIABLE: Final = re.compile(r"\{\{([^{}]*)\}\}")
_NUMBER: Final = re.compile(r"[1-9][0-9]?\Z")
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,59}\Z")


def mistakes_in(category: str, components: Sequence[Component]) -> list[Mistake]:
    """(dotted path, what is wrong and what to do) for everything that a provider would refuse."""
    found: list[Mistake] = []
    seen: set[str] = set()
    for index, component in enumerate(components):
        place = f"components.{index}"
        kind = component.get("type")
        if kind not in _TYPES:
            found.append((f"{place}.type", f"Use one of {', '.join(_TYPES)}."))
            continue
        if kind in seen:
            found.append((f"{place}.type", f"A template has one {kind} only."))
        seen.add(kind)
        found += [(f"{place}.{path}", problem) for path, problem in _CHECKS[kind](component, category)]
    if "BODY" not in seen:
        found.append(("components", "A template needs a BODY."))
    return found


def names_variables(components: Sequence[Component]) -> bool:
    """Whether the variables of a template have names rather than numbers."""
    return any(not _NUMBER.match(name) for component in components for name in _variables(component))


def _header(header: Component, category: str) -> Iterator[Mistake]:
    kind = header.get("format")
    if kind not in _FORMATS:
        yield "format", f"Use one of {', '.join(_FORMATS)}."
    elif kind == "TEXT":
        yield from _text(header, MAX_SHORT)
        if len(set(_variables(header))) > 1:
            yield "text", "A header has one variable at most."
        yield from _example(header, "header_text")


def _body(body: Component, category: str) -> Iterator[Mistake]:
    if category == "AUTHENTICATION" and "text" not in body:
        return  # the provider writes the text of these itself
    yield from _text(body, MAX_BODY)
    text = body.get("text")
    if isinstance(text, str) and _variables(body):
        if _VARIABLE.match(text.strip()) or text.rstrip().endswith("}}"):
            yield "text", "A text cannot begin or end with a variable: put a word or a full stop there."
        yield from _example(body, "body_text")


def _footer(footer: Component, category: str) -> Iterator[Mistake]:
    yield from _text(footer, MAX_SHORT)
    if _variables(footer):
        yield "text", "A footer has no variables."


def _buttons(buttons: Component, category: str) -> Iterator[Mistake]:
    listed = buttons.get("buttons")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_BUTTONS:
        yield "buttons", f"Give 1 to {MAX_BUTTONS} buttons."
        return
    for index, button in enumerate(listed):
        place = f"buttons.{index}"
        kind = button.get("type") if isinstance(button, dict) else None
        if not isinstance(kind, str) or kind not in _BUTTON_FIELDS:
            yield f"{place}.type", f"Use one of {', '.join(_BUTTON_FIELDS)}."
            continue
        for name in _BUTTON_FIELDS[kind]:
            if not button.get(name):
                yield f"{place}.{name}", f"A button of type {kind} needs this."
        text = button.get("text", "")
        if not isinstance(text, str) or len(text) > MAX_BUTTON:
            yield f"{place}.text", f"A text of at most {MAX_BUTTON} characters."
        if kind == "URL" and not re.match(r"https?://\S+\Z", str(button.get("url", "https://x"))):
            yield f"{place}.url", "An address that begins with https:// or http://."


_CHECKS: Final[Mapping[str, Callable[[Component, str], Iterator[Mistake]]]] = {
    "HEADER": _header,
    "BODY": _body,
    "FOOTER": _footer,
    "BUTTONS": _buttons,
}


def _text(component: Component, longest: int) -> Iterator[Mistake]:
    text = component.get("text")
    if not isinstance(text, str) or not text.strip():
        yield "text", "Write a text."
        return
    if len(text) > longest:
        yield "text", f"At most {longest} characters; this has {len(text)}."
    names = _variables(component)
    numbers = [name for name in names if _NUMBER.match(name)]
    if not all(_NUMBER.match(name) or _NAME.match(name) for name in names):
        yield "text", "Variables are written {{1}}, {{2}} … or {{first_name}}."
    elif numbers and len(numbers) < len(names):
        yield "text", "Use either numbers or names for variables, not both."
    elif sorted({int(name) for name in numbers}) != list(range(1, len(set(numbers)) + 1)):
        yield "text", "Numbered variables begin with {{1}} and leave none out."


def _variables(component: Component) -> list[str]:
    text = component.get("text")
    return _VARIABLE.findall(text) if isinstance(text, str) else []


def _example(component: Component, numbered: str) -> Iterator[Mistake]:
    """A provider approves variables only with an example of each."""
    names = list(dict.fromkeys(_variables(component)))
    if not names:
        return
    example = component.get("example")
    given = example if isinstance(example, dict) else {}
    if _NUMBER.match(names[0]):
        samples = given.get(numbered)
        if numbered == "body_text" and isinstance(samples, list):
            samples = samples[0] if samples else []
        complete = isinstance(samples, list) and len(samples) == len(names) and all(samples)
        wanted = '{"body_text": [["…"]]}' if numbered == "body_text" else '{"header_text": ["…"]}'
    else:
        named = f"{numbered}_named_params"
        samples = given.get(named)
        listed = samples if isinstance(samples, list) else []
        complete = {str(each.get("param_name")) for each in listed if isinstance(each, dict)} == set(names)
        wanted = f'{{"{named}": [{{"param_name": "…", "example": "…"}}]}}'
    if not complete:
        yield "example", f"Give one example for each variable: {wanted}."
