"""Which files the desk takes and passes on: by size, type, and the ending of the name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.ticket_service.domain.attachment import AttachmentError

LARGEST: Final = 64 * 2**20
"""Bytes that the desk can keep at all."""
PROGRAMS: Final = (
    *("bat", "cmd", "com", "cpl", "exe", "hta", "jar", "js", "jse", "lnk", "msi", "msp", "pif", "ps1"),
    *("reg", "scr", "vbe", "vbs", "wsf", "wsh"),
)
"""Endings of files that run when somebody opens them."""

TOO_LARGE: Final = "file-too-large"
NOT_ALLOWED: Final = "type-not-allowed"


@dataclass(slots=True)
class AttachmentPolicy:
    """Types are `family/name` or `family/*`; without `allowed_types` every type is, that is not forbidden."""

    id: str = "desk"
    max_bytes: int = LARGEST
    allowed_types: tuple[str, ...] = ()
    forbidden_types: tuple[str, ...] = ()
    forbidden_endings: tuple[str, ...] = PROGRAMS
    version: int = 0

    def refusal(self, filename: str, mime_type: str, size: int | None) -> AttachmentError | None:
        """Why such a file is not taken; None when it is. `size` in bytes, None while it is not known."""
        if size is not None and size > self.max_bytes:
            return AttachmentError(
                TOO_LARGE,
                f"The file has {size} bytes; at most {self.max_bytes} are allowed here.",
                "Make it smaller, or ask an administrator to allow larger files.",
            )
        ending = _ending(filename)
        kind = mime_type.partition(";")[0].strip().lower()
        if ending in self.forbidden_endings:
            return _not_allowed(f"Files that end in .{ending} are not allowed here.")
        if _among(kind, self.forbidden_types) or (
            self.allowed_types and not _among(kind, self.allowed_types)
        ):
            return _not_allowed(f"Files of the type {kind or 'unknown'} are not allowed here.")
        return None


def _not_allowed(detail: str) -> AttachmentError:
    return AttachmentError(
        NOT_ALLOWED, detail, "Send it in another form, or ask an administrator to allow this kind of file."
    )


def _ending(filename: str) -> str:
    # Windows ignores dots and spaces at the end of a name: "a.exe. " runs.
    return filename.rstrip(". ").rpartition(".")[2].lower() if "." in filename else ""


def _among(kind: str, types: tuple[str, ...]) -> bool:
    return any(kind == each or (each.endswith("/*") and kind.startswith(each[:-1])) for each in types)
