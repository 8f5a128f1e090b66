"""Files that stand as letters in the middle of a text: `begin 644 name`, as in mails before MIME."""

from __future__ import annotations

import binascii
import re
from typing import Final

MAX_FILES: Final = 30
_BEGIN: Final = re.compile(r"^begin [0-7]{3,4} ([^\n]{1,250})\n", re.M)


def taken_out(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text without its uuencoded files, and the files with their names; what is none stays."""
    files: list[tuple[str, bytes]] = []
    kept: list[str] = []
    done = 0
    while len(files) < MAX_FILES and (begin := _BEGIN.search(text, done)):
        data, end = _block(text, begin.end())
        if data is None:
            kept.append(text[done : begin.end()])
            done = begin.end()
            continue
        kept.append(text[done : begin.start()])
        files.append((begin[1].strip(), data))
        done = end
    return ("".join(kept) + text[done:], files) if files else (text, [])


def _block(text: str, start: int) -> tuple[bytes | None, int]:
    """The file that begins here and where the text goes on; None where a line is no line of a file.

    A file that is cut off (no `end`) counts as far as it goes, when it has two lines.
    """
    pieces: list[bytes] = []
    at = start
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end].rstrip()
        at = min(end + 1, len(text))
        if line == "end":
            return b"".join(pieces), at
        data = _line(line)
        if data is None:
            return None, start
        pieces.append(data)
    return (b"".join(pieces), at) if len(pieces) > 1 else (None, start)


def _line(line: str) -> bytes | None:
    """Up to 45 bytes; many programs write one letter too many, or drop blanks at the end."""
    if not line or line == "`":
        return b""
    size = (ord(line[0]) - 32) & 63
    letters = (size + 2) // 3 * 4
    if not 32 <= ord(line[0]) <= 96 or size > 45 or len(line) > letters + 3:
        return None
    try:
        return binascii.a2b_uu((line[: letters + 1].ljust(letters + 1)).encode("ascii"))
    except (binascii.Error, ValueError):
        return None
