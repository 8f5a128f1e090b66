"""A template's places to fill in, what is given for them, and the text that the customer will read.

Shapes as the Cloud API documents them: components of a template (HEADER, BODY, FOOTER, BUTTONS), and
components of a message that uses it (header, body, button with their parameters).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Component = Mapping[str, Any]

HEADER: Final = "header"
BODY: Final = "body"
BUTTON: Final = "button"
MEDIA: Final = ("image", "video", "document", "location")
_CODE: Final = "code"
_VARIABLE: Final = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_KNOWN: Final = frozenset(("HEADER", "BODY", "FOOTER", "BUTTONS"))
_OPTIONAL_BUTTONS: Final = frozenset(("quick_reply", "flow", "catalog", "mpm"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is filled in; `name` is a variable's, a kind of media or `code`, `index` a button's."""

    component: str
    name: str
    index: int | None = None

    def __str__(self) -> str:
        """As its author would point at it: `body 1`, `header image`, `button 0 1`."""
        return " ".join((self.component, *([] if self.index is None else [str(self.index)]), self.name))


def places_of(components: Sequence[Component]) -> list[Place]:
    """The places of a template, in the order in which they are read."""
    return list(dict.fromkeys(_places(components)))


def given_for(parameters: Sequence[Component]) -> dict[Place, str]:
    """What a message gives for which place, as text (`[image]` for media); malformed parts give nothing."""
    return dict(_given(parameters))


def compared(components: Sequence[Component], parameters: Sequence[Component]) -> tuple[list[str], list[str]]:
    """The places that lack a value, and the values that have no place.

    Nothing is said of templates with components that are not known here (carousels, offers).
    """
    if any(_type(component).upper() not in _KNOWN for component in components):
        return [], []
    places, given = places_of(components), given_for(parameters)
    missing = [str(place) for place in places if place not in given]
    return missing, [str(place) for place in given if place not in places]


def fill(components: Sequence[Component], parameters: Sequence[Component]) -> str:
    """What the customer will read: header, body and footer, then the buttons. Gaps keep their `{{…}}`."""
    given = given_for(parameters)
    lines: list[str] = []
    for wanted in ("HEADER", "BODY", "FOOTER"):
        lines += [_line(each, given) for each in components if _type(each).upper() == wanted]
    titles = [_text(button) for _, button in _buttons(components)]
    lines.append(" ".join(f"[{title}]" for title in titles if title))
    return "\n".join(line for line in lines if line)


def _line(component: Component, given: Mapping[Place, str]) -> str:
    media = _media(component)
    if media:
        return f"[{media}]"
    place = _type(component).lower()
    return _VARIABLE.sub(lambda found: given.get(Place(place, found[1]), found[0]), _text(component))


def _places(components: Sequence[Component]) -> Iterator[Place]:
    for component in components:
        kind = _type(component).lower()
        media = _media(component)
        if media:
            yield Place(kind, media)
        elif kind in (HEADER, BODY):
            names = list(dict.fromkeys(_VARIABLE.findall(_text(component))))
            yield from (Place(kind, name) for name in sorted(names, key=_by_number))
    for index, button in _buttons(components):
        kind = _type(button).upper()
        if kind == "COPY_CODE":
            yield Place(BUTTON, _CODE, index)
        elif kind == "URL":
            yield from (Place(BUTTON, name, index) for name in _VARIABLE.findall(str(button.get("url", ""))))


def _given(parameters: Sequence[Component]) -> Iterator[tuple[Place, str]]:
    for component in parameters:
        kind = _type(component).lower()
        button = kind == BUTTON
        if button and str(component.get("sub_type", "")).lower() in _OPTIONAL_BUTTONS:
            continue
        index = _number(component.get("index")) if button else None
        for position, parameter in enumerate(_mappings(component.get("parameters")), 1):
            what = _type(parameter).lower()
            if what in MEDIA:
                yield Place(kind, what, index), f"[{what}]"
            elif what == "coupon_code":
                yield Place(kind, _CODE, index), str(parameter.get(what, ""))
            else:
                name = str(parameter.get("parameter_name") or position)
                yield Place(kind, name, index), _value(parameter, what)


def _value(parameter: Component, what: str) -> str:
    """A text; of an amount or a date what is shown where it cannot be localised."""
    value = parameter.get(what)
    return str(value.get("fallback_value", "")) if isinstance(value, Mapping) else str(value or "")


def _buttons(components: Sequence[Component]) -> Iterator[tuple[int, Component]]:
    for component in components:
        if _type(component).upper() == "BUTTONS":
            yield from enumerate(_mappings(component.get("buttons")))


def _media(component: Component) -> str:
    form = str(component.get("format", "")).lower()
    return form if _type(component).lower() == HEADER and form in MEDIA else ""


def _mappings(listed: Any) -> list[Component]:
    return [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []


def _type(component: Component) -> str:
    return str(component.get("type", ""))


def _text(component: Component) -> str:
    text = component.get("text")
    return text if isinstance(text, str) else ""


def _number(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else -1


def _by_number(name: str) -> int:
    """Numbered variables in their order; names stay as they stand (sorting is stable)."""
    return int(name) if name.isascii() and name.isdecimal() and len(name) < 4 else 0
