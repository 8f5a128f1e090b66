"""The mail server's faults: encryption that is hidden, log-ins that are refused, lines that are cut."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from services.notifier.domain.mail import DONE, WAITING
from services.notifier.mail.outbox import MailServer
from shared.contracts.attachment import StoredFile
from shared.contracts.channel_reported import ChannelReported
from shared.contracts.reply_requested import ReplyContent
from shared.mail_login.kept import KeptToken
from shared.mail_login.settings import MailAuth
from shared.mail_login.tokens import AccessTokens
from tests.notifier.building import NOW
from tests.notifier.mailing import Post, Postbox, a_reply, mail_server, outbox
from tests.support.certificates import self_signed
from tests.support.memory_mail_store import MemoryMailStore

# The library warns of what only a server of a test does: it asks for a log-in on a line that is readable.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
OAUTH = MailAuth("xoauth2", "http://127.0.0.1/token", "id", "secret", "refresh")


@pytest.fixture
def store() -> MemoryMailStore:
    return MemoryMailStore()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 with its key, in one file."""
    return self_signed(tmp_path / "mail.pem", "127.0.0.1")


def levels(store: MemoryMailStore) -> list[tuple[str, str]]:
    """What operators were told of the channel."""
    news = [one.data for one in store.events() if isinstance(one.data, ChannelReported)]
    return [(one.level, one.title) for one in news]


def reported(store: MemoryMailStore) -> ChannelReported:
    """The last statement."""
    return next(one.data for one in reversed(store.events()) if isinstance(one.data, ChannelReported))


def server_of(box: Postbox, **changes: Any) -> MailServer:
    return replace(MailServer("127.0.0.1", box.port), **changes)


def tls_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def test_what_is_sent_is_encrypted_and_the_server_is_who_it_says(
    store: MemoryMailStore, certificate: Path
) -> None:
    with mail_server(tls_context=tls_of(certificate), require_starttls=True) as box:
        server = server_of(box, security="starttls", ca_file=certificate)
        post = Post(store, 0, outboxes=[outbox(0, server=server)])
        post.ask(a_reply())
        post.turns()
        assert box.encrypted == [True]
        untrusted = Post(store, 0, outboxes=[outbox(0, server=replace(server, ca_file=None))])
        untrusted.ask(a_reply("r2"))
        untrusted.turns()
    assert len(box.taken) == 1
    assert store.mail("r2").stage == WAITING
    assert "CERTIFICATE_VERIFY_FAILED" in reported(store).detail


def test_an_offer_of_encryption_that_somebody_hides_sends_nothing(store: MemoryMailStore) -> None:
    with mail_server() as box:
        post = Post(store, 0, outboxes=[outbox(0, server=server_of(box, security="starttls"))])
        post.ask(a_reply())
        post.turns()
    assert (box.taken, store.mail("r1").stage) == ([], WAITING)
    told = reported(store)
    assert (told.level, told.aspect, told.channel_id) == ("failing", "sending", "mail-main")
    assert "STARTTLS" in told.detail + told.remedy


class Logins:
    """No refresh token was exchanged yet."""

    def load(self, auth: MailAuth) -> KeptToken | None:
        return None

    def keep(self, auth: MailAuth, token: KeptToken) -> None:
        raise AssertionError("nothing to keep")


@contextmanager
def tokens_of(*answers: str) -> Iterator[AccessTokens]:
    """Gives these access tokens one after the other, then refuses."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if left:
            return httpx.Response(200, json={"access_token": left.pop(0), "expires_in": 3600})
        return httpx.Response(400, json={"error": "invalid_grant", "error_description": "Token revoked"})

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        yield AccessTokens(OAUTH, Logins(), http, lambda: NOW)


@pytest.mark.parametrize("kind", ["xoauth2", "oauthbearer"])
def test_who_logs_in_with_oauth_has_a_token_and_another_when_it_was_withdrawn(
    store: MemoryMailStore, kind: str
) -> None:
    with mail_server(Postbox(good_tokens=("second",)), auth_require_tls=False, auth_required=True) as box:
        server = server_of(box, user="assistenza@example.org", auth=replace(OAUTH, kind=kind))
        with tokens_of("first", "second") as tokens:
            post = Post(store, 0, outboxes=[outbox(0, server=server)], tokens=tokens)
            post.ask(a_reply())
            post.turns()
            assert len(box.taken) == 1
            assert len(box.logins) == 2
            assert "assistenza@example.org" in box.logins[0]
            assert levels(store) == []


def test_access_that_was_withdrawn_is_told_and_mails_wait_for_it(store: MemoryMailStore) -> None:
    with mail_server(Postbox(good_tokens=("good",)), auth_require_tls=False, auth_required=True) as box:
        server = server_of(box, user="assistenza@example.org", auth=OAUTH)
        for answers in ((), ("bad", "bad"), ("good",), ("good",)):
            with tokens_of(*answers) as tokens:
                post = Post(store, 0, outboxes=[outbox(0, server=server)], tokens=tokens)
                post.ask(a_reply("r1"), a_reply(f"r-{len(answers)}"))
                post.turns()
        assert len(box.taken) == len({"r1", "r-0", "r-1", "r-2"})
    assert [level for level, _ in levels(store)] == ["failing", "ok"]
    first = next(one.data for one in store.events() if isinstance(one.data, ChannelReported))
    assert "Token revoked" in first.detail
    assert "refresh token" in first.remedy


def test_a_wrong_password_is_told_at_once_and_a_server_that_is_away_after_a_while(
    store: MemoryMailStore, unused_port: int
) -> None:
    with mail_server(auth_require_tls=False, auth_required=True) as box:
        server = server_of(box, user="desk", password="the-wrong-one")
        post = Post(store, 0, outboxes=[outbox(0, server=server)])
        post.ask(a_reply())
        with capture_logs() as logs:
            post.turns()
    assert "the-wrong-one" not in f"{logs} {store.events()} {server}"
    assert [level for level, _ in levels(store)] == ["failing"]
    assert "535" in reported(store).detail
    other = MemoryMailStore()
    away = Post(other, unused_port, outboxes=[outbox(unused_port)])
    away.ask(a_reply())
    away.turns()
    away.turns(timedelta(minutes=4))
    assert levels(other) == []
    away.turns(timedelta(minutes=1))
    assert [level for level, _ in levels(other)] == ["failing"]
    with mail_server(port=unused_port):
        away.turns(timedelta(minutes=1))
        away.ask(a_reply("r2"))
        away.turns(timedelta(hours=1))
    assert [level for level, _ in levels(other)] == ["failing", "ok"]
    assert {other.mail(one).stage for one in ("r1", "r2")} == {DONE}


def test_access_that_ends_before_long_is_a_warning(store: MemoryMailStore) -> None:
    with mail_server() as box:
        post = Post(store, 0, outboxes=[outbox(box.port)])
        post.ends_soon = "The client secret ends on 2026-03-20."
        for number in range(3):
            post.ask(a_reply(f"r{number}"))
            post.turns(timedelta(hours=1))
    assert [level for level, _ in levels(store)] == ["warning"]
    assert "2026-03-20" in reported(store).detail


def test_a_server_that_wants_a_log_in_where_none_is_set_stops_the_mailbox_not_the_mail(
    store: MemoryMailStore,
) -> None:
    with mail_server(auth_require_tls=False, auth_required=True) as box:
        post = Post(store, 0, outboxes=[outbox(box.port)])
        post.ask(a_reply())
        post.turns()
    assert store.mail("r1").stage == WAITING
    assert "530" in reported(store).detail


class Cutting:
    """A server that says a line, or nothing, once so much of the content has come; then it hangs up."""

    def __init__(self, after: int, says: bytes) -> None:
        self._after, self._says = after, says
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Cutting:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        line, _ = self._listener.accept()
        with line, line.makefile("rb") as said:
            line.sendall(b"220 cutting\r\n")
            for command in iter(said.readline, b""):
                if command.upper().startswith(b"DATA"):
                    line.sendall(b"354 go on\r\n")
                    said.read(self._after)
                    line.sendall(self._says)
                    return
                line.sendall(b"250 OK\r\n")


@pytest.mark.parametrize("says", [b"421 4.3.2 closing\r\n", b""])
@pytest.mark.parametrize("size", [10, 1_000_000])
def test_a_line_that_is_cut_in_the_middle_of_a_mail_leads_to_one_mail(
    store: MemoryMailStore, says: bytes, size: int
) -> None:
    with mail_server() as box, Cutting(300, says) as cutting:
        for port, wait in ((cutting.port, 0), (box.port, 60)):
            post = Post(store, 0, outboxes=[outbox(port)])
            post.clock.advance(wait)
            post.blobs.put("blob-1", [b"x" * size], mime_type="text/plain", max_bytes=10_000_000)
            file = StoredFile("f1", "document", "blob-1", "text/plain", "a.txt", size, "0" * 64)
            post.ask(a_reply(content=ReplyContent("media", "Ecco", attachments=[file])))
            post.turns()
    assert len(box.taken) == 1
    assert store.mail("r1").failure is None
    assert store.mail("r1").stage == DONE
