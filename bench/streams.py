"""G10: open chats of one streams process: memory of each, and how soon a new line is at its page."""

from __future__ import annotations

import random
import resource
import threading
import time
from collections.abc import Sequence
from typing import Final

import psutil

from bench.chat_pages import ChatPage, ChatPages
from bench.measure import percentile
from bench.report import Report
from bench.servers import Servers, cpu_seconds
from bench.sizes import Sizes
from services.webhook_gateway.channels.webchat.settings import ChatSite
from services.webhook_gateway.channels.webchat.verify import ChatVisitor, issue
from services.webhook_gateway.store.chats import MongoChats
from shared.contracts.chat_posted import AGENT, MESSAGE, ChatAuthor, ChatPosted
from shared.mongo.connect import connect, database
from shared.runtime.clock import utc_now

GOAL_PER_GB: Final = 40_000
GOAL_PUSH_MS: Final = 20.0
_GB: Final = 1_000_000_000
_SITE: Final = ChatSite("chat", "site-of-the-bench", "a secret of the bench, long enough.", ("*",))
_CHANNELS: Final = f"""\
channels:
  - id: {_SITE.id}
    kind: webchat
    name: Chat
    site_key: {_SITE.site_key}
    identity_secret: "{_SITE.identity_secret}"
    allowed_origins: ["*"]
"""
_DATABASE: Final = "bench_streams"
_WARM: Final = 0.1
"""This part of the pages is opened before anything is measured: the first ones load what all share."""
_PAUSE_SECONDS: Final = 0.005
_IDLE_SECONDS: Final = 5.0
_SECONDS: Final = 120.0


def run(running: Servers, sizes: Sizes) -> Report:
    """Open all, look at the memory, let them be idle, then send lines to one after the other."""
    assert running.mongo is not None
    files, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    channels = running.folder / "streams-channels.yaml"
    channels.write_text(_CHANNELS, encoding="utf-8")
    web = running.streams(_DATABASE, channels)
    assert web.child.pid is not None
    (worker,) = psutil.Process(web.child.pid).children()
    pages = [_page(number, web.port) for number in range(sizes.open_chats)]
    warm = ChatPages(pages[: int(len(pages) * _WARM)])
    many = ChatPages(pages[int(len(pages) * _WARM) :])
    try:
        _require(warm.run(warm.all_open, _SECONDS), "the first chats did not open")
        before = worker.memory_info().rss
        _require(many.run(many.all_open, _SECONDS), "not all chats opened")
        each = (worker.memory_info().rss - before) / len(many.pages)
        idle = _idle(many, worker.pid)
        with connect(running.mongo.uri, "bench") as client:
            chats = MongoChats(client, database(client, _DATABASE), utc_now)
            times, committed = _push(chats, many, sizes.chat_lines)
    finally:
        warm.close()
        many.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    return _report(sizes, each, idle, times, committed, many.pages)


def _report(
    sizes: Sizes,
    each: float,
    idle: float,
    times: Sequence[float],
    committed: Sequence[float],
    pages: Sequence[ChatPage],
) -> Report:
    report = Report("streams")
    fit = _GB / max(each, 1.0)
    report.at_least(
        "G10", "open chats for each GB", GOAL_PER_GB, fit, f"{fit:,.0f} ({each:,.0f} bytes each)", "chats"
    )
    what = f"from the commit of a line to its page, {sizes.open_chats:,} open: p99"
    report.at_most("G10", what, GOAL_PUSH_MS, percentile(times, 99), "ms")
    report.note("the same: p50", f"{percentile(times, 50):.1f} ms")
    report.note("the transaction before it: p50", f"{percentile(committed, 50):.1f} ms")
    report.note(f"{sizes.open_chats:,} open and nothing happens", f"{idle:.1%} of a core")
    report.none_of(
        "", f"of {sizes.chat_lines:,} lines lost, doubled or misled", _faults(pages, sizes.chat_lines)
    )
    report.details = {"milliseconds": list(times), "bytes_each": each}
    return report


def _page(number: int, port: int) -> ChatPage:
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    token = issue(_SITE, ChatVisitor(_SITE.id, _visitor(number)))
    page = ChatPage(number, f"/webchat/{_SITE.site_key}/stream", token, port, address)
    page.last = 0
    return page


def _visitor(number: int) -> str:
    return f"v-{number:032x}"


def _idle(many: ChatPages, pid: int) -> float:
    """The part of a core that the process takes while all are open and nobody says anything."""
    began, used = time.monotonic(), cpu_seconds(pid)
    many.run(lambda: time.monotonic() - began >= _IDLE_SECONDS, _IDLE_SECONDS * 2)
    return (cpu_seconds(pid) - used) / (time.monotonic() - began)


def _push(chats: MongoChats, many: ChatPages, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds from each line's commit to its arrival, and of the commits."""
    done_at: dict[str, float] = {}
    took: list[float] = []
    chosen = random.Random(7)

    def post() -> None:
        for number in range(count):
            visitor = _visitor(chosen.choice(many.pages).number)
            began = time.perf_counter()
            chats.post([_line(number, visitor)])
            done_at[f"line-{number}"] = time.perf_counter()
            took.append((done_at[f"line-{number}"] - began) * 1e3)
            time.sleep(_PAUSE_SECONDS)

    posting = threading.Thread(target=post)
    posting.start()
    many.run(lambda: not posting.is_alive(), _SECONDS)
    many.run(lambda: sum(len(page.lines) for page in many.pages) >= count, 10.0)
    posting.join()
    arrived = {line["id"]: at for page in many.pages for line, at in page.lines}
    # A page may hear of it before the answer is here: then it took no time at all.
    times = [max(0.0, arrived[each] - done_at[each]) * 1e3 for each in done_at if each in arrived]
    return times or [float("inf")], took or [float("inf")]


def _line(number: int, visitor: str) -> ChatPosted:
    return ChatPosted(
        line_id=f"line-{number}",
        channel_id=_SITE.id,
        visitor_id=visitor,
        kind=MESSAGE,
        author=ChatAuthor(AGENT, "Anna Rossi"),
        at=utc_now(),
        text=f"{visitor}: your parcel leaves today.",
    )


def _faults(pages: Sequence[ChatPage], count: int) -> list[str]:
    """Each line is at its page, once, in order, and at no other."""
    told = [line for page in pages for line, _ in page.lines]
    faults = [f"{len(told)} lines told of {count}"] if len(told) != count else []
    for page in pages:
        lines = [line for line, _ in page.lines]
        if [line["seq"] for line in lines] != list(range(1, len(lines) + 1)):
            faults.append(f"out of order: page {page.number}")
        faults += [
            f"not its own: {line['id']}" for line in lines if _visitor(page.number) not in line["text"]
        ]
    return faults


def _require(done: bool, otherwise: str) -> None:
    if not done:
        raise TimeoutError(otherwise)
