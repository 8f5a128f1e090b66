"""Tells whether a machine wrote a mail, and which kind of machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def automatic_kind(headers: Mapping[str, str], parts: Collection[str], own_addresses: Collection[str]) -> str:
    """Return one of `shared.contracts.received_mail.AUTOMATIC`, or "" when a person wrote the mail.

    `headers`: decoded, names in lower case, repeated ones joined by line breaks. `parts`: the content types
    of the mail and all its parts in lower case. `own_addresses`: the desk's mailboxes in lower case.
    """
    return ""
