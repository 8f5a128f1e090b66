"""A header's value with its parameters: `attachment; filename*0*=UTF-8''...`, whatever state it is in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from services.mail_collector.channels.email.charsets import decoded
from services.mail_collector.channels.email.headers import words

_MAX_PARAMETERS: Final = 100
_MAX_SECTIONS: Final = 50
_PARAMETER: Final = re.compile(
    r';\s*([^\s=;"*]{1,60})(?:\*(\d{1,3}))?(\*)?\s*=\s*("(?:[^"\\]|\\.)*(?:"|\Z)|[^;]*)'
)
_QUOTED_PAIR: Final = re.compile(r"\\(.)")
_WINDOWS_PATH: Final = re.compile(r"[A-Za-z]:\\|\\\\")


@dataclass(frozen=True, slots=True)
class Value:
    """The value in lower case; parameters' names are in lower case, their values decoded."""

    value: str
    parameters: dict[str, str]

    def parameter(self, name: str) -> str:
        """Empty when there is none."""
        return self.parameters.get(name, "")


def parsed_value(text: str) -> Value:
    """Any text. Of a parameter that is there several times the first counts; RFC 2231's form before others.

    Encoded words inside of parameters are decoded too, though RFC 2047 forbids them: many programs write
    nothing else.
    """
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for number, match in enumerate(_PARAMETER.finditer(text)):
        if number == _MAX_PARAMETERS:
            break
        name, section, encoded, value = match[1].lower(), match[2], bool(match[3]), _unquoted(match[4])
        if section is None and not encoded:
            plain.setdefault(name, words(value))
        elif len(sections.setdefault(name, {})) < _MAX_SECTIONS:
            sections[name].setdefault(int(section or 0), (value, encoded))
    joined = {name: _joined(pieces) for name, pieces in sections.items()}
    before = text.partition(";")[0].split()
    return Value(before[0].strip("\"',").lower() if before else "", plain | joined)


def _unquoted(value: str) -> str:
    value = value.strip()
    if not value.startswith('"'):
        return value
    value = value[1:-1] if len(value) > 1 and value.endswith('"') else value[1:]
    return value if _WINDOWS_PATH.match(value) else _QUOTED_PAIR.sub(r"\1", value)


def _joined(sections: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231, section 3 and 4: in the order of their numbers; the first may name the charset."""
    charset, data = "", b""
    for position, (_, (value, encoded)) in enumerate(sorted(sections.items())):
        if encoded and position == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data += unquote_to_bytes(value) if encoded else value.encode("utf-8", "replace")
    return words(decoded(data, charset))
