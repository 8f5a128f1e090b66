"""Opens Italian certified mail (PEC): the envelope around a message, and the receipts of the providers.

By the technical rules of the decree of 2 November 2005, also in RFC 6109: headers X-Trasporto and X-Ricevuta
say what a mail is, `daticert.xml` in it says what happened to which mail. Who signed a mail is not verified
here: like any sender and any bounce, a certified mail is as trustworthy as the way it came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from typing import Final

from services.mail_collector.channels.email.bounce import BounceReport
from services.mail_collector.channels.email.part_texts import bytes_of, header, one_line, parts_outside_mails
from services.mail_collector.channels.email.pec_certificate import Certificate, certificate_in

MESSAGE: Final = "message"
ANOMALY: Final = "anomaly"
_ACCEPTED: Final = "accettazione"
_NOT_ACCEPTED: Final = "non-accettazione"
_DELIVERED: Final = "avvenuta-consegna"
_NOT_DELIVERED: Final = "errore-consegna"
_LATE: Final = "preavviso-errore-consegna"
_VIRUS: Final = "rilevazione-virus"
_TAKEN: Final = "presa-in-carico"
_STATES: Final = {
    _ACCEPTED: "sent", _DELIVERED: "delivered", _NOT_ACCEPTED: "failed", _NOT_DELIVERED: "failed",
    _VIRUS: "failed", _LATE: "delayed",
}  # fmt: skip
_RECEIPTS: Final = frozenset({*_STATES, _TAKEN})
_NAME_OF_CERTIFICATE: Final = "daticert.xml"
_ID: Final = re.compile(r"<?([^<>\s]{1,250})>?")
_LONGEST_DETAIL: Final = 1_000

_TITLES: Final = {
    "no-dest": (
        "There is no such certified mailbox",
        "Check the address with the customer and correct it in the contact.",
    ),
    "no-dominio": (
        "The domain of the address is no certified one",
        "Check what stands behind the @ and correct it in the contact.",
    ),
    "virus": (
        "The provider found a virus in the mail",
        "Check the attachments and send it again without them.",
    ),
}
_TITLES_OF_KINDS: Final = {
    _NOT_ACCEPTED: (
        "The provider of certified mail did not accept the mail",
        "The provider's own words are above; correct what they name and send it again.",
    ),
    _LATE: ("The certified mail is late", "Nothing has to be done: the provider goes on trying."),
    _VIRUS: _TITLES["virus"],
    _NOT_DELIVERED: (
        "The certified mail could not be delivered",
        "The provider's own words are above; check the address.",
    ),
}


@dataclass(frozen=True, slots=True)
class Pec:
    """A certified mail.

    `kind`: `message` (an envelope; the mail inside, `postacert.eml`, is to be read in its place), `anomaly`
    (ordinary mail handed on by a provider, not certified, a mail inside too), or the slug of a receipt:
    `accettazione`, `non-accettazione`, `presa-in-carico`, `avvenuta-consegna`, `errore-consegna`,
    `preavviso-errore-consegna`, `rilevazione-virus`. `message_id`: the mail it speaks about, without
    brackets. `reports`: what a receipt says for each recipient. `certificate`: what daticert.xml says, to
    be kept with the message as it is (plain strings and lists of strings).
    """

    kind: str
    message_id: str = ""
    reports: tuple[BounceReport, ...] = ()
    occurred_at: datetime | None = None
    certificate: dict[str, str | list[str]] = field(default_factory=dict)


def pec_of(message: Message) -> Pec | None:
    """Return what a certified mail says; None when the mail is none, or has no certificate that can be read.

    A mail with an anomaly has no certificate; its envelope only says that the provider took it from outside.
    """
    transported = header(message, "X-Trasporto").lower()
    if transported == "errore":
        return Pec(ANOMALY, _bare(header(message, "X-Riferimento-Message-ID")))
    receipt = header(message, "X-Ricevuta").lower()
    if transported != "posta-certificata" and receipt not in _RECEIPTS:
        return None
    certificate = _certificate(message)
    if certificate is None:
        return None
    message_id = _bare(certificate.message_id or header(message, "X-Riferimento-Message-ID"))
    kind = receipt if receipt in _RECEIPTS else MESSAGE
    reports = tuple(
        _report(kind, message_id, recipient, certificate) for recipient in _told(kind, certificate)
    )
    return Pec(kind, message_id, reports, certificate.occurred_at, certificate.fields)


def _certificate(message: Message) -> Certificate | None:
    for part in parts_outside_mails(message):
        if (part.get_filename() or "").lower() == _NAME_OF_CERTIFICATE:
            return certificate_in(bytes_of(part))
    return None


def _told(kind: str, certificate: Certificate) -> tuple[str, ...]:
    """For whom the receipt speaks: one recipient where it names one, else all of the mail."""
    if kind not in _STATES:
        return ()
    return (certificate.delivered_to,) if certificate.delivered_to else certificate.recipients


def _report(kind: str, message_id: str, recipient: str, certificate: Certificate) -> BounceReport:
    state = _STATES[kind]
    if state in ("sent", "delivered"):
        return BounceReport(message_id, recipient, state)
    by_error = None if kind == _LATE else _TITLES.get(certificate.error)
    title, remedy = by_error or _TITLES_OF_KINDS[kind]
    detail = one_line(certificate.error_words, _LONGEST_DETAIL)
    code = f"pec-{certificate.error}" if certificate.error else f"pec-{kind}"
    return BounceReport(message_id, recipient, state, code, title, detail, remedy)


def _bare(message_id: str) -> str:
    found = _ID.search(message_id)
    return found[1] if found else ""
