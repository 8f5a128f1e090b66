"""Names and types of files as people and browsers may see them; what others declare is not trusted."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from shared.blobs.content_type import UNKNOWN, true_type

MAX_NAME: Final = 200
MAX_TYPE: Final = 200
_LONGEST_EXTENSION: Final = 20
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_PICTURES: Final = frozenset(("image/jpeg", "image/png", "image/gif", "image/webp"))
_PLAYED: Final = frozenset(("audio", "video"))
_FAMILIES: Final[Mapping[str, str]] = {
    "image": "image/",
    "sticker": "image/webp",
    "audio": "audio/",
    "voice": "audio/",
    "video": "video/",
}


def shown_name(name: str) -> str:
    """A file's name without folders, control characters and marks that turn the reading direction.

    At most MAX_NAME characters, the extension kept; empty when nothing is left.
    """
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(
        each
        for each in last
        if each not in _BIDI and unicodedata.category(each) not in ("Cc", "Cs", "Zl", "Zp")
    )
    kept = kept.strip()
    if not kept.strip(". "):
        return ""
    if len(kept) <= MAX_NAME:
        return kept
    stem, dot, extension = kept.rpartition(".")
    if dot and len(extension) <= _LONGEST_EXTENSION:
        return stem[: MAX_NAME - len(extension) - 1] + dot + extension
    return kept[:MAX_NAME]


def _hidden(character: str) -> bool:
    return character in _BIDI or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def type_of(declared: str, name: str, beginning: bytes) -> str:
    """The type to keep a file under: what is declared, else what its extension says, if its bytes agree."""
    if declared.partition(";")[0].strip().lower() in ("", UNKNOWN):
        declared = mimetypes.guess_type(name, strict=False)[0] or UNKNOWN
    kept = true_type(declared, beginning)
    return kept if len(kept) <= MAX_TYPE else kept.partition(";")[0]


def kind_of(mime_type: str) -> str:
    """The kind of attachment that a type is sent as unless somebody says otherwise."""
    if mime_type in _PICTURES:
        return "image"
    family = mime_type.partition("/")[0]
    return family if family in _PLAYED else "document"


def fits_kind(kind: str, mime_type: str) -> bool:
    """Whether a file of this type can be of that kind (one of ATTACHMENT_KINDS); everything is a document."""
    family = _FAMILIES.get(kind)
    return family is None or mime_type.startswith(family)


def safe_inline(mime_type: str) -> bool:
    """Whether a browser may show it in place: pictures, sound and film, never anything that holds script.

    PDF is not: Chromium's viewer does not run under the sandbox that all contents are sent with.
    """
    return mime_type in _PICTURES or is_played(mime_type)


def is_played(mime_type: str) -> bool:
    """Sound and film, in which people move back and forth."""
    return mime_type.partition("/")[0] in _PLAYED


def disposition(name: str, *, inline: bool) -> str:
    """The Content-Disposition header: an ASCII name for old clients, the real one by RFC 6266."""
    plain = re.sub(r'[^\x20-\x7e]|["\\%]', "_", name) or "file"
    how = "inline" if inline else "attachment"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name or plain, safe='')}"
