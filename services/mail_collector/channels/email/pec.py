"""Opens Italian certified mail (PEC): the envelope around a message, and the receipts of the providers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message

from services.mail_collector.channels.email.bounce import BounceReport


@dataclass(frozen=True, slots=True)
class Pec:
    """A certified mail.

    `kind`: `message` (an envelope; `original` is the mail inside as bytes, to be read in its place), `anomaly`
    (ordinary mail handed on by a provider, not certified; `original` too), or the slug of a receipt:
    `accettazione`, `non-accettazione`, `presa-in-carico`, `avvenuta-consegna`, `errore-consegna`,
    `preavviso-errore-consegna`, `rilevazione-virus`. `message_id`: the mail it speaks about, without
    brackets. `reports`: what a receipt says for each recipient. `certificate`: what daticert.xml says, to
    be kept with the message as it is (plain strings and lists of strings).
    """

    kind: str
    message_id: str = ""
    original: bytes = b""
    reports: tuple[BounceReport, ...] = ()
    occurred_at: datetime | None = None
    certificate: dict[str, str | list[str]] = field(default_factory=dict)


def pec_of(message: Message) -> Pec | None:
    """Return what a certified mail says; None when the mail is none."""
    return None
