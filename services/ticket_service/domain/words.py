"""The words by which something is found: without capitals and accents, phone numbers also by their parts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

MAX_WORDS: Final = 300
"""Of one text; what is longer is found by its first words only."""
MAX_LENGTH: Final = 40
MAX_QUERY_WORDS: Final = 6
MIN_PHONE_PART: Final = 4
"""A part of a number that is shorter would be found in nearly every number."""

_WORD: Final = re.compile(r"[^\W_]+")
# A phone number as people write it: digits in groups. What holds a date or a time is cut out before.
_PHONE: Final = re.compile(r"(?<!\w)\+?\(?\d[\d ().\-/+]{5,24}\d(?!\w)")
_TIME: Final = re.compile(
    r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}([./-])\d{1,2}\1\d{2,4}\b|\b\d{1,2}:\d{2}(:\d{2})?\b"
)
_PHONE_DIGITS: Final = range(7, 16)
_SEVEN_DIGITS: Final = re.compile(r"\d(?:[ ().\-/+]*\d){6}")
"""Without so many there is no phone number: most texts need no closer look."""
_NOT_DECOMPOSED: Final = {
    "ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ħ": "h",
}  # fmt: skip
_LAST_MARK: Final = 0x1F000
# Accents and what else stands on letters: dropped. One table, because every message passes here.
_PLAIN: Final[dict[int, str | None]] = {
    **{code: None for code in range(0x300, _LAST_MARK) if unicodedata.combining(chr(code))},
    **{ord(letter): plain for letter, plain in _NOT_DECOMPOSED.items()},
}


def folded(text: str) -> str:
    """The text without capitals and accents: `Città`, `CITTA` and `citta` become the same."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFKD", apart).translate(_PLAIN)


def words_of(*texts: str, limit: int = MAX_WORDS) -> list[str]:
    """The distinct words of these texts, at most `limit`; of each phone number every end of it is one more.

    A query's word is found by being the beginning of one of them, so the ends of a number are what makes its
    middle be found.
    """
    return list(dict.fromkeys(word for text in texts for word in _words(folded(text))))[:limit]


def query_words(query: str) -> list[str]:
    """The words to be found, at most MAX_QUERY_WORDS; a phone number is one, however it is written."""
    plain = folded(query)
    found: list[str] = []
    for match in _PHONE.finditer(_without_times(plain)):
        digits = _digits(match.group())
        if len(digits) in _PHONE_DIGITS:
            plain = plain.replace(match.group(), " ", 1)
            found.append(digits)
    found += (word[:MAX_LENGTH] for word in _WORD.findall(plain))
    return list(dict.fromkeys(found))[:MAX_QUERY_WORDS]


def _words(plain: str) -> Iterator[str]:
    for word in _WORD.findall(plain):
        # One letter alone (and one digit) says nothing and stands in nearly every text.
        if len(word) > 1 or not word.isascii():
            yield word[:MAX_LENGTH]
    if _SEVEN_DIGITS.search(plain):
        yield from _phone_ends(plain)


def _phone_ends(plain: str) -> Iterator[str]:
    for match in _PHONE.finditer(_without_times(plain)):
        digits = _digits(match.group())
        if len(digits) in _PHONE_DIGITS:
            for start in range(len(digits) - MIN_PHONE_PART + 1):
                yield digits[start:]


def _without_times(plain: str) -> str:
    return _TIME.sub("|", plain)


def _digits(text: str) -> str:
    return "".join(each for each in text if each.isdigit())
