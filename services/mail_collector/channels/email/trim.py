"""Parts what a person newly wrote in a mail from what the mail program put around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.mail_collector.channels.email.trim_html import has_marks, text_with_marks
from services.mail_collector.channels.email.trim_marks import (
    CUT_HERE,
    attribution_lines,
    is_block,
    is_forward,
    is_forward_subject,
    is_original,
    is_own_marker,
    is_quoted,
    shown,
)
from services.mail_collector.channels.email.trim_signature import signature_start

_MOST_LINES: Final = 10_000
"""Marks are looked for in so many lines; when they are all new, so is what follows."""
_BLANK_LINES_BEFORE: Final = 4
"""A quotation begins at once below the line that introduces it, or below some blank ones."""
_WRAPPED_FROM: Final = 60
_LONGEST_WRAP: Final = 30
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n|\u2028|\u2029")
_BLANKS: Final = re.compile(r"[\u00a0\u202f\ufeff]")


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What is new, and what was cut (quoted history, signature); `rest` is empty when nothing was cut."""

    new: str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class _Parted:
    """Which lines are new; `quoted`: something quoted was found, not only a signature."""

    new: Sequence[int]
    quoted: bool = True


def trim(text: str, html: str = "", subject: str = "") -> Trimmed:
    """Return the new words of a mail; the whole text when trimming would leave nothing.

    `text` is the plain part, or "" when the mail has only HTML; of `html` the marks are used that mail
    programs leave in it, where the plain text shows none. Answers between and below quotations are kept,
    the former with the quotations between them. Forwarded mails are kept whole: by their own marks, or
    where headers are copied without any, by a `subject` such as "Fwd: …". Linear in the length of its input.
    """
    trimmed, quoted = _trimmed(text, subject)
    if not quoted and (has_marks(html) or not text.strip()):
        by_html, quoted = _trimmed(text_with_marks(html), subject)
        if quoted or not text.strip():
            return by_html
    return trimmed


def _trimmed(text: str, subject: str) -> tuple[Trimmed, bool]:
    lines = _LINE_BREAK.split(_BLANKS.sub(" ", text))
    parted = _parted([shown(line) for line in lines[:_MOST_LINES]], is_forward_subject(subject))
    goes_on = not parted.quoted or _MOST_LINES - 1 in parted.new
    if len(lines) > _MOST_LINES and goes_on:
        return Trimmed(_joined(lines)), parted.quoted
    new = _joined(lines[at] for at in parted.new)
    if not new:
        return Trimmed(_joined(lines)), parted.quoted
    kept = frozenset(parted.new)
    return Trimmed(new, _joined(line for at, line in enumerate(lines) if at not in kept)), parted.quoted


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(line.rstrip() for line in lines if CUT_HERE not in line).strip("\n").rstrip()


def _parted(lines: Sequence[str], forwarded: bool) -> _Parted:
    """Part lines (as `shown`) at the first mark; `forwarded`: copied headers do not cut."""
    for at, line in enumerate(lines):
        if not line:
            continue
        if is_forward(line):
            return _Parted(range(len(lines)))
        if is_own_marker(line):
            return _unsigned(lines, at)
        if is_original(line) or is_block(lines, at):
            return _Parted(range(len(lines))) if forwarded else _unsigned(lines, at)
        introduced = attribution_lines(lines, at)
        if introduced or is_quoted(line):
            return _around_quotation(lines, at, at + introduced)
    return _Parted(range(signature_start(lines)), quoted=False)


def _unsigned(lines: Sequence[str], end: int) -> _Parted:
    """What stands above a cut, without its signature."""
    return _Parted(range(signature_start(lines[:end])))


def _around_quotation(lines: Sequence[str], at: int, begin: int) -> _Parted:
    """Part a text with a quotation that is introduced in line `at` and begins in line `begin`.

    Nothing written after it: it is cut. Nothing written before it and all of it in one piece: what stands
    below is the answer. Otherwise answers stand between its pieces, which are kept with them.
    """
    quoted = _quoted_lines(lines, begin)
    if not any(quoted[:_BLANK_LINES_BEFORE]):
        return _unsigned(lines, at)
    last = begin + max(place for place, is_part in enumerate(quoted) if is_part)
    end = last + signature_start(lines[last:])
    answered = [place for place in range(begin, end) if lines[place] and not quoted[place - begin]]
    if not answered:
        return _unsigned(lines, at)
    if answered[0] > last and not any(lines[:at]):
        return _Parted(range(answered[0], end))
    first = begin + quoted.index(True)
    return _Parted([*range(at), *range(first, answered[-1] + 1)])


def _quoted_lines(lines: Sequence[str], begin: int) -> list[bool]:
    """Tell for each line from `begin` on whether it belongs to what is quoted.

    Quoted are the marked lines; a short line between them that a mail program broke off a marked one; a
    line that introduces the next quotation; and everything below the copied headers of another mail.
    """
    quoted: list[bool] = []
    introduced = 0
    for at in range(begin, len(lines)):
        if lines[at] and not is_quoted(lines[at]) and not introduced:
            if is_original(lines[at]) or is_block(lines, at) or is_own_marker(lines[at]):
                return quoted + [True] * (len(lines) - at)
            introduced = attribution_lines(lines, at)
        quoted.append(is_quoted(lines[at]) or introduced > 0 or _is_broken_off(lines, at))
        introduced = max(0, introduced - 1)
    return quoted


def _is_broken_off(lines: Sequence[str], at: int) -> bool:
    """Whether the line is the end of the quoted line above it, and the quotation goes on below it."""
    return (
        0 < at < len(lines) - 1
        and 0 < len(lines[at]) <= _LONGEST_WRAP
        and is_quoted(lines[at - 1])
        and len(lines[at - 1]) >= _WRAPPED_FROM
        and is_quoted(lines[at + 1])
    )
