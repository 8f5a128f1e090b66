"""Which files a desk takes: by size, type and the ending of the name."""

from __future__ import annotations

import pytest

from services.ticket_service.domain.attachment_policy import (
    LARGEST,
    NOT_ALLOWED,
    TOO_LARGE,
    AttachmentPolicy,
)

PICTURES_AND_PDF = AttachmentPolicy(allowed_types=("image/*", "application/pdf"), max_bytes=1_000)


@pytest.mark.parametrize(
    ("policy", "filename", "mime_type", "size", "code"),
    [
        (AttachmentPolicy(), "a.pdf", "application/pdf", LARGEST, None),
        (AttachmentPolicy(), "a.pdf", "application/pdf", LARGEST + 1, TOO_LARGE),
        (AttachmentPolicy(), "", "", None, None),
        (AttachmentPolicy(), "setup.exe", "application/octet-stream", 1, NOT_ALLOWED),
        (AttachmentPolicy(), "holiday.jpg.SCR", "image/jpeg", 1, NOT_ALLOWED),
        (AttachmentPolicy(), "setup.exe. .", "image/jpeg", 1, NOT_ALLOWED),
        (AttachmentPolicy(), "exe", "text/plain", 1, None),
        (AttachmentPolicy(forbidden_endings=()), "setup.exe", "application/octet-stream", 1, None),
        (PICTURES_AND_PDF, "a.png", "image/png", 1_000, None),
        (PICTURES_AND_PDF, "a.pdf", "Application/PDF; x=1", 5, None),
        (PICTURES_AND_PDF, "a.png", "image/png", 1_001, TOO_LARGE),
        (PICTURES_AND_PDF, "a.txt", "text/plain", 5, NOT_ALLOWED),
        (PICTURES_AND_PDF, "a", "", 5, NOT_ALLOWED),
        (PICTURES_AND_PDF, "a", "imagery/png", 5, NOT_ALLOWED),
        (AttachmentPolicy(forbidden_types=("video/*",)), "a.mp4", "video/mp4", 5, NOT_ALLOWED),
        (AttachmentPolicy(forbidden_types=("image/svg+xml",)), "a.png", "image/png", 5, None),
        (
            AttachmentPolicy(allowed_types=("image/*",), forbidden_types=("image/gif",)),
            "a.gif",
            "image/gif",
            5,
            NOT_ALLOWED,
        ),
    ],
)
def test_a_file_is_taken_or_refused_with_a_remedy(
    policy: AttachmentPolicy, filename: str, mime_type: str, size: int | None, code: str | None
) -> None:
    refusal = policy.refusal(filename, mime_type, size)
    assert (refusal and refusal.code) == code
    assert refusal is None or (refusal.detail and refusal.remedy)
