"""A chat's doors as a site's page meets them, whoever stands behind: one list of cases for all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx

from tests.support.webchat_desk import SITE, ChatDesk

ORIGIN: Final = "https://shop.example"
PATIENCE: Final = 20.0


class World(Protocol):
    """Doors on addresses of their own, and what a test makes happen behind them.

    `web` and `streams` are base addresses; `settle` waits until what was posted can be read.
    """

    web: str
    streams: str

    def settle(self) -> None: ...

    def say(self, visitor: str, text: str) -> None: ...

    def see(self, visitor: str) -> None: ...

    def type(self, visitor: str, name: str) -> None: ...

    def go_offline(self) -> None: ...

    def say_goodbye(self) -> None: ...


class Imitation:
    """The doors in memory that the widget's tests use."""

    def __init__(self, desk: ChatDesk, address: str) -> None:
        desk.allowed_origins.add(ORIGIN)
        self.desk = desk
        self.web = self.streams = address

    def settle(self) -> None:
        """What is posted is there at once."""

    def say(self, visitor: str, text: str) -> None:
        """An agent's line."""
        self.desk.say(text, visitor=visitor)

    def see(self, visitor: str) -> None:
        """The desk has read all."""
        self.desk.see(visitor=visitor)

    def type(self, visitor: str, name: str) -> None:
        """An agent is writing."""
        self.desk.type(name, visitor=visitor)

    def go_offline(self) -> None:
        """Nobody is there any more."""
        self.desk.change_offer(online=False)

    def say_goodbye(self) -> None:
        """The process of the streams stops."""
        self.desk.cut("bye")


@dataclass(frozen=True)
class Event:
    """A server-sent event; `id` is empty for those that have none."""

    name: str
    id: str
    data: dict[str, Any]


class Tab:
    """A page of the site with its visitor's token."""

    def __init__(self, world: World, *, origin: str = ORIGIN, token: str = "") -> None:
        self.world = world
        self.origin = origin
        self.token = token
        self.http = httpx.Client(
            timeout=PATIENCE, verify=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def ask(self, door: str, *, site: str = SITE, method: str = "GET", **options: Any) -> httpx.Response:
        """One request to a door of the web or the streams process."""
        base = self.world.streams if door.split("?")[0] in ("lines", "events", "stream") else self.world.web
        url = f"{base}/webchat/{site}/{door}"
        return self.http.request(method, url, headers=self.headers() | options.pop("headers", {}), **options)

    def post(self, door: str, said: Any = None, **options: Any) -> httpx.Response:
        """JSON to a door; then what it brought about has happened."""
        answer = self.ask(door, method="POST", json={} if said is None else said, **options)
        self.world.settle()
        return answer

    def headers(self) -> dict[str, str]:
        """What a browser and the widget send with everything."""
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return own | ({"Origin": self.origin} if self.origin else {})

    def enter(self, **said: Any) -> str:
        """Become a visitor; the id."""
        answer = self.post("visitors", said)
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["token"]
        return str(answer.json()["visitor"]["id"])

    def lines(self, query: str = "") -> dict[str, Any]:
        """A page of the conversation."""
        answer = self.ask(f"lines{query}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @contextmanager
    def stream(self, after: int | None = None) -> Iterator[Iterator[Event]]:
        """What comes down the stream."""
        resume = {} if after is None else {"Last-Event-ID": str(after)}
        url = f"{self.world.streams}/webchat/{SITE}/stream"
        with self.http.stream("GET", url, headers=self.headers() | resume) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["access-control-allow-origin"] == self.origin
            yield events(answer.iter_lines())


def events(lines: Iterator[str]) -> Iterator[Event]:
    """Events of a stream's lines; comments are none."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            key, _, value = line.partition(": ")
            fields[key] = value
        elif fields:
            yield Event(fields.get("event", "message"), fields.get("id", ""), json.loads(fields["data"]))
            fields = {}
