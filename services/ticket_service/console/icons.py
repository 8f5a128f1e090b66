"""Bootstrap Icons, put into the page one by one as SVG: no font, no sheet of two thousand."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final
from xml.etree import ElementTree

from markupsafe import Markup, escape

_SHEET: Final = ("flask_bootstrap", "static/bootstrap5/icons/bootstrap-icons.svg")
_SVG: Final = "{http://www.w3.org/2000/svg}"
_OPEN: Final = '<svg class="icon" viewBox="{box}" width="16" height="16" fill="currentColor" {meaning}>'


@cache
def _symbols() -> dict[str, tuple[str, str]]:
    package, path = _SHEET
    root = ElementTree.fromstring((files(package) / path).read_bytes())  # noqa: S314 - as above
    return {
        symbol.get("id", ""): (
            symbol.get("viewBox", "0 0 16 16"),
            "".join(_plain(part) for part in symbol),
        )
        for symbol in root.iter(f"{_SVG}symbol")
    }


def _plain(part: ElementTree.Element) -> str:
    part.tag = part.tag.removeprefix(_SVG)
    return ElementTree.tostring(part, encoding="unicode")


@cache
def icon(name: str, label: str = "") -> Markup:
    """The icon of this name. With a label it says it, without it is only for the eye. KeyError: no such."""
    box, inside = _symbols()[name]
    meaning = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    # Icons of the package and an escaped label: nothing of this was written by a stranger.
    return Markup(_OPEN.format(box=box, meaning=meaning) + inside + "</svg>")  # noqa: S704
