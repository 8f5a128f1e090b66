"""Logging in with access tokens at a real IMAP server, which asks an endpoint whose they are; and TLS."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from deploy.local.ports import HOST, free_port
from deploy.local.private import PrivateDovecot
from services.mail_collector.channels.email.settings import ImapServer
from shared.mail_login.settings import MailAuth
from tests.mail_collector.rig import Rig, mail, mailbox
from tests.support.dovecot import PASSWORD, SUPPORT, USERS, deliver, empty
from tests.support.waiting import wait_until

pytestmark = pytest.mark.integration


class Provider:
    """Grants access tokens for a refresh token, and tells the mail server whose they are."""

    def __init__(self) -> None:
        self.refresh_tokens = {"first"}
        self.access_tokens: set[str] = set()
        self.used: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                answer = provider.grant(form) if self.path == "/token" else provider.introspect(form)
                status, document = answer
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer((HOST, free_port()), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.url = f"http://{HOST}:{self._server.server_port}"
        self._thread.start()

    def grant(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """RFC 6749, 6: each use brings a new refresh token."""
        self.used += form["refresh_token"]
        if form["refresh_token"][0] not in self.refresh_tokens:
            return 400, {"error": "invalid_grant", "error_description": "revoked by the user"}
        access = f"access-{len(self.used)}"
        self.access_tokens.add(access)
        newer = f"refresh-{len(self.used)}"
        self.refresh_tokens.add(newer)
        return 200, {"access_token": access, "expires_in": 3_600, "refresh_token": newer}

    def introspect(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """RFC 7662."""
        known = form.get("token", [""])[0] in self.access_tokens
        return 200, {"active": True, "email": SUPPORT} if known else {"active": False}

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that only who is given it trusts, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail of a test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """One for all tests of this module."""
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Certificate and key of the IMAP server."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def _server(provider: Provider, tls: tuple[Path, Path]) -> Iterator[PrivateDovecot]:
    with PrivateDovecot(USERS, tls=tls, introspection_url=f"{provider.url}/introspect") as server:
        yield server


@pytest.fixture
def server(_server: PrivateDovecot, provider: Provider) -> PrivateDovecot:
    """An IMAP server with empty mailboxes that takes access tokens and speaks TLS."""
    empty(_server)
    provider.used.clear()
    provider.refresh_tokens = {"first"}
    return _server


def _oauth(server: PrivateDovecot, provider: Provider, kind: str) -> ImapServer:
    auth = MailAuth(kind, f"{provider.url}/token", "desk", "hush", "first")
    return ImapServer(HOST, server.node.port, SUPPORT, "none", "", auth)


@pytest.mark.parametrize("kind", ["xoauth2", "oauthbearer"])
def test_mail_comes_with_an_access_token(
    server: PrivateDovecot, provider: Provider, rig: Rig, kind: str
) -> None:
    deliver(server, [mail(1)])
    with rig.collecting(mailbox(server, imap=_oauth(server, provider, kind))):
        rig.told.wait_for(1)
        reports = rig.told.wait_for(2, "channel.reported")
    assert {(report.aspect, report.level) for report in reports} == {("mailbox", "ok"), ("login", "ok")}
    assert provider.used == ["first"]
    with rig.collecting(mailbox(server, imap=_oauth(server, provider, kind))):
        deliver(server, [mail(2)])
        rig.told.wait_for(2)
    assert provider.used == ["first", "refresh-1"], "the newest refresh token outlives the process"


def test_withdrawn_access_is_told_with_what_to_do(
    server: PrivateDovecot, provider: Provider, rig: Rig
) -> None:
    provider.refresh_tokens.clear()
    with rig.collecting(mailbox(server, imap=_oauth(server, provider, "xoauth2"))):
        [report] = rig.told.wait_for(1, "channel.reported")
        assert (report.aspect, report.level) == ("login", "failing")
        assert "revoked by the user" in report.detail
        assert "refresh token" in report.remedy
        deliver(server, [mail(1)])
        provider.refresh_tokens.add("first")
        rig.told.wait_for(1)
        wait_until(lambda: [report.level for report in rig.told.of("channel.reported")][-2:] == ["ok", "ok"])


def test_an_access_token_the_mail_server_forgot_is_replaced(
    server: PrivateDovecot, provider: Provider, rig: Rig
) -> None:
    with rig.collecting(mailbox(server, imap=_oauth(server, provider, "xoauth2"))):
        rig.told.wait_for(2, "channel.reported")
        provider.access_tokens.clear()
        server.kill()
        server.start()
        deliver(server, [mail(1)])
        rig.told.wait_for(1, seconds=30)
    assert len(provider.used) > 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_the_connection_is_encrypted_and_the_server_proves_itself(
    server: PrivateDovecot, tls: tuple[Path, Path], rig: Rig, security: str
) -> None:
    port = server.node.tls_port if security == "tls" else server.node.port
    trusting = ImapServer(HOST, port, SUPPORT, security, PASSWORD, ca_file=tls[0])
    deliver(server, [mail(1)])
    with rig.collecting(mailbox(server, imap=trusting)):
        rig.told.wait_for(1)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_nobody_vouches_for_gets_no_password(
    server: PrivateDovecot, rig: Rig, security: str
) -> None:
    port = server.node.tls_port if security == "tls" else server.node.port
    with rig.collecting(mailbox(server, imap=ImapServer(HOST, port, SUPPORT, security, PASSWORD))):
        [report] = rig.told.wait_for(1, "channel.reported")
    assert (report.level, report.aspect) == ("failing", "mailbox")
    assert "certificate" in report.title
    assert "ca_file" in report.remedy


def test_a_certificate_of_another_host_is_refused(
    server: PrivateDovecot, tls: tuple[Path, Path], rig: Rig
) -> None:
    other = ImapServer("localhost", server.node.tls_port, SUPPORT, "tls", PASSWORD, ca_file=tls[0])
    with rig.collecting(mailbox(server, imap=other)):
        [report] = rig.told.wait_for(1, "channel.reported")
    assert "certificate" in report.title
