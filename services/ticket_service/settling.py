"""What follows from any decision, whoever made it: one pass over its changes just before they are saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from services.ticket_service.auditing import audit
from services.ticket_service.domain.mail_token import MailDesk
from services.ticket_service.notices.follow_up import notify
from services.ticket_service.notices.unread import await_reading
from services.ticket_service.outbound.follow_up import deliver
from services.ticket_service.ports import Changes, DeskStore
from services.ticket_service.sla.keeping import keep_promises


def settle(
    changes: Changes, store: DeskStore, now: datetime, new_id: Callable[[], str], mail: MailDesk
) -> None:
    """Add to the changes what follows, in this order. Unavailable when settings cannot be read.

    It is in the hot path: with nothing configured it costs nothing.
    """
    keep_promises(changes, store, now, new_id)
    await_reading(changes, store, mail, now)
    notify(changes, store, now, mail)
    deliver(changes, store, now, new_id)
    audit(changes, store, now, new_id)
