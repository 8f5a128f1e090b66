"""Mails as the mailbox page reads them: also those that were made to be unreadable."""

from __future__ import annotations

import pytest

from sandbox.mail.reading import read


@pytest.mark.parametrize("depth", [1, 600, 3_000])
def test_a_mail_of_parts_within_parts_is_read_however_deep(depth: int) -> None:
    lines = ["Subject: deep", 'Content-Type: multipart/mixed; boundary="b0"', ""]
    for level in range(1, depth):
        lines += [f"--b{level - 1}", f'Content-Type: multipart/mixed; boundary="b{level}"', ""]
    lines += [f"--b{depth - 1}", "Content-Type: text/plain", "", "at the bottom"]
    assert read("\n".join(lines).encode()).subject == "deep"
