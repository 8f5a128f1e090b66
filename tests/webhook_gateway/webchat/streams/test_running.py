"""A streams process's own greenlets, and requests that are decided aside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gevent
import pytest
from gevent.event import Event

from services.webhook_gateway.chats import running
from services.webhook_gateway.chats.aside import AT_A_TIME, application_aside
from services.webhook_gateway.chats.running import Running
from shared.messaging.message import Unavailable
from shared.runtime.stop import Stop


class Parts:
    """The hub and the attendance of a process; each flush meets the next of `troubles`."""

    def __init__(self, *troubles: Exception) -> None:
        self.happened: list[str] = []
        self._troubles = list(troubles)

    def run(self) -> None:
        self.happened.append("run")

    def flush(self) -> None:
        self.happened.append("flush")
        if self._troubles:
            raise self._troubles.pop(0)

    def stop(self) -> None:
        self.happened.append("stop")

    def close(self) -> None:
        self.happened.append("close")


@pytest.fixture
def stop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stop]:
    """The process's stop, with greenlets that look often."""
    stop = Stop()
    monkeypatch.setattr(running, "STOPPING", stop)
    monkeypatch.setattr(running, "FLUSH_SECONDS", 0.001)
    monkeypatch.setattr(running, "LOOK_SECONDS", 0.001)
    yield stop
    stop.request()
    gevent.sleep(0.01)


def until(condition: Callable[[], bool]) -> None:
    with gevent.Timeout(5):
        while not condition():
            gevent.sleep(0.001)


def test_who_is_here_is_written_down_whatever_went_wrong_before(stop: Stop) -> None:
    parts = Parts(Unavailable("on purpose"), ValueError("a bug"))
    Running(parts, parts).start()  # type: ignore[arg-type]
    until(lambda: parts.happened.count("flush") >= 3)
    assert "run" in parts.happened
    assert "stop" not in parts.happened


def test_a_process_that_ends_parts_with_its_pages_and_says_so(stop: Stop) -> None:
    parts = Parts()
    Running(parts, parts).start()  # type: ignore[arg-type]
    stop.request()
    until(lambda: "close" in parts.happened)
    assert [each for each in parts.happened if each in ("stop", "close")] == ["stop", "close"]


def test_requests_wait_for_each_other_and_for_nobody_who_is_patient() -> None:
    let_go, inside = Event(), []

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        inside.append(environ["PATH_INFO"])
        let_go.wait()
        return [b"done"]

    aside = application_aside(application, "/events")

    def ask(path: str) -> gevent.Greenlet[..., Iterable[bytes]]:
        return gevent.spawn(aside, {"PATH_INFO": path}, lambda *told: None)

    asked = [ask("/a/events") for _ in range(AT_A_TIME * 2)] + [ask("/lines") for _ in range(AT_A_TIME + 1)]
    until(lambda: len(inside) >= AT_A_TIME * 3)
    gevent.sleep(0.01)
    assert (inside.count("/a/events"), inside.count("/lines")) == (AT_A_TIME * 2, AT_A_TIME)
    let_go.set()
    assert {b"".join(each.get(timeout=5)) for each in asked} == {b"done"}
    assert inside.count("/lines") == AT_A_TIME + 1
