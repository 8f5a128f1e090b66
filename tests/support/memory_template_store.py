"""The template store's in-memory twin: one lock, all or nothing, the same answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.notifier.domain.template import ChannelTemplate
from services.notifier.domain.template_task import TemplateTask
from services.notifier.ports import T
from shared.contracts.catalogue import encode
from shared.contracts.envelope import Event


@dataclass(slots=True)
class _State:
    templates: dict[tuple[str, str, str], ChannelTemplate] = field(default_factory=dict)
    tasks: dict[str, TemplateTask] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def copy(self) -> _State:
        return _State(dict(self.templates), dict(self.tasks), list(self.events))


class MemoryTemplateStore:
    """Transactions one after the other, on a copy that replaces the state when they commit."""

    def __init__(self) -> None:
        self._state = _State()
        self._lock = threading.RLock()

    def transact(self, work: Callable[[MemoryTemplateTransaction], T]) -> T:
        """Run `work`; what it wrote counts only when it returns."""
        with self._lock:
            state = self._state.copy()
            result = work(MemoryTemplateTransaction(state))
            self._state = state
            return result

    def template(self, channel_id: str, name: str, language: str) -> ChannelTemplate | None:
        """One template."""
        with self._lock:
            return self._state.templates.get((channel_id, name, language))

    def claim(self, channel_ids: Collection[str], now: datetime, until: datetime) -> TemplateTask | None:
        """The task that has been due for longest."""
        with self._lock:
            due = [
                (task.due_at, task.id)
                for task in self._state.tasks.values()
                if task.due_at is not None and task.due_at <= now and task.channel_id in channel_ids
            ]
            if not due:
                return None
            task = self._state.tasks[min(due)[1]]
            claimed = replace(task, due_at=until, claims=task.claims + 1)
            self._state.tasks[task.id] = claimed
            return claimed

    def events(self) -> list[Event]:
        """All that was announced, in order."""
        with self._lock:
            return list(self._state.events)

    def tasks(self) -> dict[str, TemplateTask]:
        """All tasks, by id."""
        with self._lock:
            return dict(self._state.tasks)


class MemoryTemplateTransaction:
    """Reads and writes of one transaction."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def templates(self, channel_id: str) -> list[ChannelTemplate]:
        """All templates of a channel."""
        return [one for one in self._state.templates.values() if one.channel_id == channel_id]

    def save_templates(self, templates: Sequence[ChannelTemplate]) -> None:
        """Add or replace templates."""
        for template in templates:
            self._state.templates[(template.channel_id, *template.key)] = template

    def ask(self, task: TemplateTask) -> None:
        """Add the task; of a known reading bring the time forward."""
        known = self._state.tasks.get(task.id)
        if known is None:
            self._state.tasks[task.id] = task
        elif task.submission is None and task.due_at is not None and known.due_at is not None:
            sooner = min(known.due_at, task.due_at)
            self._state.tasks[task.id] = replace(known, due_at=sooner, asked=known.asked + 1)

    def finish(self, task: TemplateTask) -> None:
        """Keep a claimed task; asked for again meanwhile, only its time stays as it was asked for."""
        known = self._state.tasks[task.id]
        due_at = task.due_at if known.asked == task.asked else known.due_at
        self._state.tasks[task.id] = replace(known, due_at=due_at, tries=task.tries, troubled=task.troubled)

    def announce(self, events: Sequence[Event]) -> None:
        """Put events into the outbox; like the real one it takes only what fulfils its contract."""
        for event in events:
            encode(event)
        self._state.events.extend(events)
