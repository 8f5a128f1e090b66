"""Message templates: texts a provider has approved, with places to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

APPROVED: Final = "approved"
SUBMITTING: Final = "submitting"
REMOVED: Final = "removed"

POSITIONAL: Final = "positional"
NAMED: Final = "named"

HEADER: Final = "header"
BODY: Final = "body"
TEXT: Final = "text"
COUPON: Final = "coupon_code"

_PLACE: Final = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_READABLE: Final = frozenset({TEXT, COUPON})
_FALLBACK: Final = frozenset({"currency", "date_time"})
"""Kinds of parameters with a text of their own, for readers that cannot format them."""


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


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something to fill in: `place` is `header`, `body` or `button:0` …, `key` its number (from 1) or name.

    `kind` is `text`, a kind of file (`image`, `video`, `document`), `location` or `coupon_code`.
    """

    place: str
    key: str
    kind: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What the customer will read. What is `missing` still stands in the text as `{{…}}`."""

    text: str
    missing: tuple[Parameter, ...]
    surplus: tuple[Parameter, ...]


def parameters_of(template: Template) -> list[Parameter]:
    """What has to be filled in before the template can be sent, in the order of its parts."""
    wanted: list[Parameter] = []
    for component in template.components:
        kind = _kind(component)
        if kind == "HEADER" and _kind(component, "format") not in ("TEXT", ""):
            wanted.append(Parameter(HEADER, "1", _kind(component, "format").lower()))
        elif kind in ("HEADER", "BODY"):
            wanted += [Parameter(kind.lower(), key, TEXT) for key in _keys(component.get("text"))]
        elif kind == "BUTTONS":
            for index, button in enumerate(_dicts(component.get("buttons"))):
                wanted += [Parameter(f"button:{index}", key, TEXT) for key in _keys(button.get("url"))]
                if _kind(button) == "COPY_CODE":
                    wanted.append(Parameter(f"button:{index}", "1", COUPON))
    return wanted


def fill(template: Template, components: Sequence[Mapping[str, Any]]) -> Filled:
    """The template as text: header (a label for a file), body, footer, and one line per button.

    `components` are the parameters to send, as the Cloud API documents them, whatever the provider is.
    """
    wanted = parameters_of(template)
    given = dict(_given(template, components))
    values = {
        (parameter.place, parameter.key): value
        for parameter, value in given.items()
        if parameter in wanted and value is not None
    }
    lines = [line for component in template.components for line in _lines(component, values)]
    return Filled(
        "\n".join(lines),
        tuple(parameter for parameter in wanted if parameter not in given),
        tuple(parameter for parameter in given if parameter not in wanted),
    )


def _given(
    template: Template, components: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Parameter, str | None]]:
    """Each parameter that is given, with its text (None where it has none, as files)."""
    for component in components:
        place = _kind(component).lower()
        if place == "button":
            place = f"button:{component.get('index', 0)}"
            if _kind(component, "sub_type") not in ("URL", "COPY_CODE"):
                continue  # a quick reply's payload, a flow's token: nothing the customer reads
        for number, parameter in enumerate(_dicts(component.get("parameters")), 1):
            kind = _kind(parameter).lower()
            named = template.parameter_format == NAMED and place in (HEADER, BODY)
            key = str(parameter.get("parameter_name", "")) if named and kind == TEXT else str(number)
            if kind in _FALLBACK:
                yield Parameter(place, key, TEXT), _fallback(parameter.get(kind))
            else:
                text = parameter.get(kind) if kind in _READABLE else None
                yield Parameter(place, key, kind), None if text is None else str(text)


def _lines(component: Mapping[str, Any], values: Mapping[tuple[str, str], str]) -> Iterator[str]:
    kind, text = _kind(component), str(component.get("text") or "")
    if kind == "HEADER" and _kind(component, "format") not in ("TEXT", ""):
        yield f"[{_kind(component, 'format').lower()}]"
    elif kind == "BUTTONS":
        for index, button in enumerate(_dicts(component.get("buttons"))):
            place = f"button:{index}"
            target = button.get("url") or button.get("phone_number") or values.get((place, "1"), "")
            yield f"[{button.get('text', '')}] {_filled(str(target), place, values)}".rstrip()
    elif text:
        yield _filled(text, kind.lower(), values)


def _filled(text: str, place: str, values: Mapping[tuple[str, str], str]) -> str:
    return _PLACE.sub(lambda found: values.get((place, found[1]), found[0]), text)


def _keys(text: Any) -> list[str]:
    return list(dict.fromkeys(_PLACE.findall(text))) if isinstance(text, str) else []


def _kind(component: Mapping[str, Any], name: str = "type") -> str:
    return str(component.get(name) or "").upper()


def _dicts(values: Any) -> list[Mapping[str, Any]]:
    return [each for each in values if isinstance(each, Mapping)] if isinstance(values, list | tuple) else []


def _fallback(value: Any) -> str:
    return str(value.get("fallback_value", "")) if isinstance(value, Mapping) else ""
