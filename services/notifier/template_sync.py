"""The thread that reads templates from providers and submits new ones; each change is told to the desk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from services.notifier.announce import Health, Teller
from services.notifier.domain.delivery import Failure
from services.notifier.domain.outcome import Refused, TryLater
from services.notifier.domain.template import REMOVED, TemplateRecord, TemplateSubmission
from services.notifier.domain.template_changes import ReadTemplates, by_key, read, submit
from services.notifier.domain.template_task import TemplateTask, reading
from services.notifier.metrics import TEMPLATE_SYNCS
from services.notifier.ports import ChannelSender, ChannelTrouble, TemplateStore, TemplateTransaction
from shared.contracts.channel_reported import OK, WARNING
from shared.contracts.envelope import Event
from shared.messaging.message import Unavailable
from shared.runtime.stop import Stop

_log = structlog.get_logger(__name__)

ASPECT: Final = "templates"
READ_AGAIN: Final = Health(ASPECT, OK, "Templates are read again")
POLL_SECONDS: Final = 1.0
AWAY_SECONDS: Final = 2.0
LEASE: Final = timedelta(minutes=5)
"""A task is done within that, or its process died."""
FIRST_WAIT: Final = 15.0
LONGEST_WAIT: Final = 3_600.0
SUBMIT_FOR: Final = timedelta(hours=24)
BROKE: Final = TryLater(
    FIRST_WAIT, Failure("reader-broke", "The notifier could not make sense of the templates")
)


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """`every`: how often each channel's list is read when nobody asks."""

    channel_kinds: Mapping[str, str]
    every: timedelta = timedelta(seconds=900)


class TemplateEngine:
    """A thread that does what is due. Several processes share the tasks: a claimed one is nobody else's."""

    def __init__(
        self,
        store: TemplateStore,
        senders: Mapping[str, ChannelSender],
        settings: EngineSettings,
        teller: Teller,
        stop: Stop,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._senders = senders
        self._settings = settings
        self._teller = teller
        self._stop = stop
        self._clock = clock
        self._thread = threading.Thread(target=self._run, name="templates")

    def start(self) -> None:
        """Begin in a thread of its own; each channel's list is read once at the start."""
        self._thread.start()

    def running(self) -> bool:
        """Whether it looks for tasks."""
        return self._thread.is_alive()

    def join(self) -> None:
        """Wait, after the stop was requested, until what it does is done."""
        self._thread.join()

    def _run(self) -> None:
        started = False
        while not self._stop.requested:
            try:
                if not started:
                    self.ask_for_all()
                    started = True
                while not self._stop.requested and self.turn():
                    pass
                self._stop.wait(POLL_SECONDS)
            except Unavailable as error:
                _log.warning("templates wait for the database", reason=str(error))
                self._stop.wait(AWAY_SECONDS)
            except Exception:
                # One task that fails must not end the reading of every channel's templates.
                _log.exception("work on templates failed, it goes on")
                self._stop.wait(AWAY_SECONDS)

    def ask_for_all(self) -> None:
        """Want each channel's list read now."""

        def work(transaction: TemplateTransaction) -> None:
            for channel_id in self._senders:
                transaction.ask(reading(channel_id, self._clock()))

        self._store.transact(work)

    def turn(self) -> bool:
        """Do one task that is due; whether there was one."""
        now = self._clock()
        task = self._store.claim(list(self._senders), now, now + LEASE)
        if task is None:
            return False
        if task.submission is None:
            self._read(task)
        else:
            self._submit(task, task.submission)
        return True

    def _read(self, task: TemplateTask) -> None:
        listed = self._listed(task.channel_id)
        if isinstance(listed, TryLater):
            self._put_off_reading(task, listed)
            return
        done = replace(task, due_at=self._clock() + self._settings.every, tries=0, troubled=False)

        def work(transaction: TemplateTransaction) -> int:
            changed = read(transaction.templates(task.channel_id), listed, self._clock())
            self._teller.keep_templates(transaction, changed)
            if task.troubled:
                transaction.announce([self._health(task.channel_id, READ_AGAIN)])
            transaction.finish(done)
            return len(changed)

        changes = self._store.transact(work)
        TEMPLATE_SYNCS.labels(task.channel_id, "read").inc()
        _log.info("templates read", channel=task.channel_id, templates=len(listed.records), changes=changes)

    def _listed(self, channel_id: str) -> ReadTemplates | TryLater:
        started = self._clock()
        try:
            records = by_key(self._senders[channel_id].templates())
        except ChannelTrouble as trouble:
            return trouble.later
        except Exception:
            # What a provider lists is not ours to foresee: an unread list is tried again, and shown as such.
            _log.exception("templates could not be read", channel=channel_id)
            return BROKE
        return ReadTemplates(channel_id, self._settings.channel_kinds[channel_id], started, records)

    def _put_off_reading(self, task: TemplateTask, later: TryLater) -> None:
        put = self._put_off(task, later)
        TEMPLATE_SYNCS.labels(task.channel_id, "failed").inc()

        def work(transaction: TemplateTransaction) -> None:
            if not task.troubled:
                transaction.announce([self._health(task.channel_id, _unread(later.reason))])
            transaction.finish(replace(put, troubled=True))

        self._store.transact(work)

    def _submit(self, task: TemplateTask, submission: TemplateSubmission) -> None:
        there = self._there_already(submission) if task.claims > 1 else None
        answer = there or self._created(submission)
        if isinstance(answer, TryLater):
            put = self._put_off(task, answer)
            if put.due_at is not None and put.due_at - submission.submitted_at <= SUBMIT_FOR:
                self._store.transact(lambda transaction: transaction.finish(put))
                return
        decided = Refused(answer.reason) if isinstance(answer, TryLater) else answer

        def work(transaction: TemplateTransaction) -> None:
            known = transaction.templates(task.channel_id)
            submitted = submit(known, submission, decided, self._clock())
            self._teller.keep_templates(transaction, [submitted])
            transaction.finish(replace(task, due_at=None))

        self._store.transact(work)
        _log.info(
            "template submitted",
            channel=task.channel_id,
            template=submission.name,
            refused=isinstance(decided, Refused),
        )

    def _created(self, submission: TemplateSubmission) -> TemplateRecord | Refused | TryLater:
        try:
            return self._senders[submission.channel_id].create_template(submission)
        except Exception:
            # It may have got there: the next try looks first whether the template exists.
            _log.exception("template could not be submitted", channel=submission.channel_id)
            return BROKE

    def _there_already(self, submission: TemplateSubmission) -> TemplateRecord | TryLater | None:
        """An earlier try may have got there without our hearing of it: look before it is tried again."""
        listed = self._listed(submission.channel_id)
        if isinstance(listed, TryLater):
            return listed
        found = listed.records.get((submission.name, submission.language))
        return found if found is not None and found.status != REMOVED else None

    def _put_off(self, task: TemplateTask, later: TryLater) -> TemplateTask:
        """Later by what the provider wishes, or longer each time."""
        wait = max(later.after_seconds, min(FIRST_WAIT * 2.0 ** min(task.tries, 20), LONGEST_WAIT))
        _log.warning(
            "templates: tried again later",
            channel=task.channel_id,
            code=later.reason.code,
            title=later.reason.title,
            seconds=wait,
        )
        return replace(task, due_at=self._clock() + timedelta(seconds=wait), tries=task.tries + 1)

    def _health(self, channel_id: str, health: Health) -> Event:
        return self._teller.channel(channel_id, self._settings.channel_kinds[channel_id], health)


def _unread(reason: Failure) -> Health:
    words = f"{reason.code} {reason.title}. {reason.detail}".strip()
    title = "The templates could not be read; those known are kept"
    return Health(ASPECT, WARNING, title, words, reason.remedy)
