"""Links under which a blob can be fetched without credentials for a while, signed so that none is guessed."""

from __future__ import annotations

import hmac
import re
from datetime import datetime
from typing import Final
from urllib.parse import quote

_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f/\\]")
_EXPIRES: Final = re.compile(r"[1-9][0-9]{0,11}\Z")
_LONGEST_NAME: Final = 200
PATH: Final = "/files"


def file_link(base_url: str, secret: str, blob_id: str, filename: str, expires_at: datetime) -> str:
    """The address of a blob below `base_url`, good until `expires_at` (aware, whole seconds count).

    The name is for whoever fetches the file; it is not part of what is signed.
    """
    expires = str(int(expires_at.timestamp()))
    parts = (blob_id, expires, _signature(secret, blob_id, expires), fit_name(filename))
    return f"{base_url.rstrip('/')}{PATH}/" + "/".join(quote(part, safe="") for part in parts)


def fit_name(filename: str) -> str:
    """A file's name as one part of a path and as a header's value: no separators, no control characters."""
    name = _UNFIT.sub("_", filename)[:_LONGEST_NAME].encode("utf-8", "replace").decode()
    return name.strip(". ") or "file"


def checked(secret: str, blob_id: str, expires: str, signature: str, now: datetime) -> bool:
    """Whether these parts of an address were signed with this secret and are good at `now`."""
    if not _EXPIRES.match(expires) or not signature.isascii():
        return False
    genuine = hmac.compare_digest(_signature(secret, blob_id, expires), signature)
    return genuine and now.timestamp() < int(expires)


def _signature(secret: str, blob_id: str, expires: str) -> str:
    message = f"{expires}\n{blob_id}".encode("utf-8", "replace")
    return hmac.new(secret.encode(), message, "sha256").hexdigest()
