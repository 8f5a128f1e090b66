"""Reads daticert.xml, the certificate in certified mail, within limits and without entities."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from xml.parsers import expat

_LONGEST: Final = 200_000
_MOST_ELEMENTS: Final = 5_000
_DEEPEST: Final = 10
_LONGEST_VALUE: Final = 2_000
_MOST_RECIPIENTS: Final = 500
_ZONE: Final = re.compile(r"[+-]\d{4}")


class _Refused(Exception):
    """The document is larger or deeper than a certificate, or declares a type of its own."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a provider certifies. `error`: `no-dest`, `no-dominio`, `virus`, `altro`; empty without one.

    `delivered_to`: the one recipient a receipt of delivery (or its failure) is about; `recipients`: all of
    the mail. `fields`: everything worth keeping, under the document's own names.
    """

    message_id: str = ""
    error: str = ""
    error_words: str = ""
    delivered_to: str = ""
    recipients: tuple[str, ...] = ()
    occurred_at: datetime | None = None
    fields: dict[str, str | list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Document:
    """The elements that are open, and the texts and attributes found at each path."""

    path: list[str] = field(default_factory=list)
    texts: list[list[str]] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    elements: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > _MOST_ELEMENTS or len(self.path) >= _DEEPEST:
            raise _Refused
        self.path.append(name)
        self.texts.append([])
        for key, value in attributes.items():
            self._keep(f"{'/'.join(self.path)}@{key}", value)

    def text(self, characters: str) -> None:
        if self.texts:
            self.texts[-1].append(characters)

    def end(self, _name: str) -> None:
        self._keep("/".join(self.path), "".join(self.texts.pop()))
        self.path.pop()

    def _keep(self, path: str, value: str) -> None:
        clean = " ".join(value[:_LONGEST_VALUE].split())
        if clean:
            self.values.setdefault(path, []).append(clean)

    def first(self, path: str) -> str:
        return self.values.get(f"postacert/{path}", [""])[0]


def certificate_in(content: bytes) -> Certificate | None:
    """Return what the document says; None when it is no certificate, is too large or declares entities."""
    document = _Document()
    if len(content) > _LONGEST or not _parse(content, document):
        return None
    values = document.values
    kind = values.get("postacert@tipo", [""])[0]
    if not kind:
        return None
    error = values.get("postacert@errore", [""])[0]
    recipients = values.get("postacert/intestazione/destinatari", [])[:_MOST_RECIPIENTS]
    kept: dict[str, str | list[str]] = {
        "tipo": kind,
        "errore": error,
        "mittente": document.first("intestazione/mittente"),
        "oggetto": document.first("intestazione/oggetto"),
        "gestore-emittente": document.first("dati/gestore-emittente"),
        "giorno": document.first("dati/data/giorno"),
        "ora": document.first("dati/data/ora"),
        "zona": document.first("dati/data@zona"),
        "identificativo": document.first("dati/identificativo"),
        "msgid": document.first("dati/msgid"),
        "ricevuta": document.first("dati/ricevuta@tipo"),
        "consegna": document.first("dati/consegna"),
        "errore-esteso": document.first("dati/errore-esteso"),
        "destinatari": recipients,
    }
    return Certificate(
        message_id=document.first("dati/msgid"),
        error="" if error == "nessuno" else error,
        error_words=document.first("dati/errore-esteso"),
        delivered_to=document.first("dati/consegna").lower(),
        recipients=tuple(recipient.lower() for recipient in recipients),
        occurred_at=_time(document),
        fields={name: value for name, value in kept.items() if value},
    )


def _parse(content: bytes, document: _Document) -> bool:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = document.start
    parser.EndElementHandler = document.end
    parser.CharacterDataHandler = document.text
    parser.StartDoctypeDeclHandler = _refuse_type
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, _Refused, ValueError, LookupError):
        return False
    return True


def _refuse_type(*_declared: object) -> None:
    """Entities are declared in a document type; a certificate has none."""
    raise _Refused


def _time(document: _Document) -> datetime | None:
    """When it happened, in UTC: day, time and zone are three fields."""
    zone = document.first("dati/data@zona")
    if not _ZONE.fullmatch(zone):
        return None
    written = f"{document.first('dati/data/giorno')} {document.first('dati/data/ora')} {zone}"
    try:
        return datetime.strptime(written, "%d/%m/%Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
