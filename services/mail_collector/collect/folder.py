"""One walk through a folder: from the cursor to its last mail, and the cursor follows what is published."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from services.mail_collector.collect.handling import MailHandling, Tools
from services.mail_collector.domain.cursor import Cursor, first_cursor, renumbered
from services.mail_collector.domain.plan import Plan
from services.mail_collector.domain.portions import MOST_MAILS, portions
from services.mail_collector.domain.reading import Aside
from services.mail_collector.domain.stumbles import Stumbles
from services.mail_collector.metrics import MAILS_WAITING
from services.mail_collector.ports import FolderState, Listed, Mailbox, Unfetchable, Unsettled

_log = structlog.get_logger(__name__)

LISTED_AT_ONCE: Final = 500


class FolderWalk:
    """For one folder of one mailbox. What mailbox and handling raise passes, and nothing is lost by it."""

    def __init__(self, plan: Plan, folder: str, tools: Tools) -> None:
        self._plan = plan
        self._folder = folder
        self._tools = tools
        self._handling = MailHandling(plan, tools)
        self._stumbles = Stumbles()
        self._unsettled: Unsettled | None = None

    @property
    def unsettled(self) -> Unsettled | None:
        """Why mails that the last walk collected, or one before, could not be flagged, moved or deleted."""
        return self._unsettled

    def walk(self, mailbox: Mailbox, alive: Callable[[], bool]) -> None:
        """Collect everything there is; ends early when `alive` says no."""
        self._unsettled = None
        cursor = self._cursor(mailbox.open(self._folder))
        cursor = self._settle_rest(mailbox, cursor)
        uids = mailbox.uids_after(cursor.last_uid)
        for start in range(0, len(uids), LISTED_AT_ONCE):
            some = uids[start : start + LISTED_AT_ONCE]
            listed = mailbox.listed(some)
            for portion in self._portions(listed, cursor):
                if not alive():
                    return
                MAILS_WAITING.labels(self._plan.channel_id).set(len(uids) - bisect(uids, cursor.last_uid))
                cursor = self._collect(mailbox, portion, cursor)
            if some[-1] > cursor.last_uid:  # the last ones were gone before they were listed, or are unwanted
                cursor = self._settled(mailbox, [], self._keep(cursor.handled(some[-1])))
        MAILS_WAITING.labels(self._plan.channel_id).set(0)
        self._stumbles.recovered()

    def _cursor(self, state: FolderState) -> Cursor:
        plan, now = self._plan, self._tools.clock()
        known = self._tools.memory.cursor(plan.channel_id, self._folder)
        if known is not None and known.uid_validity == state.uid_validity:
            return known
        if known is None:
            cursor = first_cursor(state.uid_validity, state.uid_next, now, only_new=plan.only_new)
        else:
            _log.warning(
                "folder has other UIDs now, it is walked again",
                channel_id=plan.channel_id,
                folder=self._folder,
            )
            cursor = renumbered(known, state.uid_validity, only_new=plan.only_new)
        return self._keep(cursor)

    def _portions(self, listed: Sequence[Listed], cursor: Cursor) -> list[list[Listed]]:
        not_before = cursor.not_before
        wanted = [mail for mail in listed if not_before is None or mail.arrived_at >= not_before]
        return list(portions(wanted, most_mails=1 if self._stumbles.alone else MOST_MAILS))

    def _collect(self, mailbox: Mailbox, portion: Sequence[Listed], cursor: Cursor) -> Cursor:
        """The portion's last UID is passed only after the broker has it; then it is settled."""
        self._handling.must_be_ready()
        fits = [mail for mail in portion if mail.size <= self._plan.max_mail_bytes]
        for mail in portion:
            if mail not in fits:
                self._too_large(mailbox, mail)
        settled = self._fetch(mailbox, fits) if fits else []
        cursor = self._keep(cursor.handled(portion[-1].uid))
        return self._settled(mailbox, settled, cursor)

    def _fetch(self, mailbox: Mailbox, mails: Sequence[Listed]) -> list[int]:
        """The UIDs of those that are with the broker now. One that is hopeless is put aside and stays."""
        uids = [mail.uid for mail in mails]
        try:
            raws = mailbox.fetch(uids)
        except Unfetchable as trouble:
            now = self._tools.clock()
            self._stumbles.stumbled(uids, now)
            if len(uids) == 1 and self._stumbles.hopeless(uids[0], now, refused=trouble.refused):
                self._handling.put_aside(self._folder, mails[0], b"", self._unfetchable(mails[0], trouble))
                if trouble.refused:
                    return []
                self._keep_past(uids[0])
            raise
        self._stumbles.went_well(uids)
        self._handling.handle(self._folder, [(mail, raws[mail.uid]) for mail in mails if mail.uid in raws])
        return list(raws)

    def _keep_past(self, uid: int) -> None:
        """The connection is gone with this mail: the next one goes on behind it."""
        known = self._tools.memory.cursor(self._plan.channel_id, self._folder)
        if known is not None:
            self._keep(known.handled(uid).settled())

    def _too_large(self, mailbox: Mailbox, mail: Listed) -> None:
        aside = Aside(
            "too-large",
            f"The mail has {mail.size} bytes; this mailbox takes {self._plan.max_mail_bytes}. It was not "
            f"fetched and stays in the folder {self._folder} (UID {mail.uid}).",
        )
        try:
            headers = mailbox.headers(mail.uid)
        except Unfetchable as trouble:
            if not trouble.refused:
                raise
            headers = b""
        self._handling.put_aside(self._folder, mail, headers, aside)

    def _unfetchable(self, mail: Listed, trouble: Unfetchable) -> Aside:
        return Aside(
            "unfetchable",
            f"The mail server does not hand out this mail of {mail.size} bytes ({trouble.detail}). It stays "
            f"in the folder {self._folder} (UID {mail.uid}).",
        )

    def _settle_rest(self, mailbox: Mailbox, cursor: Cursor) -> Cursor:
        """What was published when the connection or the process ended, before it was flagged or moved.

        Huge mails, and those from before the mailbox was the desk's, were never collected.
        """
        if cursor.settled_uid >= cursor.last_uid:
            return cursor
        uids = [uid for uid in mailbox.uids_after(cursor.settled_uid) if uid <= cursor.last_uid]
        most, since = self._plan.max_mail_bytes, cursor.not_before
        collected: list[int] = []
        for start in range(0, len(uids), LISTED_AT_ONCE):
            listed = mailbox.listed(uids[start : start + LISTED_AT_ONCE])
            wanted = [mail for mail in listed if since is None or mail.arrived_at >= since]
            collected += [mail.uid for mail in wanted if mail.size <= most]
        return self._settled(mailbox, collected, cursor)

    def _settled(self, mailbox: Mailbox, uids: Sequence[int], cursor: Cursor) -> Cursor:
        """What is refused stays as it is and is tried again by the next walk: reading goes on."""
        if self._unsettled is not None:
            return cursor
        try:
            for start in range(0, len(uids), LISTED_AT_ONCE):
                mailbox.settle(uids[start : start + LISTED_AT_ONCE])
        except Unsettled as trouble:
            self._unsettled = trouble
            return cursor
        return self._keep(cursor.settled())

    def _keep(self, cursor: Cursor) -> Cursor:
        self._tools.memory.keep_cursor(self._plan.channel_id, self._folder, cursor)
        return cursor
