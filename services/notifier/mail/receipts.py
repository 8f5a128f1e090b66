"""Bounces and certified mail's receipts, applied to the mails they tell of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from services.notifier.announce import Teller
from services.notifier.domain.delivery import Failure
from services.notifier.domain.mail import Mail
from services.notifier.domain.mail_receipt import MailReceipt, receipted, times_of
from services.notifier.domain.mail_words import meaning_of
from services.notifier.ports import MailTransaction
from shared.contracts.delivery_reported import DeliveryReported

_log = structlog.get_logger(__name__)


def receipt_of(report: DeliveryReported) -> MailReceipt:
    """What a mail server told; where it gave no words for people, those of its number."""
    failure = None
    if report.error is not None:
        given = report.error
        meaning = meaning_of(f"{given.code} {given.detail}")
        failure = Failure(
            given.code,
            given.title or (meaning.title if meaning is not None else ""),
            given.detail,
            given.remedy or (meaning.remedy if meaning is not None else ""),
        )
    header_id = report.provider_message_id.strip().removeprefix("<").removesuffix(">")
    return MailReceipt(header_id, report.recipient, report.state, report.occurred_at, failure)


def apply(transaction: MailTransaction, receipts: Sequence[MailReceipt], teller: Teller) -> None:
    """Change the mails these tell of, and announce those that stand differently for it.

    A mail's Message-ID is kept before it leaves, so no receipt comes before its mail is known: what fits
    none tells of a mail of somebody else's, or of one that is forgotten (30 days after its end).
    """
    found = {mail.header_id: mail for mail in transaction.of_headers({one.header_id for one in receipts})}
    before = dict(found)
    for receipt in receipts:
        mail = found.get(receipt.header_id)
        if mail is None:
            _log.info("receipt for a mail nobody here sent", state=receipt.state)
        else:
            found[receipt.header_id] = receipted(mail, receipt)
    changed = [mail for header_id, mail in found.items() if mail != before[header_id]]
    for mail in changed:
        transaction.save(mail)
    told = [mail for mail in changed if mail.message_id and _stands(mail) != _stands(before[mail.header_id])]
    transaction.announce([teller.mail(mail) for mail in told])


def _stands(mail: Mail) -> tuple[Mapping[str, datetime], Failure | None]:
    return times_of(mail), mail.failure
