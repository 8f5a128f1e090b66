"""What a mail is known by: the same wherever and however often it is found, different for different mails."""

from __future__ import annotations

import hashlib
from typing import Final

from services.mail_collector.channels.email.headers import read_headers

_NAMED_BY: Final = ("message-id", "from", "date", "subject")
_PIECE: Final = 1_000_000


def content_key(raw: bytes) -> str:
    """32 hex digits from the mail's id, sender, date, subject and body; never raises.

    Other headers differ from mailbox to mailbox (Received, Delivered-To) and do not count; neither do line
    ends, nor blank lines at the end. Two mails that share a Message-ID are still two.
    """
    headers, body = read_headers(raw, 0, len(raw))
    key = hashlib.sha256()
    for name in _NAMED_BY:
        value = " ".join(headers.first(name).split())
        key.update(f"{name}:{value}\n".encode("utf-8", "replace"))
    key.update(_body_hash(raw, body))
    return key.hexdigest()[:32]


def _body_hash(raw: bytes, body: int) -> bytes:
    """SHA-256 of the body with `\\n` at its lines' ends, in pieces: a large mail is not copied."""
    end = len(raw)
    while end > body and raw[end - 1] in b"\r\n":
        start = max(body, end - _PIECE)
        end = start + len(raw[start:end].rstrip(b"\r\n"))
    digest = hashlib.sha256()
    for start in range(body, end, _PIECE):
        digest.update(raw[start : min(start + _PIECE, end)].replace(b"\r", b""))
    return digest.digest()
