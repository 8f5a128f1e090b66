"""The table of processes: what is started, with which environment, and where each says that it is ready."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from deploy.local.home import (
    ADMIN_EMAIL,
    CERTIFIED_ADDRESS,
    DISPLAY_NUMBER,
    MAIL_ADDRESS,
    TWILIO_NUMBER,
    Home,
    Secrets,
    sandbox_graph_url,
    sandbox_twilio_url,
)
from deploy.local.ports import HOST, PortPlan

INSTANCE_MARK: Final = "SPORTELLO_INSTANCE"
"""In the environment of every process of an instance, with its home as value: tells ours from all others."""

_WITH_DATABASE: Final = frozenset({
    "webhook_gateway.web", "webhook_gateway.worker", "webhook_gateway.streams",
    "mail_collector.worker", "mail_collector.prepare",
})  # fmt: skip
_WITH_FILES: Final = frozenset({"webhook_gateway.web", "webhook_gateway.streams", "notifier.worker"})
STREAM_CONNECTIONS: Final = "12000"
"""More than the streams a process takes: the others are polls, and refused in words."""
_SET_PER_PROCESS: Final = frozenset({
    "PORT", "BIND_HOST", "SERVICE", "PROBE_PORT", "PROBE_HOST", "PROMETHEUS_MULTIPROC_DIR",
    "MONGODB_DATABASE", "GUNICORN_CMD_ARGS", "PYTHONPATH", "PYTHONHOME",
})  # fmt: skip


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what only a single process may be given."""
    return {name: value for name, value in environment.items() if name not in _SET_PER_PROCESS}


@dataclass(frozen=True)
class Process:
    """One line of the table. `name` is service.process; `module` is the application or module it runs."""

    name: str
    arguments: tuple[str, ...]
    serves: str = ""
    """What a person finds at its address; empty when there is nothing for people."""

    @property
    def service(self) -> str:
        """The service it belongs to."""
        return self.name.partition(".")[0]

    @property
    def is_web(self) -> bool:
        """Whether it answers requests, under gunicorn."""
        return self.arguments[0] == "gunicorn"

    @property
    def command(self) -> list[str]:
        """The program and its arguments, to be run in the repository's root."""
        return [sys.executable, "-m", *self.arguments]


def _web(service: str, serves: str = "", *, kind: str = "web", module: str = "app") -> Process:
    arguments = ("gunicorn", "-c", "deploy/gunicorn.conf.py", f"services.{service}.{module}:create_app()")
    return Process(f"{service}.{kind}", arguments, serves)


def _background(service: str, kind: str) -> Process:
    return Process(f"{service}.{kind}", (f"services.{service}.{kind}",))


PROCESSES: Final = (
    _web("ticket_service", "the desk: REST API at /api/v1, its documentation at /api/docs"),
    _background("ticket_service", "worker"),
    _background("ticket_service", "relay"),
    _background("ticket_service", "timers"),
    _web("webhook_gateway", "webhooks of the providers"),
    _web("webhook_gateway", "live chats, as they go on", kind="streams", module="streams"),
    _background("webhook_gateway", "worker"),
    _web("notifier"),
    _background("notifier", "worker"),
    _background("notifier", "relay"),
    _web("mail_collector"),
    _background("mail_collector", "worker"),
    Process(
        "sandbox",
        ("gunicorn", "-c", "sandbox/gunicorn.conf.py", "sandbox.app:create_app()"),
        "the sandbox: a phone and a mailbox to write to the desk as a customer",
    ),
)
PREPARATIONS: Final = (
    Process("ticket_service.prepare", ("services.ticket_service.prepare",)),
    Process("notifier.prepare", ("services.notifier.prepare",)),
    Process("mail_collector.prepare", ("services.mail_collector.prepare",)),
)


@dataclass(frozen=True)
class Instance:
    """One running (or to be started) desk: its folder, ports, secrets, broker and database."""

    home: Home
    plan: PortPlan
    secrets: Secrets
    amqp_url: str
    mongodb_uri: str
    given: Mapping[str, str]
    """The environment `up` was called with: what is set there wins over the defaults."""

    def environment(self, process: Process) -> dict[str, str]:
        """What this process must find in its environment; what only others need is not in it."""
        values = {
            INSTANCE_MARK: str(self.home.root),
            "PYTHONUNBUFFERED": "1",
            "LOG_LEVEL": self.given.get("LOG_LEVEL", "INFO"),
            "SERVICE": process.service,
        }
        if process.is_web:
            values |= {"BIND_HOST": HOST, "PORT": str(self.plan[process.name])}
        elif process not in PREPARATIONS:
            values |= {"PROBE_HOST": HOST, "PROBE_PORT": str(self.plan[process.name])}
        if process.name == "sandbox":
            return values | self.channels() | {"GATEWAY_URL": self.plan.url("webhook_gateway.web")}
        if process.is_web:
            values["PROMETHEUS_MULTIPROC_DIR"] = str(self.home.metrics_folder(process.name))
        values["SPORTELLO_CHANNELS"] = self.given.get("SPORTELLO_CHANNELS", str(self.home.channels))
        if process.name == "webhook_gateway.streams":
            values["WORKER_CONNECTIONS"] = self.given.get("WORKER_CONNECTIONS", STREAM_CONNECTIONS)
        else:
            values["AMQP_URL"] = self.amqp_url
        if process.service in {"ticket_service", "notifier"} or process.name in _WITH_DATABASE:
            values |= {"MONGODB_URI": self.mongodb_uri, "MONGODB_DATABASE": f"sportello_{process.service}"}
        if process.service in {"webhook_gateway", "notifier"} and "AMQP_URL" in values:
            values |= self._whatsapp()
        if process.service == "webhook_gateway":
            values |= self._webchat() | {"SPORTELLO_PUBLIC_URL": self._public_url()}
        if process.service in {"mail_collector", "notifier"}:
            values |= self._mail()
        if process.name in _WITH_FILES:
            name = "SPORTELLO_FILES_SECRET"
            values[name] = self.given.get(name, self.secrets.files_secret)
        if process.name == "webhook_gateway.web":
            values["BLOBS_URI"] = self.given.get("BLOBS_URI", self.mongodb_uri)
            name = "WEBHOOK_GATEWAY_SPOOL_DIR"
            values[name] = self.given.get(name, str(self.home.root / "spool" / process.name))
        if process.name == "ticket_service.web":
            own = {
                "SPORTELLO_CONFIDENTIAL_KEY": self.secrets.confidential_key,
                "SPORTELLO_DESK_URL": self.plan.url("ticket_service.web"),
                # One person with one token tries everything here, also with programs.
                "API_RATE_LIMIT": "60000/minute",
                # What the line says that is pasted into a site's pages.
                "WEBCHAT_SITE_KEY": self.secrets.webchat_site_key,
                "SPORTELLO_PUBLIC_URL": self.plan.url("webhook_gateway.web"),
            }
            values |= {name: self.given.get(name, value) for name, value in own.items()}
        if process.service == "ticket_service" and process not in PREPARATIONS:
            # Sessions are made in the web process, the marks in mails in all of them.
            name = "SPORTELLO_SECRET_KEY"
            values[name] = self.given.get(name, self.secrets.session_key)
        if process.name == "ticket_service.prepare":
            values |= self._first_administrator()
        return values

    def channels(self) -> dict[str, str]:
        """What the channels file refers to: of the caller's environment, else invented for the sandbox."""
        return self._whatsapp() | self._webchat() | self._mail()

    def _whatsapp(self) -> dict[str, str]:
        made = {
            "WHATSAPP_APP_SECRET": self.secrets.whatsapp_app_secret,
            "WHATSAPP_VERIFY_TOKEN": self.secrets.whatsapp_verify_token,
            "WHATSAPP_ACCESS_TOKEN": self.secrets.whatsapp_access_token,
            "WHATSAPP_PHONE_NUMBER_ID": self.secrets.whatsapp_phone_number_id,
            "WHATSAPP_WABA_ID": self.secrets.whatsapp_waba_id,
            "WHATSAPP_DISPLAY_NUMBER": DISPLAY_NUMBER,
            "WHATSAPP_GRAPH_URL": sandbox_graph_url(self.plan),
            "TWILIO_ACCOUNT_SID": self.secrets.twilio_account_sid,
            "TWILIO_AUTH_TOKEN": self.secrets.twilio_auth_token,
            "TWILIO_NUMBER": TWILIO_NUMBER,
            "TWILIO_URL": sandbox_twilio_url(self.plan),
            "SPORTELLO_PUBLIC_URL": self._public_url(),
        }
        return {name: self.given.get(name, value) for name, value in made.items()}

    def _public_url(self) -> str:
        return self.given.get("SPORTELLO_PUBLIC_URL", self.plan.url("webhook_gateway.web"))

    def _webchat(self) -> dict[str, str]:
        made = {
            "WEBCHAT_SITE_KEY": self.secrets.webchat_site_key,
            "WEBCHAT_IDENTITY_SECRET": self.secrets.webchat_identity_secret,
            "WEBCHAT_STREAMS_URL": self.plan.url("webhook_gateway.streams"),
            "SPORTELLO_SANDBOX_ORIGIN": self.plan.url("sandbox"),
            # The site that is tried besides; without one, the sandbox by its other name.
            "WEBCHAT_ORIGIN": f"http://localhost:{self.plan['sandbox']}",
        }
        return {name: self.given.get(name, value) for name, value in made.items()}

    def _mail(self) -> dict[str, str]:
        made = {
            "MAIL_IMAP_PORT": str(self.plan["dovecot"]),
            "MAIL_SMTP_PORT": str(self.plan["sandbox.smtp"]),
            "MAIL_ADDRESS": MAIL_ADDRESS,
            "MAIL_PASSWORD": self.secrets.mail_password,
            "MAIL_PEC_ADDRESS": CERTIFIED_ADDRESS,
            "MAIL_PEC_PASSWORD": self.secrets.pec_password,
        }
        return {name: self.given.get(name, value) for name, value in made.items()}

    def _first_administrator(self) -> dict[str, str]:
        return {
            "SPORTELLO_ADMIN_EMAIL": ADMIN_EMAIL,
            "SPORTELLO_ADMIN_PASSWORD": self.secrets.admin_password,
            "SPORTELLO_API_TOKEN": self.secrets.api_token,
        }
