"""A mail: from the request to its end, and what the answer to a try makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from services.notifier.domain.content import File
from services.notifier.domain.delivery import Failure
from services.notifier.domain.mail_words import meaning_of
from services.notifier.domain.outcome import Refused, TryLater
from services.notifier.domain.retry import given_up

WAITING: Final = "waiting"
"""To be sent when due. Claimed by a sender, it is due again when its claim ends: nothing was handed over."""
HANDING: Final = "handing"
"""Its last line is about to leave; found so after the claim ended, nobody knows whether the server has it."""
DONE: Final = "done"

AGE: Final = timedelta(days=2)
"""For as long it is tried (RFC 5321 §4.5.4.1 asks for four to five days of servers, people for less)."""
FIRST_WAIT: Final = timedelta(seconds=60)
LONGEST_WAIT: Final = timedelta(hours=2)
UNKNOWNS: Final = 2
"""Tries whose outcome may stay unknown: the second one has the same Message-ID, which receivers fold."""
REPLY: Final = "reply"
NOTIFICATION: Final = "notification"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mail address, and the name shown with it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a mail belongs. `token` goes into its Message-ID and the address answers go to; `references`
    are the Message-IDs it answers (without brackets), the nearest last."""

    token: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the text: above it, below it (the signature with it), and what it answers."""

    header: str = ""
    footer: str = ""
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `left`: addresses that still have to get it; `refused`: what the server said of those never.

    `channel_id`: the mailbox it leaves from; empty: the one for mails of no channel. `message_id`: the desk's
    message it carries, empty when nobody waits for news of it; `attempt` counts how often that was asked for
    again, `origin` who asked for it. `header_id`: its Message-ID, the same at every try. `taken`: for whom
    the server took it, `taken_at`: when it first did so; `reached`: for whom, and when, a receipt told that
    it arrived. `unknowns`: tries nobody knows the outcome of. All times are UTC.
    """

    id: str
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    subject: str
    text: str
    queued_at: datetime
    due_at: datetime
    left: tuple[str, ...]
    html: str = ""
    sender: Mailbox | None = None
    reply_to: Mailbox | None = None
    ticket_number: str = ""
    message_id: str = ""
    attempt: int = 0
    automatic: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    traceparent: str = ""
    causation_id: str = ""
    channel_id: str = ""
    conversation_id: str = ""
    origin: str = REPLY
    from_name: str = ""
    thread: Thread = Thread()
    frame: Frame = Frame()
    header_id: str = ""
    stage: str = WAITING
    claim: str = ""
    tries: int = 0
    unknowns: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)
    taken: tuple[str, ...] = ()
    taken_at: datetime | None = None
    reached: Mapping[str, datetime] = field(default_factory=dict)
    failure: Failure | None = None
    failed_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether there is still something to do for it."""
        return self.stage != DONE


@dataclass(frozen=True, slots=True)
class Handed:
    """The server answered for each address: taken for some (or none), refused for good, or not yet."""

    taken: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    later: Mapping[str, str] = field(default_factory=dict)


Answer = Handed | Refused | TryLater

NOT_CONFIGURED: Final = Failure(
    "mail-not-configured",
    "The notifier has no mail server",
    remedy="An administrator has to declare a mailbox that can send, or to set SPORTELLO_SMTP_URL and "
    "SPORTELLO_MAIL_FROM of the notifier.",
)
UNKNOWN: Final = Failure(
    "outcome-unknown",
    "The mail server did not say whether it took the mail",
    remedy="It may have arrived: ask before sending it again.",
)


def after(mail: Mail, answer: Answer, now: datetime) -> Mail:
    """The claimed mail after the answer to its try.

    - What nobody knows the outcome of is tried once more after a minute, under the same Message-ID, by which
      receivers know it again; then it is marked for people to look at.
    - The server's own trouble (`whole_channel`) does not count as a try, so the queue is kept.
    - Otherwise the waits double, for AGE in all.
    """
    if isinstance(answer, Refused):
        return ended(mail, answer.failure, now)
    if isinstance(answer, TryLater):
        if answer.unknown_outcome:
            return _unknown(mail, answer.reason, now)
        return _put_off(mail, answer.reason, now, counts=not answer.whole_channel)
    taken = [one for one in answer.taken if one not in mail.refused and one not in mail.taken]
    told = replace(
        mail,
        left=tuple(address for address in mail.left if address in answer.later),
        refused={**answer.refused, **mail.refused},
        taken=(*mail.taken, *taken),
        taken_at=mail.taken_at or (now if answer.taken else None),
    )
    if told.left:
        said = "; ".join(f"{address}: {reply}" for address, reply in answer.later.items())
        return _put_off(told, Failure("put-off", "The mail server asks to try later", said), now, counts=True)
    return ended(told, not_for_all(told), now)


def ended(mail: Mail, failure: Failure | None, now: datetime) -> Mail:
    """The mail at its end. What it said is not needed any more and is forgotten.

    Only what the notifier said by itself is kept: each time it tells of that, it says it again.
    """
    return replace(
        mail,
        stage=DONE,
        claim="",
        left=(),
        text=mail.text if mail.origin == NOTIFICATION else "",
        html="",
        files=(),
        headers={},
        thread=Thread(mail.thread.token),
        frame=Frame(),
        failure=failure,
        failed_at=(mail.failed_at or now) if failure is not None else None,
    )


def again(mail: Mail, before: Iterable[Mail]) -> Mail:
    """The mail for those who did not get any of these earlier mails of the same message.

    Its headers show everybody all the same. When nobody is left it is at its end.
    """
    taken = {address for earlier in before for address in earlier.taken}
    left = tuple(address for address in mail.left if address not in taken)
    if left:
        return replace(mail, left=left)
    return ended(replace(mail, taken_at=mail.queued_at), None, mail.queued_at)


def not_for_all(mail: Mail) -> Failure | None:
    """The failure of a mail that is at its end and was refused for somebody, naming them.

    Where all that was said amounts to one thing, it is said in words for people.
    """
    if not mail.refused:
        return None
    said = "; ".join(f"{address}: {reply}" for address, reply in mail.refused.items())
    if mail.failure is not None:
        return replace(mail.failure, detail=said)
    code, title = "some-recipients-refused", "The mail server did not take it for everybody"
    if mail.taken_at is None:
        code, title = "recipients-refused", "The mail server takes it for none of the recipients"
    meanings = {meaning_of(reply) for reply in mail.refused.values()}
    meaning = meanings.pop() if len(meanings) == 1 else None
    if meaning is None:
        return Failure(code, title, said, "Check the addresses.")
    return Failure(code, meaning.title, said, meaning.remedy)


def _unknown(mail: Mail, reason: Failure, now: datetime) -> Mail:
    unknowns = mail.unknowns + 1
    if unknowns >= UNKNOWNS:
        return ended(mail, replace(UNKNOWN, detail=f"{reason.title} {reason.detail}".strip()), now)
    return replace(mail, stage=WAITING, claim="", unknowns=unknowns, due_at=now + FIRST_WAIT)


def _put_off(mail: Mail, reason: Failure, now: datetime, *, counts: bool) -> Mail:
    tries = mail.tries + counts
    wait = min(FIRST_WAIT * 2 ** min(tries, 20), LONGEST_WAIT) if counts else timedelta(0)
    last = mail.queued_at + AGE
    if now >= last:
        unreached = {address: f"{reason.title} {reason.detail}".strip() for address in mail.left}
        told = replace(mail, refused={**mail.refused, **unreached}, tries=tries)
        failure = given_up(reason, tries) if mail.taken_at is None else not_for_all(told)
        return ended(told, failure, now)
    return replace(mail, stage=WAITING, claim="", tries=tries, due_at=min(now + wait, last))
