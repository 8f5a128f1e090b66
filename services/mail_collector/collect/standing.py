"""How one mailbox stands, told to the desk when that changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.mail_collector import announce
from services.mail_collector.domain.plan import Plan
from services.mail_collector.metrics import MAILBOX_UP
from services.mail_collector.ports import LOGIN, MAILBOX, MailboxTrouble
from shared.contracts.channel_reported import FAILING, OK, WARNING
from shared.messaging.message import BrokerUnavailable, Publisher

_log = structlog.get_logger(__name__)

PATIENCE: Final = timedelta(seconds=60)
"""A mail server that is restarted is not worth a word."""
_WELL: Final = {MAILBOX: "The mailbox is read", LOGIN: "The mail provider grants access"}
_ENDS_SOON: Final = "The desk's access to the mailbox ends soon"
_RENEW: Final = "Renew it with the mail provider, put it into the channel's auth: block, and restart."


class Standing:
    """What the desk was told last is kept in memory: a new process says once how things are."""

    def __init__(
        self,
        plan: Plan,
        publisher: Publisher,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        patience: timedelta = PATIENCE,
    ) -> None:
        self._plan = plan
        self._publisher = publisher
        self._clock = clock
        self._new_id = new_id
        self._patience = patience
        self._failing_since: datetime | None = None
        self._told: dict[str, tuple[str, str]] = {}
        self._untold: dict[str, tuple[str, MailboxTrouble | None]] = {}

    @property
    def well(self) -> bool:
        """Whether the last try went well, or nothing was tried yet."""
        return self._failing_since is None

    def works(self, ends_soon: str = "", unsettled: MailboxTrouble | None = None) -> None:
        """The mailbox was read.

        `ends_soon`: what will end the access before long, in words; `unsettled`: why collected mails stay.
        """
        self._failing_since = None
        MAILBOX_UP.labels(self._plan.channel_id).set(1)
        self._tell(MAILBOX, OK if unsettled is None else WARNING, unsettled)
        if not self._plan.oauth:
            return
        if ends_soon:
            self._tell(LOGIN, WARNING, MailboxTrouble(LOGIN, _ENDS_SOON, ends_soon, _RENEW))
        else:
            self._tell(LOGIN, OK)

    def troubled(self, trouble: MailboxTrouble) -> None:
        """It could not be read. What may pass by itself is told when it has not."""
        now = self._clock()
        if self._failing_since is None:
            self._failing_since = now
        MAILBOX_UP.labels(self._plan.channel_id).set(0)
        _log.warning(
            "mailbox cannot be read",
            channel_id=self._plan.channel_id,
            aspect=trouble.aspect,
            title=trouble.title,
            detail=trouble.detail,
        )
        if trouble.lasting or now - self._failing_since >= self._patience:
            self._tell(trouble.aspect, FAILING, trouble)

    def tell_again(self) -> None:
        """What the broker did not take when it was to be told."""
        for aspect, (level, trouble) in list(self._untold.items()):
            self._tell(aspect, level, trouble)

    def _tell(self, aspect: str, level: str, trouble: MailboxTrouble | None = None) -> None:
        title = trouble.title if trouble is not None else _WELL[aspect]
        self._untold.pop(aspect, None)
        if self._told.get(aspect) == (level, title):
            return
        message = announce.channel_stands(
            self._plan.channel_id,
            aspect,
            level,
            self._clock(),
            self._new_id(),
            title=title,
            trouble=trouble,
        )
        try:
            self._publisher.publish([message])
        except BrokerUnavailable as error:
            _log.info("the desk is told later how the mailbox stands", reason=str(error))
            self._untold[aspect] = (level, trouble)
        else:
            self._told[aspect] = (level, title)
