"""The words around an answer by mail: what it quotes, what stands below it, who gets a copy."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Final

from services.ticket_service.domain.mail import MAX_SUBJECT, MailPerson, address_key

MAX_QUOTED: Final = 20_000
"""Characters of the message that is answered; who wants more has the mail itself."""
_CUT: Final = "[…]"
_SIGNATURE: Final = "-- "
"""What stands above a signature (RFC 3676 §4.3), by which programs know it."""


def own_subject(subject: str, number: str, *, tagged: bool) -> str:
    """A subject that somebody chose, as one line, with the ticket's tag unless it is there."""
    line, tag = " ".join(subject.split()), f"[{number}]"
    return (f"{tag} {line}" if tagged and tag not in line else line)[:MAX_SUBJECT].rstrip()


def quoted(text: str, who: MailPerson, at: datetime, zone: tzinfo) -> str:
    """What is answered, under a line that says who wrote it and when, which is the same in all languages."""
    name = f"{who.name} <{who.address}>" if who.name and who.name != who.address else who.address
    kept = text.strip()
    if len(kept) > MAX_QUOTED:
        kept = f"{kept[:MAX_QUOTED].rstrip()} {_CUT}"
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}, {name}:\n\n{kept}"


def below(signature: str, footer: str) -> str:
    """What stands below an answer: whose signature it is, then what the business says below all mails."""
    signed = f"{_SIGNATURE}\n{signature.strip()}" if signature.strip() else ""
    return "\n\n".join(part for part in (signed, footer.strip()) if part)


def copies(wanted: Iterable[str], without: Iterable[str]) -> list[str]:
    """Addresses in copy, each once however it is written, none of those `without`."""
    seen, kept = {address_key(each) for each in without}, []
    for address in wanted:
        if address_key(address) not in seen:
            seen.add(address_key(address))
            kept.append(address)
    return kept
