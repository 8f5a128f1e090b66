"""What an agent wants to send as messages of a provider: long texts in pieces, one file each, in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from services.notifier.domain.content import MEDIA, TEXT, Content, File
from services.notifier.domain.text_parts import fits, text_parts


@dataclass(frozen=True, slots=True)
class TextLimits:
    """Characters a provider takes: in a text, in a caption, and the kinds of file that can have one."""

    text: int
    caption: int
    captioned: Collection[str]


def message_parts(wanted: Content, limits: TextLimits) -> list[Content]:
    """The parts in the order the customer shall see them; what is neither text nor files is one part.

    A text with files becomes the caption of the first file where that is possible, else it goes before them.
    """
    if wanted.kind == TEXT:
        return [replace(wanted, text=text) for text in text_parts(wanted.text, limits.text)]
    if wanted.kind == MEDIA:
        return _media_parts(wanted.text, wanted.files, limits)
    return [wanted]


def _media_parts(text: str, files: Sequence[File], limits: TextLimits) -> list[Content]:
    text = text.strip()
    if files and text and files[0].kind in limits.captioned and fits(text, limits.caption):
        return [
            Content(MEDIA, text if number == 0 else "", files=(file,)) for number, file in enumerate(files)
        ]
    before = [Content(TEXT, piece) for piece in text_parts(text, limits.text)]
    return before + [Content(MEDIA, files=(file,)) for file in files]
