"""The thread that hands mails to the server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.notifier.announce import Teller
from services.notifier.domain.delivery import Failure
from services.notifier.domain.mail import (
    DONE,
    HANDING,
    Answer,
    Handed,
    Mail,
    after,
)
from services.notifier.domain.outcome import Refused, TryLater
from services.notifier.mail.addresses import NotAnAddress, ascii_address
from services.notifier.mail.compose import compose
from services.notifier.mail.health import SendingHealth
from services.notifier.mail.keep import counted
from services.notifier.mail.outbox import Outbox
from services.notifier.mail.smtp import NotHanded, SmtpConnection
from services.notifier.metrics import MAIL_SERVER_AWAY
from services.notifier.ports import MailStore, MailTransaction
from shared.blobs.store import BlobStore
from shared.contracts.envelope import trace_id
from shared.messaging.message import Unavailable
from shared.runtime.stop import Stop

_log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 2.0
LEASE: Final = timedelta(minutes=10)
"""Longer than the slowest try: a mail is handed over with a minute for each answer."""
FIRST_HOLD: Final = 2.0
LONGEST_HOLD: Final = 120.0
MAX_FILES: Final = 25_000_000
"""Bytes of all files of a mail; what is larger hardly any server takes."""
TOO_LARGE: Final = Failure(
    "mail-too-large",
    "The mail is too large",
    f"Its files have more than {MAX_FILES // 1_000_000} MB together.",
    "Send it with fewer or smaller files.",
)
DIED: Final = TryLater(
    0, Failure("sender-died", "The notifier stopped in the middle of sending"), unknown_outcome=True
)


class MailEngine:
    """Sends what is due from one outbox, so that no slow server holds up another's mails.

    Several processes share the mails: a claimed one is nobody else's.
    """

    def __init__(
        self,
        store: MailStore,
        outbox: Outbox,
        channel_ids: Collection[str],
        connection: SmtpConnection,
        health: SendingHealth,
        blobs: BlobStore,
        teller: Teller,
        stop: Stop,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """`channel_ids`: the channels whose mails leave from this outbox, through this connection."""
        self._store = store
        self._outbox = outbox
        self._channel_ids = channel_ids
        self._connection = connection
        self._health = health
        self._blobs = blobs
        self._teller = teller
        self._stop = stop
        self._clock = clock
        self._new_id = new_id
        self._hold = 0.0
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"mails-{outbox.channel_id}")

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    def running(self) -> bool:
        """Whether it looks for mails."""
        return self._thread.is_alive()

    def join(self) -> None:
        """Wait, after the stop was requested, until what is being sent is sent and recorded."""
        self._woken.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.requested:
            self._woken.clear()
            try:
                while not self._stop.requested and self.turn():
                    pass
            except Unavailable as error:
                _log.warning("mails wait for the database", reason=str(error))
            except Exception:
                # One mail that breaks something must not end the sending of all others.
                _log.exception("sending of a mail failed, it goes on")
            self._connection.close()
            if self._hold:
                self._stop.wait(self._hold)  # the server is away: no new mail makes it come back
            else:
                self._woken.wait(POLL_SECONDS)

    def turn(self) -> bool:
        """Try one mail that is due; whether there is any sense in going on. Unavailable: the database."""
        now = self._clock()
        mail = self._store.claim(self._channel_ids, self._new_id(), now, now + LEASE)
        if mail is None:
            self._hold = 0.0
            return False
        with structlog.contextvars.bound_contextvars(trace_id=trace_id(mail.traceparent), mail_id=mail.id):
            try:
                answer = DIED if mail.stage == HANDING else self._send(mail)
            except NotHanded:
                return True
            self._keep(mail, answer)
        away = isinstance(answer, TryLater) and answer.whole_channel
        self._hold = min(self._hold * 2 or FIRST_HOLD, LONGEST_HOLD) if away else 0.0
        MAIL_SERVER_AWAY.labels(self._connection.server).set(away)
        return not away

    def _send(self, mail: Mail) -> Answer:
        recipients: dict[str, str] = {}
        impossible: dict[str, str] = {}
        for address in mail.left:
            try:
                recipients[ascii_address(address)] = address
            except NotAnAddress:
                impossible[address] = "This address cannot be written to."
        if not recipients:
            return Handed((), impossible)
        if sum(file.size for file in mail.files) > MAX_FILES:
            return Refused(TOO_LARGE)
        try:
            content = compose(mail, self._outbox, self._files(mail))
        except Unavailable:
            raise
        except Exception as error:
            # Whatever the standard library makes of odd texts: this one mail fails, and not again and again.
            _log.warning("mail could not be composed", reason=str(error))
            remedy = "Attach its files again, or write it otherwise."
            return Refused(Failure("mail-not-possible", "The mail cannot be written", str(error), remedy))
        answer = self._connection.send(
            ascii_address(self._outbox.sender.address), list(recipients), content, lambda: self._handing(mail)
        )
        if not isinstance(answer, Handed):
            return answer
        return Handed(
            tuple(recipients[one] for one in answer.taken),
            {**impossible, **{recipients[one]: said for one, said in answer.refused.items()}},
            {recipients[one]: said for one, said in answer.later.items()},
        )

    def _files(self, mail: Mail) -> dict[str, bytes]:
        contents = {}
        for file in mail.files:
            with self._blobs.open(file.blob_id) as (_, pieces):
                contents[file.id] = b"".join(pieces)
        return contents

    def _handing(self, mail: Mail) -> None:
        """Remember that the last line is about to leave. NotHanded: another process has the mail now."""

        def work(transaction: MailTransaction) -> None:
            current = transaction.load([mail.id])[mail.id]
            if current.claim != mail.claim:
                raise NotHanded
            transaction.save(replace(current, stage=HANDING))

        self._store.transact(work)

    def _keep(self, mail: Mail, answer: Answer) -> None:
        """Record the answer, waiting for the database: without it nobody would know of the mail."""

        def work(transaction: MailTransaction) -> Mail | None:
            current = transaction.load([mail.id])[mail.id]
            if current.claim != mail.claim:
                return None
            self._health.tell(transaction, answer)
            kept = after(current, answer, self._clock())
            transaction.save(kept)
            if kept.stage == DONE and kept.message_id:
                transaction.announce([self._teller.mail(kept)])
            return kept

        while True:
            try:
                kept = self._store.transact(work)
            except Unavailable as error:
                _log.warning("outcome of a mail waits for the database", reason=str(error))
                if self._stop.wait(POLL_SECONDS):
                    return  # it was marked before it left: no second one goes out
            else:
                if kept is not None:
                    counted(kept, answer=answer)
                return
