"""Text and data from outside, made fit to be stored: nothing that a database would choke on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
MAX_DEPTH: Final = 40
_INT64: Final = 2**63


def clean_text(text: str) -> str:
    """The text with NULs and lone surrogates replaced; the very same object when there are none."""
    if "\x00" in text:
        text = text.replace("\x00", REPLACEMENT)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def clean_content(content: Mapping[str, Any]) -> dict[str, Any]:
    """Structured content (JSON values): clean texts and keys, 64-bit numbers, no deeper than MAX_DEPTH."""
    return {clean_text(str(key)): _clean(value, 1) for key, value in content.items()}


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        return value if -_INT64 <= value < _INT64 else str(value)
    if depth >= MAX_DEPTH:
        return REPLACEMENT
    if isinstance(value, Mapping):
        return {clean_text(str(key)): _clean(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item, depth + 1) for item in value]
    return clean_text(str(value))
