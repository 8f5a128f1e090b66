"""Content-Transfer-Encoding undone, also where what is there is not what it says."""

from __future__ import annotations

import binascii
import io
import re
from dataclasses import dataclass
from typing import Final

from services.mail_collector.channels.email.uuencoded import taken_out

_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_OTHERS: Final = bytes(set(range(256)) - set(_ALPHABET))
_VISIBLE: Final = bytes(set(range(256)) - set(b" \t\r\n\0"))
_PADDING: Final = re.compile(rb"=+")
_PIECE: Final = 1_000_000
_AS_IT_IS: Final = frozenset({"", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "plain"})
_MAX_RUNS: Final = 1_000
_NO_BASE64: Final = "It says to be base64 and is not; it is kept as it came."
_UNKNOWN: Final = "It arrived in an encoding that is not known; it is kept as it came."
_SOFT_BREAK: Final = re.compile(rb"=[ \t]+(?=\r?\n)")


@dataclass(frozen=True, slots=True)
class Transferred:
    """What arrived; `trouble` in words when it is not what its part says."""

    data: bytes
    trouble: str = ""


def transferred(region: memoryview, encoding: str) -> Transferred:
    """The bytes meant; never raises (RFC 2045, section 6). What cannot be decoded is handed on as it is."""
    words = encoding.partition(";")[0].partition("(")[0].strip(" \t'\"").lower().split()
    name = words[0] if words else ""
    if name == "base64":
        return _base64(region)
    data = bytes(region)
    if name in _AS_IT_IS:
        return Transferred(data)
    if name == "quoted-printable":
        return Transferred(binascii.a2b_qp(_SOFT_BREAK.sub(b"=", data)))
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        files = taken_out(data.decode("latin-1").replace("\r\n", "\n"))[1]
        return Transferred(files[0][1]) if files else Transferred(data, _UNKNOWN)
    return Transferred(data, _UNKNOWN)


def _base64(data: memoryview) -> Transferred:
    """In pieces, for a large file would be in memory four times otherwise. Padding in the middle (several
    files one behind the other) is no end; a last letter that means nothing alone is dropped. Words with
    blanks between them are a text that somebody forgot to encode.
    """
    whole = io.BytesIO()
    waiting, letters, written, inner_blanks, cut = b"", 0, 0, 0, False
    for start in range(0, len(data), _PIECE):
        piece = bytes(data[start : start + _PIECE])
        inner_blanks += piece.count(b" ")
        piece, blanks = piece.translate(None, _OTHERS), len(piece.translate(None, _VISIBLE))
        letters += len(piece)
        written += min(_PIECE, len(data) - start) - blanks
        *padded, rest = _PADDING.split(waiting + piece)
        if len(padded) > _MAX_RUNS:
            return Transferred(bytes(data), _NO_BASE64)
        for run in padded:
            cut = _decode(run, whole) or cut
        usable = len(rest) // 4 * 4
        whole.write(binascii.a2b_base64(rest[:usable]))
        waiting = rest[usable:]
    if letters < written * 0.75 or inner_blanks * 10 > written:
        return Transferred(bytes(data), _NO_BASE64)
    cut = _decode(waiting, whole) or cut
    return Transferred(whole.getvalue(), "It arrived damaged: some of it is missing." if cut else "")


def _decode(letters: bytes, whole: io.BytesIO) -> bool:
    """One run of letters without padding, put behind the others; whether a letter was dropped."""
    alone = len(letters) % 4 == 1
    usable = letters[:-1] if alone else letters
    whole.write(binascii.a2b_base64(usable + b"=" * (-len(usable) % 4)))
    return alone
