"""The console's two pages of a working day: server time of list and ticket, as pages and as the interface."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from bench.many_tickets import fill
from bench.measure import percentile
from bench.report import Report
from bench.servers import Servers
from bench.sizes import Sizes
from services.ticket_service.api.session_cookie import SECRET
from services.ticket_service.app import create_app
from services.ticket_service.apply import apply_messages
from services.ticket_service.auth import digest_of
from services.ticket_service.domain.session import Session, password_mark
from services.ticket_service.store.preparing import Preparing
from services.ticket_service.wiring.web import Web, web_on
from shared.blobs.gridfs import GridFsBlobStore
from shared.contracts import message_received
from shared.contracts.envelope import Event, new_traceparent
from shared.contracts.message_received import Identity, MessageReceived, Sender
from shared.mongo.connect import Document, connect
from shared.runtime.channels_file import ChannelEntry
from shared.runtime.clock import utc_now
from shared.runtime.ids import new_id

EMPTY: Final = "an empty Flask page"
_CHANNEL: Final = ChannelEntry("channel-0", "whatsapp_cloud", "WhatsApp", True, {})
_PHONE: Final = "+393351032246"
_SAID: Final = 60
"""Messages of the ticket that is opened: more than one page of them."""
_HASH: Final = "no password fits this"
_WARM: Final = 3

Ask = Callable[[], None]


def run(servers: Servers, sizes: Sizes) -> Report:
    """Fill a database, then ask for each page in turn, all in one process and without a network."""
    assert servers.mongo is not None
    with connect(servers.mongo.uri, "bench") as client:
        db = client[f"bench_console_{sizes.console_tickets}"]
        fill(servers, db, sizes.console_tickets)
        web = web_on(client, db, GridFsBlobStore(client, f"{db.name}_blobs"), (_CHANNEL,))
        number = _talk(web, db)
        asked = {EMPTY: _empty(), **_pages(_log_in(web, db), number)}
        times = _measured(asked, sizes.console_rounds)
    return _report(times, sizes)


def _measured(asked: dict[str, Ask], rounds: int) -> dict[str, list[float]]:
    """Milliseconds by page; in turn, so that a disturbance meets all of them."""
    times: dict[str, list[float]] = {name: [] for name in asked}
    for turn in range(_WARM + rounds):
        for name, ask in asked.items():
            began = time.perf_counter()
            ask()
            if turn >= _WARM:
                times[name].append((time.perf_counter() - began) * 1e3)
    return times


def _report(times: dict[str, list[float]], sizes: Sizes) -> Report:
    report = Report("console")
    empty = statistics.median(times[EMPTY])
    for name, all_of in times.items():
        middle = statistics.median(all_of)
        beside = "" if name == EMPTY else f", {middle / empty:.0f} × {EMPTY}"
        report.note(name, f"p50 {middle:.1f} ms, p95 {percentile(all_of, 95):.1f} ms{beside}")
    report.note("among", f"{sizes.console_tickets:,} tickets; the ticket has {_SAID} messages")
    report.details = {"milliseconds": times}
    return report


def _pages(client: FlaskClient, number: str) -> dict[str, Ask]:
    paths = {
        "ticket list, whole page": "/tickets",
        "ticket list, all statuses": "/tickets?status=open&status=waiting&status=responded&status=closed",
        "ticket, whole page": f"/tickets/{number}",
        "list by the interface": "/api/v1/tickets?limit=50",
        "ticket by the interface": f"/api/v1/tickets/{number}",
        "its messages by the interface": f"/api/v1/tickets/{number}/actions?limit=50",
    }
    return {name: _asking(client, path) for name, path in paths.items()}


def _asking(client: FlaskClient, path: str) -> Ask:
    def ask() -> None:
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:300]}")

    return ask


def _empty() -> Ask:
    app = Flask("empty")
    app.add_url_rule("/", "empty", lambda: "")
    return _asking(app.test_client(), "/")


def _log_in(web: Web, db: Database[Document]) -> FlaskClient:
    """A browser in which an administrator is logged in."""
    now, secret = utc_now(), new_id()
    user_id = new_id()
    Preparing(db).people.administrator(user_id, "bench@example.org", _HASH, now)
    session = Session(digest_of(secret), user_id, now, now, mark=password_mark(_HASH))
    web.services.doors.sessions.begin(session)
    client = create_app(web).test_client()
    with client.session_transaction() as cookie:
        cookie[SECRET] = secret
    return client


def _talk(web: Web, db: Database[Document]) -> str:
    """A customer who wrote much; the number of the ticket."""
    began = datetime.now(UTC) - timedelta(hours=1)
    events = [
        _said(began + timedelta(seconds=each), f"Message {each} about the invoice") for each in range(_SAID)
    ]
    apply_messages(events, web.services.desk, {})
    stored = db["messages"].find_one({"_id": events[0].id}) or {}
    number: str = (db["tickets"].find_one({"_id": stored["ticket_id"]}) or {})["number"]
    return number


def _said(at: datetime, text: str) -> Event:
    wamid = f"wamid.{uuid.uuid4().hex}"
    data = MessageReceived(
        dedupe_key=f"whatsapp_cloud:1:{wamid}",
        channel_id=_CHANNEL.id,
        channel_kind=_CHANNEL.kind,
        provider_message_id=wamid,
        contact_key=f"{_CHANNEL.id}:{_PHONE}",
        sender=Sender([Identity("whatsapp", _PHONE, _PHONE.lstrip("+"))], "Daniele Asmonti"),
        occurred_at=at,
        received_at=at,
        kind="text",
        text=text,
        reply_window_seconds=86_400,
    )
    return Event(data.dedupe_key, "bench", message_received.TYPE, at, _PHONE, data, new_traceparent())
