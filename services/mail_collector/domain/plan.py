"""What is to be done with one mailbox, without how its server is spoken to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """`only_new`: mails from before the first start are left alone. `max_mail_bytes`: larger ones are put
    aside unfetched. `oauth`: access tokens are needed, whose standing is told as well.
    """

    channel_id: str
    address: str
    folders: tuple[str, ...]
    only_new: bool = False
    max_mail_bytes: int = 40_000_000
    oauth: bool = False
