"""Mail as the desk keeps it: what stands around a message's text, and the thread a ticket is."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

MAIL: Final = "email"
"""The kind of channels that are mailboxes."""
BULK: Final = "bulk"
NOTICE: Final = "notice"
BOUNCE: Final = "bounce"
RECEIPT: Final = "receipt"
OWN: Final = "own"
"""Who wrote it when no person did, as shared.contracts.received_mail.AUTOMATIC names them."""

MOST_REFERENCES: Final = 20
MOST_PEOPLE: Final = 100
MAX_SUBJECT: Final = 400
_PREFIX: Final = re.compile(
    r"(?:re|r|aw|antw|sv|vs|res|rif|ref|resp|fw|fwd|i|wg|tr|rv|enc)(?:\[\d{1,3}\])?\s?:", re.IGNORECASE
)
"""How programs in many languages begin the subject of an answer and of a forwarded mail."""
_TAG: Final = re.compile(r"\[([^\[\]\s]{1,40})\]")
_MOST_TAGS: Final = 10


@dataclass(frozen=True, slots=True)
class MailPerson:
    """A mail address as it was written, and the name shown with it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class MessageMail:
    """What stands around the text of a message that came or goes by mail.

    `references` are the Message-IDs (without brackets) it answers, the nearest last. `automatic` names who
    wrote it when no person did, empty otherwise (`own` for what the desk sends by itself). `headers` (by
    their names in small letters), `raw_blob` (the mail as it came, `raw_size` bytes), `mailbox` and `folder`
    only a mail that came has; `token`, `header`, `footer` and `quoted`, which stand around its text, only one
    that the desk sends. `rule` is the name of the rule that decided on it.
    """

    subject: str = ""
    sender: MailPerson | None = None
    to: tuple[MailPerson, ...] = ()
    cc: tuple[MailPerson, ...] = ()
    references: tuple[str, ...] = ()
    automatic: str = ""
    message_id: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    raw_blob: str = ""
    raw_size: int = 0
    mailbox: str = ""
    folder: str = ""
    rule: str = ""
    token: str = ""
    header: str = ""
    footer: str = ""
    quoted: str = ""

    def addresses(self) -> list[str]:
        """Everybody it is from or went to, as addresses are compared; each once."""
        people = (*((self.sender,) if self.sender else ()), *self.to, *self.cc)
        return list(dict.fromkeys(address_key(each.address) for each in people))


@dataclass(frozen=True, slots=True)
class MailThread:
    """A ticket as a thread of mails: its subject, the latest Message-IDs, and who takes part in it.

    `references` are in the order of arrival; `people` are addresses as address_key makes them. `reply_to` is
    where the mail that opened the ticket wanted its answers, as written; empty where that is who wrote it. No
    later mail changes it: whoever can send one in another's name must not redirect what is said.
    """

    subject: str = ""
    references: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    reply_to: str = ""

    def joined(self, mail: MessageMail, people: Iterable[str]) -> MailThread:
        """The thread with one more mail, and with these people in it."""
        new = dict.fromkeys((*mail.references, *((mail.message_id,) if mail.message_id else ())))
        known = [each for each in self.references if each not in new]
        everybody = dict.fromkeys((*self.people, *people))
        return replace(
            self,
            subject=self.subject or bare_subject(mail.subject),
            references=tuple([*known, *new][-MOST_REFERENCES:]),
            people=tuple(list(everybody)[:MOST_PEOPLE]),
        )

    def together(self, other: MailThread) -> MailThread:
        """This thread and another one that became part of it; this one's mails count as the later ones.

        Answers go where they went.
        """
        return replace(
            self,
            subject=self.subject or other.subject,
            references=tuple(dict.fromkeys((*other.references, *self.references)))[-MOST_REFERENCES:],
            people=tuple(dict.fromkeys((*self.people, *other.people)))[:MOST_PEOPLE],
        )


def address_key(address: str) -> str:
    """The address as it is compared: capitals mean nothing to anybody who hands out addresses."""
    return address.strip().lower()


def bare_subject(subject: str) -> str:
    """A subject as one line, without `Re:`, `Fwd:` and their kind in front of it."""
    rest = " ".join(subject[: 4 * MAX_SUBJECT].split())
    while (found := _PREFIX.match(rest)) is not None:
        rest = rest[found.end() :].lstrip()
    return rest[:MAX_SUBJECT]


def tags_of(subject: str) -> list[str]:
    """What stands in square brackets in a subject and may be a ticket's number: `[TT24]`."""
    return list(dict.fromkeys(_TAG.findall(subject[: 4 * MAX_SUBJECT])))[:_MOST_TAGS]


def without_tags(subject: str, numbers: Container[str]) -> str:
    """A subject without `Re:` and without the tags of tickets (their numbers in capitals) in front of it."""
    rest = bare_subject(subject)
    while (found := _TAG.match(rest)) is not None and found[1].upper() in numbers:
        rest = bare_subject(rest[found.end() :])
    return rest


def answer_subject(subject: str, number: str, *, tagged: bool) -> str:
    """The subject of an answer: `Re: [TT24] …`, with one `Re:` and one tag however long the thread is."""
    tag, rest = f"[{number}]", bare_subject(subject)
    if tagged:
        while rest.startswith(tag):
            rest = bare_subject(rest[len(tag) :])
        rest = f"{tag} {rest}".strip()
    return f"Re: {rest}".strip()[:MAX_SUBJECT]
