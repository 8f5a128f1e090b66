"""A mail: from the request to its end, and what the answer to a try makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from services.notifier.domain.content import File
from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import Refused, TryLater
from services.notifier.domain.retry import given_up

WAITING: Final = "waiting"
"""To be sent when due. Claimed by a sender, it is due again when its claim ends: nothing was handed over."""
HANDING: Final = "handing"
"""Its last line is about to leave; found so after the claim ended, nobody knows whether the server has it."""
DONE: Final = "done"

TRIES: Final = 20
AGE: Final = timedelta(days=2)
FIRST_WAIT: Final = timedelta(seconds=60)
LONGEST_WAIT: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mail address, and the name shown with it."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `left`: addresses that still have to get it; `refused`: what the server said of those never.

    `message_id`: the desk's message it carries, empty when nobody waits for news of it; `attempt` counts how
    often that was asked for again. `taken`: for whom the server took it, `taken_at`: when it first did so.
    All times are UTC.
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
    stage: str = WAITING
    claim: str = ""
    tries: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)
    taken: tuple[str, ...] = ()
    taken_at: datetime | None = None
    failure: Failure | None = None

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
    remedy="An administrator has to set SPORTELLO_SMTP_URL and SPORTELLO_MAIL_FROM of the notifier.",
)
UNKNOWN: Final = Failure(
    "outcome-unknown",
    "The mail server did not say whether it took the mail",
    remedy="It may have arrived: ask before sending it again.",
)


def after(mail: Mail, answer: Answer, now: datetime) -> Mail:
    """The claimed mail after the answer to its try.

    - What nobody knows the outcome of is never tried again: no receipt could tell, and a second mail is worse
      than one that is plainly marked.
    - The server's own trouble (`whole_channel`) does not count as a try, so the queue is kept.
    - Otherwise the waits double, at most TRIES times and AGE in all.
    """
    if isinstance(answer, Refused):
        return ended(mail, answer.failure)
    if isinstance(answer, TryLater):
        if answer.unknown_outcome:
            return ended(
                mail, replace(UNKNOWN, detail=f"{answer.reason.title} {answer.reason.detail}".strip())
            )
        return _put_off(mail, answer.reason, now, counts=not answer.whole_channel)
    told = replace(
        mail,
        left=tuple(address for address in mail.left if address in answer.later),
        refused={**mail.refused, **answer.refused},
        taken=(*mail.taken, *answer.taken),
        taken_at=mail.taken_at or (now if answer.taken else None),
    )
    if told.left:
        said = "; ".join(f"{address}: {reply}" for address, reply in answer.later.items())
        return _put_off(told, Failure("put-off", "The mail server asks to try later", said), now, counts=True)
    return ended(told, _refusals(told))


def ended(mail: Mail, failure: Failure | None) -> Mail:
    """The mail at its end. What it said is not needed any more and is forgotten."""
    return replace(
        mail, stage=DONE, claim="", left=(), text="", html="", files=(), headers={}, failure=failure
    )


def again(mail: Mail, before: Iterable[Mail]) -> Mail:
    """The mail for those who did not get any of these earlier mails of the same message.

    Its headers show everybody all the same. When nobody is left it is at its end.
    """
    taken = {address for earlier in before for address in earlier.taken}
    left = tuple(address for address in mail.left if address not in taken)
    if left:
        return replace(mail, left=left)
    return ended(replace(mail, taken_at=mail.queued_at), None)


def _put_off(mail: Mail, reason: Failure, now: datetime, *, counts: bool) -> Mail:
    tries = mail.tries + counts
    wait = min(FIRST_WAIT * 2 ** min(tries, 20), LONGEST_WAIT) if counts else timedelta(0)
    if tries >= TRIES or now + wait - mail.queued_at > AGE:
        unreached = {address: f"{reason.title} {reason.detail}".strip() for address in mail.left}
        told = replace(mail, refused={**mail.refused, **unreached}, tries=tries)
        return ended(told, given_up(reason, tries) if mail.taken_at is None else _refusals(told))
    return replace(mail, stage=WAITING, claim="", tries=tries, due_at=now + wait)


def _refusals(mail: Mail) -> Failure | None:
    if not mail.refused:
        return None
    said = "; ".join(f"{address}: {reply}" for address, reply in mail.refused.items())
    remedy = "Check the addresses."
    if mail.taken_at is None:
        return Failure(
            "recipients-refused", "The mail server takes it for none of the recipients", said, remedy
        )
    return Failure("some-recipients-refused", "The mail server did not take it for everybody", said, remedy)
