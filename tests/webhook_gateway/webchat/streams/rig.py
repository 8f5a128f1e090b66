"""The streams' doors in this process, over memory: news are put in by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import gevent
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.webhook_gateway.channels.webchat import WebChat
from services.webhook_gateway.channels.webchat.guard import Guard
from services.webhook_gateway.channels.webchat.limits import Rates
from services.webhook_gateway.chat_ports import ChatNews, NewLine
from services.webhook_gateway.chats.board import Board
from services.webhook_gateway.chats.doors import Streams, add_stream_doors
from services.webhook_gateway.chats.hub import Hub
from services.webhook_gateway.chats.presence import Attendance
from shared.contracts.chat_posted import ChatPosted
from shared.runtime.clock import utc_now
from shared.web.problems import register_problem_handlers
from tests.support.memory_chats import MemoryChats, MemoryNews, MemoryOffers, MemoryPresence
from tests.webhook_gateway.webchat.streams.building import ANNA, chat
from tests.webhook_gateway.webchat.streams.processes import ORIGIN, SITE, SITE_KEY, token

FILES_SECRET = "a-files-secret-of-the-tests"


@dataclass(frozen=True)
class Told:
    """One event."""

    name: str
    id: str
    data: dict[str, Any]


class Page:
    """An open stream; `next` waits for what comes."""

    def __init__(self, answer: TestResponse) -> None:
        self.answer = answer
        self._pieces = iter(answer.response)

    def next(self) -> Told:
        """The next event, comments left out; StopIteration at the end."""
        with gevent.Timeout(5):
            while True:
                given = next(self._pieces)
                assert isinstance(given, bytes)
                piece = given.decode()
                if not piece.startswith(":"):
                    break
        assert piece.endswith("\n\n")
        assert piece.count("\n\n") == 1
        fields = dict(line.split(": ", 1) for line in piece.splitlines() if line)
        return Told(fields["event"], fields.get("id", ""), json.loads(fields["data"]))

    def close(self) -> None:
        self.answer.close()


class Rig:
    """Doors over memory, and the hub running."""

    def __init__(self, most_streams: int = 100, most_of_address: int = 100, trusted_proxies: int = 0) -> None:
        self.chats, self.offers, self.news = MemoryChats(), MemoryOffers(), MemoryNews()
        self.presence = MemoryPresence()
        board = Board(self.offers)
        self.hub = Hub(self.news, most_streams, board.hear, most_of_address)
        self.attendance = Attendance(self.presence, "this", utc_now)
        app = Flask(__name__)
        register_problem_handlers(app)
        guard = Guard(WebChat([SITE]), Rates(), utc_now, trusted_proxies)
        streams = Streams(self.chats, self.hub, board, self.attendance, FILES_SECRET)
        add_stream_doors(app, guard, streams)
        self.app = app
        self.client: FlaskClient = app.test_client()
        self._running = gevent.spawn(self.hub.run)
        self.settle()

    def ask(self, door: str, visitor: str = ANNA, *former: str, **headers: str) -> TestResponse:
        """A request with the visitor's token."""
        given = {"Authorization": f"Bearer {token(visitor, *former)}", "Origin": ORIGIN}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(f"/webchat/{SITE_KEY}/{door}", headers=given | named)

    def stream(self, visitor: str = ANNA, after: int | None = None, **headers: str) -> Page:
        """An open stream."""
        headers |= {} if after is None else {"Last_Event_ID": str(after)}
        answer = self.ask("stream", visitor, **headers)
        assert answer.status_code == 200, answer.text
        return Page(answer)

    def post(self, *lines: ChatPosted, silent: bool = False) -> None:
        """Lines as the worker keeps them, and as the database tells them."""
        for line in lines:
            key = chat(line.visitor_id)
            before = self.chats.standing(key).seq
            self.chats.post([line])
            if not silent:
                for each in self.chats.after(key, before, 10):
                    self.tell(NewLine(key, each))

    def tell(self, news: ChatNews | Exception) -> None:
        """News on their way."""
        self.news.waiting.append(news)

    def settle(self) -> None:
        """Until all news are handed on."""
        with gevent.Timeout(5):
            gevent.sleep(0.002)
            while self.news.waiting or not self.hub.following:
                gevent.sleep(0.002)
            gevent.sleep(0.002)

    def stop(self) -> None:
        self._running.kill()
