"""The words of notices as the desk comes: one line on what happened, then what was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.ticket_service.domain.notices import REQUESTER, NoticeText

SUBJECT: Final = "[{{ ticket.number }}] {{ ticket.title }}"
_SAID: Final = "{% if text != '' %}\n\n{{ text }}{% endif %}"
_VALUES: Final[Mapping[str, str]] = {
    "number": "ticket.number",
    "status": "ticket.status",
    "before": "ticket.previous_status",
    "customer": "customer.name",
    "actor": "actor.name",
    "target": "sla.target",
    "due": "sla.due_at",
}
_HELLO: Final[Mapping[str, str]] = {
    "en": "Hello{% if name != '' %} {{ name }}{% endif %},\n\n",
    "it": "Buongiorno{% if name != '' %} {{ name }}{% endif %},\n\n",
    "fr": "Bonjour{% if name != '' %} {{ name }}{% endif %},\n\n",
    "pt": "Olá{% if name != '' %} {{ name }}{% endif %},\n\n",
    "es": "Hola{% if name != '' %} {{ name }}{% endif %}:\n\n",
    "de": "Guten Tag{% if name != '' %} {{ name }}{% endif %},\n\n",
}

INSIDE_LINES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "opened": "<customer> opened ticket <number> (<status>).",
        "customer_replied": "<customer> wrote on ticket <number>.",
        "agent_replied": "<actor> answered on ticket <number>.",
        "status_changed": "Ticket <number> went from <before> to <status>.",
        "closed": "Ticket <number> was closed.",
        "reopened": "Ticket <number> was opened again.",
        "assigned": "Ticket <number> was assigned.",
        "noted": "<actor> wrote a note on ticket <number>.",
        "sla_warning": "Ticket <number>: <target> is due at <due>.",
        "sla_breached": "Ticket <number>: <target> was due at <due> and was missed.",
    },
    "it": {
        "opened": "<customer> ha aperto il ticket <number> (<status>).",
        "customer_replied": "<customer> ha scritto sul ticket <number>.",
        "agent_replied": "<actor> ha risposto sul ticket <number>.",
        "status_changed": "Il ticket <number> è passato da <before> a <status>.",
        "closed": "Il ticket <number> è stato chiuso.",
        "reopened": "Il ticket <number> è stato riaperto.",
        "assigned": "Il ticket <number> è stato assegnato.",
        "noted": "<actor> ha scritto una nota sul ticket <number>.",
        "sla_warning": "Ticket <number>: <target> scade alle <due>.",
        "sla_breached": "Ticket <number>: <target> è scaduto alle <due>.",
    },
    "fr": {
        "opened": "<customer> a ouvert le ticket <number> (<status>).",
        "customer_replied": "<customer> a écrit sur le ticket <number>.",
        "agent_replied": "<actor> a répondu sur le ticket <number>.",
        "status_changed": "Le ticket <number> est passé de <before> à <status>.",
        "closed": "Le ticket <number> a été clôturé.",
        "reopened": "Le ticket <number> a été rouvert.",
        "assigned": "Le ticket <number> a été affecté.",
        "noted": "<actor> a ajouté une note au ticket <number>.",
        "sla_warning": "Ticket <number> : <target> arrive à échéance le <due>.",
        "sla_breached": "Ticket <number> : <target> est dépassé depuis le <due>.",
    },
    "pt": {
        "opened": "<customer> abriu o ticket <number> (<status>).",
        "customer_replied": "<customer> escreveu no ticket <number>.",
        "agent_replied": "<actor> respondeu no ticket <number>.",
        "status_changed": "O ticket <number> passou de <before> a <status>.",
        "closed": "O ticket <number> foi fechado.",
        "reopened": "O ticket <number> foi reaberto.",
        "assigned": "O ticket <number> foi atribuído.",
        "noted": "<actor> escreveu uma nota no ticket <number>.",
        "sla_warning": "Ticket <number>: <target> vence em <due>.",
        "sla_breached": "Ticket <number>: <target> venceu em <due>.",
    },
    "es": {
        "opened": "<customer> abrió el ticket <number> (<status>).",
        "customer_replied": "<customer> escribió en el ticket <number>.",
        "agent_replied": "<actor> respondió en el ticket <number>.",
        "status_changed": "El ticket <number> pasó de <before> a <status>.",
        "closed": "El ticket <number> se ha cerrado.",
        "reopened": "El ticket <number> se ha reabierto.",
        "assigned": "El ticket <number> se ha asignado.",
        "noted": "<actor> escribió una nota en el ticket <number>.",
        "sla_warning": "Ticket <number>: <target> vence el <due>.",
        "sla_breached": "Ticket <number>: <target> venció el <due>.",
    },
    "de": {
        "opened": "<customer> hat das Ticket <number> eröffnet (<status>).",
        "customer_replied": "<customer> hat im Ticket <number> geschrieben.",
        "agent_replied": "<actor> hat im Ticket <number> geantwortet.",
        "status_changed": "Das Ticket <number> ging von <before> zu <status>.",
        "closed": "Das Ticket <number> wurde geschlossen.",
        "reopened": "Das Ticket <number> wurde wieder geöffnet.",
        "assigned": "Das Ticket <number> wurde zugewiesen.",
        "noted": "<actor> hat eine Notiz im Ticket <number> geschrieben.",
        "sla_warning": "Ticket <number>: <target> ist fällig am <due>.",
        "sla_breached": "Ticket <number>: <target> war fällig am <due> und wurde versäumt.",
    },
}

REQUESTER_LINES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "opened": "we received your request, its number is <number>.",
        "agent_replied": "there is an answer on your ticket <number>:",
        "status_changed": "your ticket <number> is now: <status>.",
        "closed": "your ticket <number> was closed.",
        "reopened": "your ticket <number> was opened again.",
    },
    "it": {
        "opened": "abbiamo ricevuto la sua richiesta, il numero è <number>.",
        "agent_replied": "c'è una risposta sul suo ticket <number>:",
        "status_changed": "il suo ticket <number> ora è: <status>.",
        "closed": "il suo ticket <number> è stato chiuso.",
        "reopened": "il suo ticket <number> è stato riaperto.",
    },
    "fr": {
        "opened": "nous avons bien reçu votre demande, son numéro est <number>.",
        "agent_replied": "une réponse a été apportée à votre ticket <number> :",
        "status_changed": "l'état de votre ticket <number> est désormais : <status>.",
        "closed": "votre ticket <number> a été clôturé.",
        "reopened": "votre ticket <number> a été rouvert.",
    },
    "pt": {
        "opened": "recebemos o seu pedido, com o número <number>.",
        "agent_replied": "há uma resposta no seu ticket <number>:",
        "status_changed": "o seu ticket <number> está agora: <status>.",
        "closed": "o seu ticket <number> foi fechado.",
        "reopened": "o seu ticket <number> foi reaberto.",
    },
    "es": {
        "opened": "hemos recibido su solicitud, su número es <number>.",
        "agent_replied": "hay una respuesta en su ticket <number>:",
        "status_changed": "su ticket <number> está ahora: <status>.",
        "closed": "su ticket <number> se ha cerrado.",
        "reopened": "su ticket <number> se ha reabierto.",
    },
    "de": {
        "opened": "wir haben Ihre Anfrage erhalten, ihre Nummer ist <number>.",
        "agent_replied": "es gibt eine Antwort zu Ihrem Ticket <number>:",
        "status_changed": "Ihr Ticket <number> ist jetzt: <status>.",
        "closed": "Ihr Ticket <number> wurde geschlossen.",
        "reopened": "Ihr Ticket <number> wurde wieder geöffnet.",
    },
}
_SAID_TO_REQUESTER: Final = frozenset({"agent_replied"})
"""What customers wrote themselves they need not read again."""


def default_text(event: str, audience: str, language: str) -> NoticeText:
    """The words that come with the desk. KeyError for an event that this audience is never told."""
    if audience == REQUESTER:
        said = _SAID if event in _SAID_TO_REQUESTER else ""
        body = _HELLO[language] + REQUESTER_LINES[language][event] + said
    else:
        body = INSIDE_LINES[language][event] + _SAID
    for word, value in _VALUES.items():
        body = body.replace(f"<{word}>", f"{{{{ {value} }}}}")
    return NoticeText(event, audience, language, SUBJECT, body)
