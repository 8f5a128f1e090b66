"""The gateway's own doors, both processes' of them, in one thread over what lies in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

import gevent
from flask import Flask, Response
from gevent.pywsgi import WSGIServer

from services.webhook_gateway.channels.webchat import WebChat
from services.webhook_gateway.channels.webchat.doors import Behind, add_chat_routes
from services.webhook_gateway.channels.webchat.guard import Guard
from services.webhook_gateway.channels.webchat.limits import Rates
from services.webhook_gateway.channels.webchat.offers import Offers
from services.webhook_gateway.channels.webchat.settings import ChatSite
from services.webhook_gateway.channels.webchat.uploads import Room
from services.webhook_gateway.chat_ports import NewLine, Offered, Seen, Typing
from services.webhook_gateway.chats.board import Board
from services.webhook_gateway.chats.doors import Streams, add_stream_doors
from services.webhook_gateway.chats.hub import Hub
from services.webhook_gateway.chats.presence import Attendance
from services.webhook_gateway.counts import ChannelCounts
from services.webhook_gateway.domain.chat import chat_key
from services.webhook_gateway.files import add_file_route
from services.webhook_gateway.receive import Intake
from services.webhook_gateway.wiring import build_app
from shared.contracts.chat_offered import ChatOffered
from shared.contracts.chat_posted import AGENT, MESSAGE, ChatAuthor, ChatPosted
from shared.contracts.chat_signalled import ChatSignalled
from shared.contracts.presence_requested import READ
from shared.runtime.clock import utc_now
from shared.web.problems import register_problem_handlers
from tests.support.memory_blobs import MemoryBlobStore
from tests.support.memory_broker import MemoryBroker
from tests.support.memory_chats import MemoryChats, MemoryNews, MemoryOffers, MemoryPresence
from tests.support.memory_uploads import MemoryUploads
from tests.support.webchat_desk import CHANNEL, IDENTITY_SECRET, SITE
from tests.webhook_gateway.webchat.protocol.worlds import ORIGIN
from tests.webhook_gateway.whatsapp import FullSpool

_FILES_SECRET: Final = "the secret of the links to files"
_STREAMED: Final = ("stream", "events", "lines")
_PATIENCE: Final = 10.0


class Real:
    """Two applications, and what the worker, the notifier and the desk would do behind them."""

    def __init__(self, origin: str = ORIGIN) -> None:
        """Must run in the thread that serves."""
        self.broker, self.blobs = MemoryBroker(), MemoryBlobStore()
        self.chats, self.offers, self.news = MemoryChats(), MemoryOffers(), MemoryNews()
        self.web = self.streams = self.front = ""
        self._told = 0
        self._parting = threading.Event()
        self._site = ChatSite(CHANNEL, SITE, IDENTITY_SECRET, (origin,))
        board = Board(self.offers)
        self._hub = Hub(self.news, 100, board.hear, 100)
        self.web_app, self.streams_app = self._web_app(), self._streams_app(board)

    def run(self, stopped: threading.Event, ready: threading.Event) -> None:
        """Serve until it is stopped."""
        following = gevent.spawn(self._hub.run)
        servers = [
            WSGIServer(("127.0.0.1", 0), app, log=None, error_log=None)
            for app in (self.web_app, self.streams_app, self._front)
        ]
        for server in servers:
            server.start()
        self.web, self.streams, self.front = (f"http://127.0.0.1:{server.server_port}" for server in servers)
        ready.set()
        while not stopped.is_set():
            if self._parting.is_set():
                self._hub.stop()
            gevent.sleep(0.01)
        following.kill()
        for server in servers:
            server.stop(timeout=0.1)

    def _front(self, environ: Any, start_response: Any) -> Any:
        """One address for both, as an ingress makes it."""
        streamed = environ["PATH_INFO"].rpartition("/")[2] in _STREAMED
        return (self.streams_app if streamed else self.web_app)(environ, start_response)

    def settle(self) -> None:
        """What is posted is there with its answer."""

    def say(self, visitor: str, text: str, **more: Any) -> None:
        """An agent's line, as the notifier posts it."""
        author = more.pop("author", ChatAuthor(AGENT, "Anna Rossi"))
        kind = more.pop("kind", MESSAGE)
        self._post([ChatPosted(uuid4().hex, CHANNEL, visitor, kind, author, utc_now(), text, **more)])

    def see(self, visitor: str) -> None:
        """The desk has read the visitor's latest line."""
        key = chat_key(CHANNEL, visitor)
        own = [each.posted for each in self.chats.before(key, None, 100)]
        latest = next(each for each in reversed(own) if each.author.kind == "visitor")
        self.chats.signal([ChatSignalled(CHANNEL, visitor, READ, latest.line_id, utc_now())])
        self.news.waiting.append(Seen(key, self.chats.standing(key).seen))

    def type(self, visitor: str, name: str) -> None:
        """An agent is writing."""
        self.news.waiting.append(Typing(chat_key(CHANNEL, visitor), name))

    def go_offline(self) -> None:
        """Nobody is there any more."""
        known = self.offers.get(CHANNEL) or ChatOffered(CHANNEL, 0)
        offer = replace(known, revision=known.revision + 1, online=False)
        self.offers.keep([offer])
        self.news.waiting.append(Offered(offer))

    def say_goodbye(self) -> None:
        """The process of the streams stops."""
        self._parting.set()

    def events(self, event_type: str) -> list[Any]:
        """What was published of this type."""
        return [event.data for event in self.broker.events(event_type)]

    def _web_app(self) -> Flask:
        publisher, spool = self.broker.publisher(), FullSpool()
        app = build_app([], publisher, spool)
        intake = Intake(WebChat.kind, publisher, spool, ChannelCounts(WebChat.kind))
        uploads = MemoryUploads()
        room = Room(lambda: self.blobs, lambda: uploads)
        behind = Behind(Offers(lambda: self.offers), intake, room, _FILES_SECRET, 1_000)
        add_chat_routes(app, self._guard(), behind)
        add_file_route(app, _FILES_SECRET, lambda: self.blobs, utc_now)
        app.after_request(self._bring)
        return app

    def _streams_app(self, board: Board) -> Flask:
        app = Flask(__name__)
        register_problem_handlers(app)
        attendance = Attendance(MemoryPresence(), "this", utc_now)
        add_stream_doors(app, self._guard(), Streams(self.chats, self._hub, board, attendance, _FILES_SECRET))
        return app

    def _guard(self) -> Guard:
        return Guard(WebChat([self._site]), Rates(), utc_now, 0)

    def _bring(self, response: Response) -> Response:
        """The worker's part: lines that visitors posted are kept and told."""
        posted = self.events("chat.posted")
        fresh, self._told = posted[self._told :], len(posted)
        self._post(fresh)
        return response

    def _post(self, lines: list[ChatPosted]) -> None:
        for line in lines:
            key = chat_key(line.channel_id, line.visitor_id)
            before = self.chats.standing(key).seq
            self.chats.post([line])
            self.news.waiting.extend(NewLine(key, each) for each in self.chats.after(key, before, 10))


@contextmanager
def real_doors(origin: str = ORIGIN) -> Iterator[Real]:
    """The doors, served; gevent's things live in the thread that made them."""
    made: list[Real] = []
    stopped, ready = threading.Event(), threading.Event()

    def run() -> None:
        made.append(Real(origin))
        made[0].run(stopped, ready)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(_PATIENCE)
    try:
        yield made[0]
    finally:
        stopped.set()
        thread.join(_PATIENCE)
