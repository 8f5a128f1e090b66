"""The files of a mail: names that are safe everywhere, kinds, and how many there may be."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass, field
from typing import Final

from services.mail_collector.channels.email.headers import one_line
from services.mail_collector.domain.reading import ReadFile
from shared.blobs.content_type import LOOKED_AT, UNKNOWN, true_type
from shared.contracts.attachment import attachment_id

MAX_FILES: Final = 30
MAX_NAME: Final = 150
_MAX_NAMED: Final = 100
_FORBIDDEN: Final = re.compile(r'[<>:"|?*\x00-\x1f\x7f/\\]')
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.IGNORECASE)
_BY_ENDING: Final = mimetypes.MimeTypes()
_SHOWN_AS: Final = {"image": "image", "audio": "audio", "video": "video"}


def clean_name(name: str, fallback: str) -> str:
    """A file's name without path, control characters, marks of direction and devices' names.

    `invoice\\u202efdp.exe` would be shown as a PDF; `../../x`, `C:\\x` and `con.txt` mean something else than
    a file. The ending is kept when the name is cut.
    """
    last = re.split(r"[/\\]", one_line(name, 2_000))[-1]
    cleaned = _FORBIDDEN.sub("_", last).strip(" .")
    if not cleaned.strip("_"):
        return fallback
    if _DEVICES.match(cleaned):
        cleaned = f"_{cleaned}"
    if len(cleaned) > MAX_NAME:
        stem, dot, ending = cleaned.rpartition(".")
        ending = dot + ending if stem and len(ending) <= 10 else ""
        cleaned = cleaned[: MAX_NAME - len(ending)] + ending
    return cleaned


@dataclass(slots=True)
class Collected:
    """Files in their order. Those above MAX_FILES are named in `notes`; the mail as it came has them."""

    dedupe_key: str
    notes: list[str]
    files: list[ReadFile] = field(default_factory=list)
    inline: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def add(self, name: str, mime_type: str, content: bytes, content_id: str = "") -> None:
        """Take a file; one that its mail's HTML shows can be found by `content_id`. (MongoDB takes
        names with `$` in front for something else.)"""
        mime_type = _typed(mime_type, name, content)
        number = len(self.files) + len(self.left_out) + 1
        filename = clean_name(name, f"file-{number}{_BY_ENDING.guess_extension(mime_type) or ''}")
        if len(self.files) == MAX_FILES:
            self.left_out.append(filename)
            return
        file_id = attachment_id(self.dedupe_key, len(self.files))
        kind = _SHOWN_AS.get(mime_type.partition("/")[0], "document")
        self.files.append(ReadFile(file_id, kind, filename, mime_type, content))
        if content_id and len(content_id) <= 250 and not content_id.startswith("$"):
            self.inline.setdefault(content_id, file_id)

    def finish(self) -> None:
        """Say which files are not here."""
        if self.left_out:
            names = ", ".join(self.left_out[:_MAX_NAMED])
            more = ", ..." if len(self.left_out) > _MAX_NAMED else ""
            self.notes.append(
                f"The mail has more than {MAX_FILES} files; only in the original: {names}{more}"
            )


def _typed(declared: str, name: str, content: bytes) -> str:
    """What the bytes are; where bytes and mail say nothing, what the name's ending says."""
    mime_type = true_type(declared, content[:LOOKED_AT])
    if mime_type != UNKNOWN:
        return mime_type
    guessed = _BY_ENDING.guess_type(name[-200:].lower())[0] or UNKNOWN
    return true_type(guessed, content[:LOOKED_AT])
