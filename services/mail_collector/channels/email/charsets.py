"""Bytes of a mail to text: whatever charset they claim, text that every store and browser can take."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from functools import lru_cache
from typing import Final

_SAME_AS: Final = {
    "ascii": "cp1252", "us-ascii": "cp1252", "ansi": "cp1252", "ansi_x3.4-1968": "cp1252",
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252",
    "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "tis-620": "cp874",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "iso-8859-6-i": "iso-8859-6",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "hz-gb-2312": "hz", "x-euc-cn": "gb18030",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext", "cp50220": "iso2022_jp_ext", "x-euc-jp": "euc_jp",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949",
    "big5": "big5hkscs", "x-big5": "big5hkscs", "x-x-big5": "big5hkscs",
    "utf8": "utf-8", "utf8mb4": "utf-8", "unicode-1-1-utf-8": "utf-8", "unicode-1-1-utf-7": "utf-7",
    "x-mac-roman": "mac_roman", "macintosh": "mac_roman", "x-mac-cyrillic": "mac_cyrillic",
    "win-1251": "cp1251", "windows1252": "cp1252", "cp-850": "cp850", "ibm850": "cp850",
}  # fmt: skip
"""Names that mail programs use for what Python calls otherwise, and charsets that are written where a larger
one is meant (WHATWG Encoding Standard, section 4.2)."""

_NO_CHARSETS: Final = frozenset(
    {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"}
)
"""Python's codecs that are none; two of them take quadratic time."""

_OFTEN_UTF8: Final = frozenset({"cp1252", "iso8859-15", "cp1250", "cp1254"})
"""What mail programs say by default: when such bytes make sense as UTF-8, they are."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ISO_2022_JP: Final = re.compile(rb"\x1b(?:\$[@B]|\([BJI])")
_SOME_UTF8: Final = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_WRITTEN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,40}")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_NOT_FOR_TEXT: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, 0xFEFF, 0xFFFE, 0xFFFF))


@lru_cache(maxsize=256)
def codec_of(charset: str) -> str:
    """Python's name for a charset as a mail writes it; empty when it means nothing to us."""
    written = _WRITTEN_NAME.search(charset.strip(" \t'\"="))
    if written is None:
        return ""
    name = written[0].lower()
    try:
        plain = codecs.lookup(_SAME_AS.get(name, name)).name.replace("_", "-")
        with suppress(UnicodeError):
            b"a".decode(plain)
    except (LookupError, ValueError):
        return ""
    if plain in _NO_CHARSETS:
        return ""
    return "cp1252" if plain in ("ascii", "iso8859-1") else plain


def decoded(data: bytes, charset: str = "") -> str:
    """The text of these bytes. Never fails: what cannot be told becomes U+FFFD.

    A byte order mark decides; else the charset the mail names, unless it is one of those that are named by
    habit and the bytes are UTF-8; else UTF-8, Japanese by its escapes, and Windows' western charset.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return clean_text(data.decode(codec, "replace"))
    codec = codec_of(charset)
    candidates = ["utf-8", codec] if not codec or codec in _OFTEN_UTF8 else [codec, "utf-8"]
    if b"\x1b" in data and _ISO_2022_JP.search(data):
        candidates.insert(0, "iso2022_jp_ext")
    for candidate in filter(None, candidates):
        try:
            return clean_text(data.decode(candidate))
        except (UnicodeError, ValueError):
            continue
    if codec == "utf-8" and not _SOME_UTF8.search(data):
        codec = "cp1252"
    return clean_text(data.decode(codec or "cp1252", "replace"))


def clean_text(text: str) -> str:
    """Text without what stores refuse (lone surrogates, NUL) and control characters; line ends are `\\n`."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = _SURROGATES.sub("\ufffd", text)
    return text.translate(_NOT_FOR_TEXT)
