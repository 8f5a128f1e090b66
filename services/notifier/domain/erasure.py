"""What is left of a delivery and of a mail when the person they were for is forgotten."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.notifier.domain.content import Content
from services.notifier.domain.delivery import DONE, Delivery, Failure, Recipient
from services.notifier.domain.mail import Mail, Mailbox, ended
from services.notifier.domain.message import FAILED

ERASED: Final = Failure("erased", "The person it was for was erased", remedy="Nothing can be sent to them.")


def erased_delivery(delivery: Delivery, now: datetime) -> Delivery:
    """Without what it said and whom it was for; what was not sent yet is not sent any more.

    Its ids, states and times stay, so that nothing is sent twice. A provider's words of a failure may name
    the number, so only the code of it is kept.
    """
    times = {**delivery.times, FAILED: now} if delivery.open else delivery.times
    failure = ERASED if delivery.open else _nameless(delivery.failure)
    return replace(
        delivery,
        stage=DONE,
        claim="",
        times=times,
        failure=failure,
        recipient=Recipient(delivery.recipient.kind, ""),
        content=Content(delivery.content.kind),
        reply_to=None,
    )


def erased_mail(mail: Mail, addresses: Collection[str], now: datetime) -> Mail:
    """Without what it said and without these addresses (casefolded); an open one is not sent any more."""
    failure = ERASED if mail.open else _nameless(mail.failure)
    return replace(
        ended(mail, failure, now),
        to=_others(mail.to, addresses),
        cc=_others(mail.cc, addresses),
        taken=tuple(one for one in mail.taken if one.casefold() not in addresses),
        reached={one: at for one, at in mail.reached.items() if one.casefold() not in addresses},
        refused={one: "" for one in mail.refused if one.casefold() not in addresses},
        subject="",
        text="",
        sender=None,
        reply_to=None,
    )


def unwanted_mail(mail: Mail, now: datetime) -> Mail:
    """A mail that was asked for before its person was erased: its ids are kept, nothing is sent."""
    everybody = {one.address.casefold() for one in (*mail.to, *mail.cc)}
    return erased_mail(mail, everybody, now)


def _others(mailboxes: Collection[Mailbox], addresses: Collection[str]) -> tuple[Mailbox, ...]:
    return tuple(one for one in mailboxes if one.address.casefold() not in addresses)


def _nameless(failure: Failure | None) -> Failure | None:
    return failure and Failure(failure.code, "")
