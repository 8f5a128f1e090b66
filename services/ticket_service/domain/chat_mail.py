"""What was said in a live chat as the text of a mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import Any, Final

from services.ticket_service.domain.chat_words import ChatWords
from services.ticket_service.domain.history import AGENT, CUSTOMER, Actor
from services.ticket_service.domain.message import Message

MAX_MESSAGE: Final = 20_000
MAX_MAIL: Final = 80_000
"""Characters of what was said; with header, footer and the lines around it it stays below a mail's most."""
_CUT: Final = "[…]"


def answers_text(said: Sequence[Message], words: ChatWords, zone: tzinfo, *, replies: bool) -> str:
    """Answers that nobody read in the chat; `replies`: a reply to the mail finds back to it."""
    lines = _shortened(_lines(said, words, "", zone))
    return _joined([words.answers, *lines, *([words.reply] if replies else [])])


def transcript_text(
    said: Sequence[Message], words: ChatWords, visitor: str, zone: tzinfo, *, replies: bool
) -> str:
    """The whole talk; `visitor` is the customer's name, `replies`: a reply to the mail finds back to it."""
    lines = _shortened(_lines(said, words, visitor, zone))
    return _joined([words.copy, *lines, *([words.reply] if replies else [])])


def framed(header: str, text: str, footer: str) -> str:
    """The text between what the business says above and below all its mails."""
    return _joined([header.strip(), text, footer.strip()])


def shown(message: Message, words: ChatWords) -> str:
    """A message as plain text: what it says, what can be chosen, what only the chat has."""
    parts = [message.text.strip()[:MAX_MESSAGE], *_content(message.content, words, bare=not message.text)]
    if message.attachments:
        parts.append(words.files.format(count=len(message.attachments)))
    return "\n".join(part for part in parts if part)


def _lines(said: Iterable[Message], words: ChatWords, visitor: str, zone: tzinfo) -> list[str]:
    return [
        f"{each.occurred_at.astimezone(zone):%Y-%m-%d %H:%M}, {_name(each.author, words, visitor)}:\n"
        f"{shown(each, words)}"
        for each in said
    ]


def _name(author: Actor, words: ChatWords, visitor: str) -> str:
    if author.kind == CUSTOMER:
        return visitor or words.you
    return author.name if author.kind == AGENT and author.name else words.desk


def _content(content: dict[str, Any], words: ChatWords, *, bare: bool) -> Iterator[str]:
    """What stands beside the text: choices below it, and the answers to a form where nothing else does."""
    asked = content.get("interactive") or {}
    for each in asked.get("buttons") or ():
        yield f"• {each['title']}"
    for section in asked.get("sections") or ():
        for each in section.get("rows") or ():
            yield f"• {each['title']}"
    if asked.get("url"):
        yield f"{asked.get('button', '')} {asked['url']}".strip()
    if asked.get("form_fields"):
        yield words.form
    answers = content.get("answers")
    if bare and isinstance(answers, dict):
        labels = content.get("labels") or {}
        yield from (f"{labels.get(key, key)}: {value}" for key, value in answers.items())


def _shortened(lines: list[str]) -> list[str]:
    """The latest lines that fit into a mail."""
    kept: list[str] = []
    room = MAX_MAIL
    for line in reversed(lines):
        room -= len(line) + 2
        if room < 0:
            return [_CUT, *reversed(kept)]
        kept.append(line)
    return kept[::-1]


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)
