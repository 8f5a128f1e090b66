"""What a visitor's file is called at the desk: its ending fits its type, so that opening it runs nothing."""

from __future__ import annotations

import mimetypes
from typing import Final

from services.webhook_gateway.channels.webchat.plain_text import clean_line
from shared.blobs.links import fit_name

_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_OPEN: Final = "application/vnd.oasis.opendocument"
_ENDINGS: Final[dict[str, tuple[str, ...]]] = {
    "application/pdf": ("pdf",),
    "text/plain": ("txt", "log", "md"),
    "text/csv": ("csv", "txt"),
    f"{_OFFICE}.wordprocessingml.document": ("docx",),
    f"{_OFFICE}.spreadsheetml.sheet": ("xlsx",),
    f"{_OFFICE}.presentationml.presentation": ("pptx",),
    f"{_OPEN}.text": ("odt",),
    f"{_OPEN}.spreadsheet": ("ods",),
    "application/msword": ("doc", "dot"),
    "application/vnd.ms-excel": ("xls", "xlt"),
    "application/vnd.ms-powerpoint": ("ppt", "pps"),
    "image/*": (
        "jpg",
        "jpeg",
        "jpe",
        "jfif",
        "png",
        "gif",
        "webp",
        "heic",
        "heif",
        "avif",
        "bmp",
        "tif",
        "tiff",
    ),
    "audio/*": (
        "mp3",
        "m4a",
        "mp4",
        "aac",
        "ogg",
        "oga",
        "opus",
        "wav",
        "weba",
        "webm",
        "amr",
        "3gp",
        "flac",
        "aif",
    ),
    "video/*": ("mp4", "m4v", "mov", "webm", "mkv", "avi", "mpg", "mpeg", "ogv", "3gp", "qt"),
}
_USUAL: Final = {
    **{"image/jpeg": "jpg", "image/heic": "heic", "image/webp": "webp"},
    **{"audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/webm": "webm", "audio/mp4": "m4a"},
    **{"video/mp4": "mp4", "video/webm": "webm", "video/quicktime": "mov"},
}


def safe_name(name: str, mime_type: str) -> str:
    """The name without paths and control characters; one whose ending is not of its type gets one that is.

    `run.bat` of type text/plain passes every look at its bytes; as `run.bat.txt` it opens in an editor.
    """
    name = fit_name(clean_line(name))
    fitting = _ENDINGS.get(mime_type) or _ENDINGS.get(f"{mime_type.partition('/')[0]}/*", ())
    if name.rpartition(".")[2].lower() in fitting and "." in name:
        return name
    usual = _USUAL.get(mime_type) or (mimetypes.guess_extension(mime_type) or "").lstrip(".")
    return f"{name}.{usual if usual in fitting else fitting[0] if fitting else 'bin'}"
