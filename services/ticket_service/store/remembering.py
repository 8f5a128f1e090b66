"""Answers kept for a minute: what many people look at is worked out once, however many ask for it."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any, Final, TypeVar, cast

T = TypeVar("T")

SECONDS: Final = 60.0
MOST: Final = 60
"""So many answers are kept, those longest asked for are forgotten first."""


class Remembering:
    """Safe for threads. An error is not kept unless it is of a kind that `lasting` names."""

    def __init__(
        self,
        lasting: tuple[type[Exception], ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` counts seconds."""
        self._lasting = lasting
        self._clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, tuple[float, Future[Any]]] = OrderedDict()

    def get(self, key: Hashable, work: Callable[[], T]) -> T:
        """What `work` answered in the last SECONDS under this key; else it is asked now, once for all."""
        future: Future[Any] = Future()
        with self._lock:
            at, known = self._kept.get(key, (0.0, None))
            if known is None or self._clock() - at >= SECONDS:
                known = None
                self._kept[key] = (self._clock(), future)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        if known is not None:
            return cast(T, known.result())
        try:
            answer = work()
        except BaseException as error:
            if not isinstance(error, self._lasting):
                self._drop(key, future)
            future.set_exception(error)
            raise
        future.set_result(answer)
        return answer

    def forget(self) -> None:
        """Ask anew from now on."""
        with self._lock:
            self._kept.clear()

    def _drop(self, key: Hashable, future: Future[Any]) -> None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept[1] is future:
                del self._kept[key]
