"""What a file is, by its first bytes: who sends it may say anything, and browsers and providers act on it."""

from __future__ import annotations

import re
from typing import Final

import filetype

UNKNOWN: Final = "application/octet-stream"
LOOKED_AT: Final = 8_192
"""So many first bytes decide."""

_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}\Z")
_PARAMETERS: Final = re.compile(r"(; ?[a-z0-9-]{1,40}=\"?[A-Za-z0-9_.,+ -]{1,80}\"?){0,3}\Z")
_PLAYED: Final = frozenset({"audio", "video"})


def true_type(declared: str, beginning: bytes) -> str:
    """The type to keep a file under: `declared` where its first bytes do not contradict it.

    Images, sound, films and PDFs are recognised: what does not look like what it is declared to be becomes
    `application/octet-stream`, or the kind of image it is. The containers of sound and film are the same, so
    one may be declared as the other. Any other declared type is kept: bytes do not tell a letter from a list.
    """
    base, _, parameters = declared.strip().partition(";")
    base = base.strip().lower()
    seen = _seen(beginning)
    if not _TYPE.match(base):
        return seen
    family = base.partition("/")[0]
    if family == "image":
        return seen if seen.startswith("image/") else UNKNOWN
    if family in _PLAYED:
        fits = seen.partition("/")[0] in _PLAYED
        return _with_parameters(base, parameters) if fits else UNKNOWN
    if base == "application/pdf":
        return base if seen == base else UNKNOWN
    return _with_parameters(base, parameters)


def _seen(beginning: bytes) -> str:
    kind = filetype.guess(beginning[:LOOKED_AT])
    return str(kind.mime) if kind is not None else UNKNOWN


def _with_parameters(base: str, parameters: str) -> str:
    """The codec belongs to the type (`audio/ogg; codecs=opus` is a voice message); odd ones are left out."""
    tail = f"; {parameters.strip()}" if parameters.strip() else ""
    return base + tail if _PARAMETERS.match(tail) else base
