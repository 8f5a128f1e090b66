"""The mail server that the desk sends by: transactions are recorded, fail on demand, and leave nowhere."""

import asyncio
import hmac
import logging
import socket
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sandbox.config import MailServers
from sandbox.faults import Fault
from sandbox.mail.habits import Habits
from sandbox.mail.reading import Read
from sandbox.mail.store import MailStore
from sandbox.state import SandboxState

PROVIDER = "smtp"
MAX_MAIL_BYTES = 64 * 2**20
_REFUSALS = {
    "unknown": "550 5.1.1 <{address}>: Recipient address rejected: User unknown in virtual mailbox table",
    "full": "452 4.2.2 <{address}>: The recipient's mailbox is over quota, try later",
}
_OK = "250 2.0.0 Ok: queued as {number}"
log = logging.getLogger("sandbox.mail")


class Sink:
    """The server in its own thread; `port` is known once it was started."""

    def __init__(self, servers: MailServers, state: SandboxState, store: MailStore, habits: Habits) -> None:
        self._servers = servers
        self._controller = _Controller(
            _Handler(state, store, habits),
            hostname=servers.smtp_host,
            port=servers.smtp_port,
            data_size_limit=MAX_MAIL_BYTES,
            authenticator=self._authenticate,
            auth_require_tls=False,
            enable_SMTPUTF8=True,
            ident="Sportello sandbox",
        )

    @property
    def port(self) -> int:
        """The port it listens on, once it was started."""
        return _address_of(self._controller)[1]

    def start(self) -> None:
        """Listen. OSError when the port is taken."""
        self._controller.start()

    def stop(self) -> None:
        """Listen no more."""
        if self._controller.server is not None:
            self._controller.stop()

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        right = False
        if isinstance(data, LoginPassword):
            for mailbox in self._servers.mailboxes:
                same_name = hmac.compare_digest(data.login.lower(), mailbox.address.encode())
                same_password = hmac.compare_digest(data.password, mailbox.password.encode())
                right = right or (same_name and same_password)
        return AuthResult(success=right, handled=False)


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """Greet the server once; the library's own way does not know the port it got instead of 0."""
        with socket.create_connection(_address_of(self), timeout=self.ready_timeout) as connection:
            connection.recv(100)


class _Handler:
    """What aiosmtpd asks at each step of a transaction; runs in the server's event loop."""

    def __init__(self, state: SandboxState, store: MailStore, habits: Habits) -> None:
        self._state = state
        self._store = store
        self._habits = habits

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Take a recipient or refuse it, by a fault or by what its mailbox is like."""
        known = address.lower()
        fault = self._state.faults.take(PROVIDER, "recipient", [known])
        refusal = ""
        if fault is not None:
            refusal = await self._fail(fault, server)
        elif self._store.habit_of(known) in _REFUSALS:
            refusal = _REFUSALS[self._store.habit_of(known)].format(address=known)
        if not refusal:
            envelope.rcpt_tos.append(address)
            return "250 2.1.5 Ok"
        call = self._state.calls.record(
            PROVIDER, "RCPT", f"/recipients/{known}", {"from": envelope.mail_from, "to": [known]}, 0, known
        )
        call.fault = str(fault) if fault else None
        self._state.calls.answered(call, _code(refusal), refusal)
        return refusal

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail unless a fault says otherwise; with a fault `after` only the answer is spoilt."""
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        recipients = [address.lower() for address in envelope.rcpt_tos]
        fault = self._state.faults.take(PROVIDER, "send", recipients)
        if fault is not None and not fault.after:
            self._record(envelope, recipients, raw, None, fault)
            return await self._fail(fault, server)
        # Reading takes a while for large mails; the other connections go on meanwhile.
        mail = await asyncio.to_thread(self._store.add, raw, tuple(recipients), outgoing=True)
        sender = (envelope.mail_from or "").lower()
        self._record(envelope, recipients, raw, (mail.id, mail.read), fault)
        self._habits.arrived(mail, sender, recipients)
        if fault is not None:
            return await self._fail(fault, server)
        return _OK.format(number=mail.id)

    async def handle_exception(self, error: Exception) -> str:
        """What a client is told when the sandbox itself failed."""
        log.error("A mail could not be taken", exc_info=error)
        return "451 4.3.0 The sandbox failed; its log says why"

    async def _fail(self, fault: Fault, server: SMTP) -> str:
        if fault.timeout is not None:
            await asyncio.to_thread(self._state.faults.hang, fault.timeout)
            _cut(server)
            return "421 4.4.2 Timeout"
        if fault.status == 421:
            # RFC 5321, 3.8: whoever says so closes the connection.
            asyncio.get_running_loop().call_later(0.1, _cut, server)
            return "421 4.3.2 Service shutting down"
        if fault.status is not None:
            return f"{fault.status} {fault.status // 100}.0.0 Refused on demand"
        code = fault.code or 500
        reply = 450 if code < 500 else 550
        return f"{reply} {code // 100 % 10}.{code // 10 % 10}.{code % 10} Refused on demand"

    def _record(
        self,
        envelope: Envelope,
        recipients: list[str],
        raw: bytes,
        taken: tuple[str, Read] | None,
        fault: Fault | None,
    ) -> None:
        body: dict[str, Any] = {"from": (envelope.mail_from or "").lower(), "to": recipients}
        subject = ""
        if taken is not None:
            mail_id, seen = taken
            subject = seen.subject
            body |= {"mail_id": mail_id, **seen.line(), "envelope_to": recipients}
            body["to"] = recipients
            body["headers"] = {name.lower(): value for name, value in reversed(seen.headers)}
        note = f"{subject} → {', '.join(recipients)}"[:200]
        call = self._state.calls.record(PROVIDER, "DATA", "/mails", body, len(raw), note)
        call.fault = str(fault) if fault else None
        status = 250 if taken is not None and fault is None else None
        self._state.calls.answered(call, status or (fault.status if fault and fault.status else 451), None)


def _address_of(controller: Controller) -> tuple[str, int]:
    assert isinstance(controller.server, asyncio.Server)  # noqa: S101 - set by the controller's start
    host, port = controller.server.sockets[0].getsockname()[:2]
    return str(host), int(port)


def _cut(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()


def _code(reply: str) -> int:
    return int(reply[:3])
