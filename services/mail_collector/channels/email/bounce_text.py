"""Finds the recipients a mail server gave up on in a bounce that is written in words only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from email.message import Message
from typing import Final

from flufl.bounce import all_failures

from services.mail_collector.channels.email.part_texts import parts_outside_mails, text_of

_MOST_FOR_DETECTORS: Final = 100_000
"""flufl.bounce needs more than a second for a megabyte: longer texts are cut before it reads them."""
_SAID_CHARACTERS: Final = 700
_LINES_AFTER: Final = 8
_ADDRESS: Final = re.compile(r"[\w.+=&'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_COPY_BEGINS: Final = re.compile(
    r"^[- =]*(?:this is a copy of (?:the|your) message|original message|below this line is a copy|"
    r"messaggio originale|message d'origine|mensaje original|mensagem original|originalnachricht|"
    r"ursprüngliche nachricht|(?:the )?header of the original)",
    re.IGNORECASE,
)
_PHRASES: Final = (
    "delivery has failed to these recipients", "delivery to the following recipient",
    "did not reach the following recipient", "following address(es) failed", "could not be delivered to",
    "couldn't be delivered to", "wasn't delivered to", "unable to deliver", "your message to",
    "recipients were not reached", "i wasn't able to deliver your message",
    "recapito non riuscito per questi destinatari", "impossibile recapitare il messaggio",
    "il messaggio non è stato recapitato", "non è stato possibile recapitare", "i seguenti destinatari",
    "échec de la remise pour ces destinataires", "échec de la remise à ces destinataires",
    "n'a pas pu être remis", "les destinataires suivants",
    "error de entrega a estos destinatarios", "no se pudo entregar", "no se ha podido entregar",
    "falha na entrega para estes destinatários", "não pôde ser entregue", "não foi possível entregar",
    "fehler bei der nachrichtenzustellung an", "konnte nicht zugestellt werden", "konnte nicht übermittelt",
    "die folgenden empfänger",
)  # fmt: skip
_LATE: Final = (
    "delivery is delayed", "is delayed", "not yet been delivered", "hasn't been delivered yet",
    "still be retried", "will be retried", "do not need to resend", "you do not need to",
    "this is a warning message only",
    "consegna ritardata", "ritardo nella consegna", "retardé", "retrasado", "atrasada", "verzögert",
)  # fmt: skip


def failures_in_words(message: Message, text: str, named: Sequence[str]) -> Iterator[tuple[str, bool, str]]:
    """Yield each recipient, whether the server goes on trying, and its words about that recipient.

    `named`: the recipients a header names already (X-Failed-Recipients); without them flufl.bounce looks,
    and at last the phrases which Exchange and others put before the addresses.
    """
    own_words = _before_copy(text)
    lowered = own_words.lower()
    late = any(words in lowered for words in _LATE)
    permanent, temporary = (list(named), list[str]()) if named else _detected(message)
    if not permanent and not temporary:
        permanent = _after_phrase(own_words)
    for recipient in dict.fromkeys(address.lower() for address in permanent):
        yield recipient, late, _said_about(recipient, own_words, lowered)
    for recipient in dict.fromkeys(address.lower() for address in temporary):
        yield recipient, True, _said_about(recipient, own_words, lowered)


def _before_copy(text: str) -> str:
    """The server's own words, without the mail that comes back behind them."""
    kept: list[str] = []
    for line in text.splitlines():
        if _COPY_BEGINS.match(line[:200]):
            break
        kept.append(line)
    return "\n".join(kept)


def _detected(message: Message) -> tuple[list[str], list[str]]:
    """Ask flufl.bounce: recipients lost for good, and those still tried."""
    try:
        temporary, permanent = all_failures(_short_enough(message))
    except Exception:
        # Its detectors stumble over odd mails in many ways: then the phrases below have to do.
        return [], []
    return _addresses(permanent), _addresses(temporary)


def _addresses(found: frozenset[bytes]) -> list[str]:
    texts = (address.decode("ascii", "replace") for address in found)
    return sorted(hit[0] for text in texts if (hit := _ADDRESS.search(text)))


def _short_enough(message: Message) -> Message:
    """The mail itself, or a copy with the headers detectors ask for and the first part of its texts."""
    parts = list(parts_outside_mails(message))
    if sum(len(part.get_payload()) for part in parts if not part.is_multipart()) <= _MOST_FOR_DETECTORS:
        return message
    short = Message()
    for name, value in message.items()[:200]:
        if name.lower() not in ("content-type", "content-transfer-encoding"):
            short[name] = str(value)[:1_000]
    short["Content-Type"] = "text/plain; charset=utf-8"
    texts = (text_of(part) for part in parts if part.get_content_type() == "text/plain")
    short.set_payload("\n".join(texts)[:_MOST_FOR_DETECTORS], "utf-8")
    return short


def _after_phrase(text: str) -> list[str]:
    """The addresses in the lines after a phrase that says: these did not get it."""
    found: list[str] = []
    lines_left = 0
    for line in text.splitlines()[:2_000]:
        lowered = line[:500].lower().replace("\u2019", "'")
        if any(phrase in lowered for phrase in _PHRASES):
            lines_left = _LINES_AFTER
        if lines_left:
            found.extend(_ADDRESS.findall(line[:500]))
            lines_left -= 1
    return found


def _said_about(recipient: str, text: str, lowered: str) -> str:
    """The lines from the one that names the recipient on; all of it when none does."""
    at = lowered.find(recipient)
    if at < 0:
        return text[:_SAID_CHARACTERS]
    begin = text.rfind("\n", 0, at) + 1
    return text[begin : begin + _SAID_CHARACTERS]
