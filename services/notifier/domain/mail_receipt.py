"""What a mail server tells of a mail later: a bounce, a receipt of certified mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.notifier.domain.delivery import Failure
from services.notifier.domain.mail import Mail, ended, not_for_all

SENT: Final = "sent"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"

BOUNCED: Final = Failure("bounced", "A mail server could not deliver the mail")


@dataclass(frozen=True, slots=True)
class MailReceipt:
    """`state` (sent, delivered, failed) was reached at `at` for `recipient`; empty where it is not told.

    `header_id`: the mail's Message-ID without brackets.
    """

    header_id: str
    recipient: str
    state: str
    at: datetime
    failure: Failure | None = None


def receipted(mail: Mail, receipt: MailReceipt) -> Mail:
    """The mail after this receipt; the same one twice, or in another order, changes nothing.

    A receipt for somebody means that the server had the mail for them, whatever became of the try: it is not
    handed over to them again. A failure outranks all.
    """
    address = _meant(mail, receipt.recipient)
    if not address or address in mail.refused:
        return mail
    handed = replace(
        mail,
        left=tuple(one for one in mail.left if one != address),
        taken_at=mail.taken_at or receipt.at,
    )
    if receipt.state == FAILED:
        changed = _failed(handed, address, receipt)
    else:
        taken = mail.taken if address in mail.taken else (*mail.taken, address)
        changed = replace(handed, taken=taken)
        if receipt.state == DELIVERED:
            changed = replace(changed, reached={**mail.reached, address: _earlier(mail, address, receipt.at)})
    if mail.open and not changed.left:
        return ended(changed, not_for_all(changed), receipt.at)
    return changed


def times_of(mail: Mail) -> Mapping[str, datetime]:
    """When the mail as a whole reached each state: sent and delivered only when everybody's mail did."""
    times: dict[str, datetime] = {}
    if mail.taken_at is not None and not mail.open:
        times[SENT] = mail.taken_at
    if times and mail.taken and not mail.refused and all(one in mail.reached for one in mail.taken):
        times[DELIVERED] = max(mail.reached[one] for one in mail.taken)
    if mail.failure is not None and mail.failed_at is not None:
        times[FAILED] = mail.failed_at
    return times


def _failed(mail: Mail, address: str, receipt: MailReceipt) -> Mail:
    given = receipt.failure or BOUNCED
    told = replace(
        mail,
        taken=tuple(one for one in mail.taken if one != address),
        reached={one: at for one, at in mail.reached.items() if one != address},
        refused={**mail.refused, address: given.detail or given.title},
        failure=mail.failure or given,
        failed_at=min(mail.failed_at or receipt.at, receipt.at),
    )
    return replace(told, failure=not_for_all(told))


def _earlier(mail: Mail, address: str, at: datetime) -> datetime:
    return min(mail.reached.get(address, at), at)


def _meant(mail: Mail, recipient: str) -> str:
    """The address as the mail has it; servers tell the one they rewrote it to, or none."""
    everybody = dict.fromkeys(one.address for one in (*mail.to, *mail.cc))
    for address in everybody:
        if address.casefold() == recipient.casefold():
            return address
    return next(iter(everybody)) if len(everybody) == 1 else recipient
