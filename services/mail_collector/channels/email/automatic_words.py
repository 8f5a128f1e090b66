"""What machines write into the subjects of their mails, in six languages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_LONGEST_SUBJECT: Final = 300

_ANSWERS: Final = (
    "automatic reply", "automatic response", "auto reply", "auto-reply", "autoreply", "auto response",
    "auto-response", "autoresponse", "automated reply", "automated response",
    "risposta automatica", "risposta automatizzata", "risponditore automatico",
    "réponse automatique", "réponse automatisée", "reponse automatique",
    "respuesta automática", "respuesta automatica", "contestación automática", "autorrespuesta",
    "resposta automática", "resposta automatica",
    "automatische antwort", "autom. antwort", "automatische antwortnachricht",
)  # fmt: skip
_ABSENCES: Final = (
    "out of office", "out of the office", "out-of-office", "ooo", "vacation reply", "on vacation",
    "away from my mail", "away from the office", "annual leave", "i am out of office",
    "fuori ufficio", "fuori sede", "assente dall'ufficio", "assenza dall'ufficio", "assenza dal lavoro",
    "sono in ferie", "in ferie",
    "absence du bureau", "absent du bureau", "absence du bureau", "message d'absence", "en congé",
    "en congés", "hors du bureau",
    "fuera de la oficina", "fuera de oficina", "ausente de la oficina", "mensaje de ausencia",
    "de vacaciones",
    "fora do escritório", "fora do escritorio", "ausência do escritório", "ausente do escritório",
    "ausência temporária", "de férias",
    "abwesenheitsnotiz", "abwesenheitsmeldung", "abwesenheitsassistent", "abwesenheit", "abwesend",
    "nicht im büro", "ich bin nicht im büro", "außer haus", "im urlaub",
)  # fmt: skip
_FAILURES: Final = (
    "undeliverable", "undelivered", "delivery status notification", "delivery failure", "delivery failed",
    "mail delivery failed", "mail delivery system", "delivery has failed", "failure notice", "returned mail",
    "message not delivered", "warning: message", "delayed mail", "delivery delayed", "nondeliverable",
    "non recapitabile", "mancato recapito", "messaggio non recapitato", "impossibile recapitare",
    "notifica dello stato di consegna",
    "non remis", "échec de la remise", "échec de livraison", "remise impossible", "courrier non remis",
    "no se puede entregar", "no entregado", "error de entrega", "correo devuelto", "fallo en la entrega",
    "não é possível entregar", "não entregue", "falha na entrega", "mensagem devolvida", "não entregável",
    "unzustellbar", "nicht zustellbar", "zustellung fehlgeschlagen", "unzustellbare nachricht",
    "fehlgeschlagene zustellung",
)  # fmt: skip


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))


_PREFIXES: Final = r"(?:(?:\[[^\]]{1,40}\]|auto|re|r|aw|antw) ?:? ?){0,3}"
_ABSENCE_ALONE: Final = re.compile(
    rf"(?:{_alternatives((*_ABSENCES, *_ANSWERS))})"
    r"(?: (?:autoreply|auto-reply|message|reply)\b)? ?(?:[:\-–!.]|\Z)",
    re.IGNORECASE,
)
_ABSENCE_SAID: Final = re.compile(rf"(?<!\w)(?:{_alternatives(_ABSENCES)})(?!\w)", re.IGNORECASE)
_ANSWER_SAID: Final = re.compile(rf"{_PREFIXES}(?:{_alternatives(_ANSWERS)})(?!\w)", re.IGNORECASE)
_FAILURE_SAID: Final = re.compile(rf"(?<!\w)(?:{_alternatives(_FAILURES)})(?!\w)", re.IGNORECASE)


def is_absence_alone(subject: str) -> bool:
    """Whether the subject begins as only a mail program's own note of absence does ("Out of office: …")."""
    return _ABSENCE_ALONE.match(_cut(subject)) is not None


def says_absence(subject: str) -> bool:
    """Whether the subject speaks of an absence, or of an automatic answer as Exchange titles absences."""
    subject = _cut(subject)
    return _ABSENCE_SAID.search(subject) is not None or _ANSWER_SAID.match(subject) is not None


def says_failure(subject: str) -> bool:
    """Whether the subject speaks of a mail that could not be delivered."""
    return _FAILURE_SAID.search(_cut(subject)) is not None


def _cut(subject: str) -> str:
    return " ".join(subject[:_LONGEST_SUBJECT].replace("\u2019", "'").split())
