"""What is asked and reported about templates, taken from the broker without asking any provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from services.notifier.announce import Teller
from services.notifier.domain.delivery import unknown_channel
from services.notifier.domain.outcome import Refused
from services.notifier.domain.template import TemplateSubmission
from services.notifier.domain.template_changes import TemplateReport, report, submit
from services.notifier.domain.template_task import reading, submitting
from services.notifier.ports import TemplateStore, TemplateTransaction

SETTLING: Final = timedelta(seconds=5)
"""Reports come in swarms: one reading after them tells all."""

Wish = TemplateSubmission | TemplateReport | str
"""A template to submit, something reported, or the id of a channel whose list is to be read."""


class TemplateKeeper:
    """Keeps wishes for the engine, and applies reports."""

    def __init__(
        self,
        store: TemplateStore,
        channel_kinds: Mapping[str, str],
        teller: Teller,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._channel_kinds = channel_kinds
        self._teller = teller
        self._clock = clock

    def take(self, wishes: Sequence[Wish]) -> None:
        """Keep them all, or none."""
        if wishes:
            self._store.transact(lambda transaction: self._take(transaction, wishes))

    def _take(self, transaction: TemplateTransaction, wishes: Sequence[Wish]) -> None:
        for wish in wishes:
            if isinstance(wish, TemplateSubmission):
                self._submit(transaction, wish)
            elif isinstance(wish, TemplateReport):
                self._reported(transaction, wish)
            elif wish in self._channel_kinds:
                transaction.ask(reading(wish, self._clock()))

    def _submit(self, transaction: TemplateTransaction, submission: TemplateSubmission) -> None:
        if self._channel_kinds.get(submission.channel_id) == submission.channel_kind:
            transaction.ask(submitting(submission, self._clock()))
            return
        failure = unknown_channel(submission.channel_id, submission.channel_kind)
        known = transaction.templates(submission.channel_id)
        refused = submit(known, submission, Refused(failure), self._clock())
        self._teller.keep_templates(transaction, [refused])

    def _reported(self, transaction: TemplateTransaction, reported: TemplateReport) -> None:
        if reported.channel_id not in self._channel_kinds:
            return
        now = self._clock()
        changed = report(transaction.templates(reported.channel_id), reported, now)
        if changed is not None:
            self._teller.keep_templates(transaction, [changed])
        transaction.ask(reading(reported.channel_id, now + SETTLING))
