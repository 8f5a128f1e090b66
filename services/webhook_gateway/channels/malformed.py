"""An item that cannot be understood: it is set aside alone, and the others of its request go on."""

from __future__ import annotations


class Malformed(Exception):
    """This one item cannot be understood: `reason` a slug, `detail` for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
