"""The words of mails that go on with a live chat, in the languages of notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ChatWords:
    """`answered`, `copied`: subjects of an answer and of a copy of the talk; `answers`, `copy`: their first
    lines; `reply`: what happens with an answer; `files` ({count}), `form`: what only the chat shows; `you`,
    `desk`: who writes, where there is no name.
    """

    answered: str
    copied: str
    answers: str
    copy: str
    reply: str
    files: str
    form: str
    you: str
    desk: str


WORDS: Final[Mapping[str, ChatWords]] = {
    "en": ChatWords(
        "Our answer in the chat",
        "Our conversation in the chat",
        "You wrote to us in the chat. This is our answer:",
        "Here is the copy of our conversation that you asked for:",
        "Just reply to this mail: what you write becomes part of the same conversation.",
        "(files in the chat: {count})",
        "(a form is waiting for you in the chat)",
        "You",
        "Automatic message",
    ),
    "it": ChatWords(
        "La nostra risposta in chat",
        "La nostra conversazione in chat",
        "Ci ha scritto in chat. Ecco la nostra risposta:",
        "Ecco la copia della nostra conversazione che ci ha chiesto:",
        "Basta rispondere a questa e-mail: ciò che scrive entra nella stessa conversazione.",
        "(file nella chat: {count})",
        "(nella chat c'è un modulo da compilare)",
        "Lei",
        "Messaggio automatico",
    ),
    "fr": ChatWords(
        "Notre réponse dans le chat",
        "Notre conversation dans le chat",
        "Vous nous avez écrit dans le chat. Voici notre réponse :",
        "Voici la copie de notre conversation que vous avez demandée :",
        "Répondez simplement à cet e-mail : votre message rejoint la même conversation.",
        "(fichiers dans le chat : {count})",
        "(un formulaire vous attend dans le chat)",
        "Vous",
        "Message automatique",
    ),
    "pt": ChatWords(
        "A nossa resposta no chat",
        "A nossa conversa no chat",
        "Escreveu-nos no chat. Esta é a nossa resposta:",
        "Aqui está a cópia da nossa conversa que pediu:",
        "Basta responder a este e-mail: o que escrever fica na mesma conversa.",
        "(ficheiros no chat: {count})",
        "(há um formulário à sua espera no chat)",
        "Você",
        "Mensagem automática",
    ),
    "es": ChatWords(
        "Nuestra respuesta en el chat",
        "Nuestra conversación en el chat",
        "Nos escribió en el chat. Esta es nuestra respuesta:",
        "Esta es la copia de nuestra conversación que nos pidió:",
        "Solo tiene que responder a este correo: lo que escriba entrará en la misma conversación.",
        "(archivos en el chat: {count})",
        "(en el chat le espera un formulario)",
        "Usted",
        "Mensaje automático",
    ),
    "de": ChatWords(
        "Unsere Antwort im Chat",
        "Unser Gespräch im Chat",
        "Sie haben uns im Chat geschrieben. Hier ist unsere Antwort:",
        "Hier ist die gewünschte Kopie unseres Gesprächs:",
        "Antworten Sie einfach auf diese E-Mail: Ihre Antwort kommt in dasselbe Gespräch.",
        "(Dateien im Chat: {count})",
        "(im Chat wartet ein Formular auf Sie)",
        "Sie",
        "Automatische Nachricht",
    ),
}
"""By language; what is in none of them is said in English."""


def words_in(*languages: str) -> ChatWords:
    """The words in the first of these languages (tags like `it`, or empty) that there are any in."""
    known = (WORDS.get(each.partition("-")[0].lower()) for each in languages)
    return next((each for each in known if each is not None), WORDS["en"])
