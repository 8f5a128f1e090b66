"""Work done in a greenlet of its own, so that the one of an open page stays small."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import gevent
from gevent.lock import BoundedSemaphore

AT_A_TIME: Final = 32
T = TypeVar("T")
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def aside(work: Callable[[], T]) -> T:
    """The answer of this work, or what it raises.

    A greenlet keeps all the stack it ever touched, and deep calls touch much: here it ends and gives it back,
    where a page's own greenlet would keep it for as long as the page is open (some 15 kB).
    """

    def caught() -> tuple[list[T], Exception | None]:
        try:
            return [work()], None
        except Exception as error:
            return [], error

    found, error = gevent.spawn(caught).get()
    if error is not None:
        raise error
    answer: T = found[0]
    return answer


def application_aside(application: Wsgi, patient: str) -> Wsgi:
    """The same application (PEP 3333), each request decided aside; only its body is sent by the connection.

    AT_A_TIME of them: when all pages come back at once, the others wait where waiting costs little. Those
    whose path ends with `patient` wait for something to happen, and are not counted.
    """
    few = BoundedSemaphore(AT_A_TIME)

    def decided(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def work() -> Iterable[bytes]:
            return application(environ, start_response)

        if environ["PATH_INFO"].endswith(patient):
            return aside(work)
        with few:
            return aside(work)

    return decided
