"""What an instance keeps below SPORTELLO_HOME: its folders, its secrets, and the files people read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deploy.local.ports import HOST, PortPlan

REPOSITORY: Final = Path(__file__).resolve().parents[2]
HOME_VARIABLE: Final = "SPORTELLO_HOME"
WHATSAPP_CHANNEL: Final = "whatsapp-main"
TWILIO_CHANNEL: Final = "whatsapp-twilio"
WEBCHAT_CHANNEL: Final = "webchat-main"
ADMIN_EMAIL: Final = "admin@sportello.example"
MAIL_CHANNEL: Final = "support-mail"
CERTIFIED_CHANNEL: Final = "pec-mail"
MAIL_ADDRESS: Final = "support@sportello.example"
CERTIFIED_ADDRESS: Final = "support@pec.sportello.example"
DISPLAY_NUMBER: Final = "+39 055 000 0001"
TWILIO_NUMBER: Final = "+390550000002"

_CHANNELS: Final = f"""\
# The desk's channels. Written once; edit it and run `./sportello down` and `./sportello up`.
# ${{NAME}} is filled from the environment; `up` provides the names below for the sandbox. For a real
# number: put Meta's or Twilio's ids and secrets in your environment, remove graph_url or twilio_url, and set
# SPORTELLO_PUBLIC_URL to the address under which the provider reaches the gateway. For real mailboxes: name
# their servers and users, and leave `security` out (it is TLS then). For the chat on a site: list its origin.
channels:
  - id: {WHATSAPP_CHANNEL}
    kind: whatsapp_cloud
    name: WhatsApp
    automatic_tickets: true
    phone_number_id: "${{WHATSAPP_PHONE_NUMBER_ID}}"
    waba_id: "${{WHATSAPP_WABA_ID}}"
    display_phone_number: "${{WHATSAPP_DISPLAY_NUMBER}}"
    app_secret: ${{WHATSAPP_APP_SECRET}}
    verify_token: ${{WHATSAPP_VERIFY_TOKEN}}
    access_token: ${{WHATSAPP_ACCESS_TOKEN}}
    graph_url: ${{WHATSAPP_GRAPH_URL}}
    read_receipts: true
    typing_indicator: true
  - id: {TWILIO_CHANNEL}
    kind: whatsapp_twilio
    name: WhatsApp (Twilio)
    automatic_tickets: true
    account_sid: "${{TWILIO_ACCOUNT_SID}}"
    auth_token: ${{TWILIO_AUTH_TOKEN}}
    number: "${{TWILIO_NUMBER}}"
    public_url: "${{SPORTELLO_PUBLIC_URL}}"
    twilio_url: "${{TWILIO_URL}}"
  - id: {WEBCHAT_CHANNEL}
    kind: webchat
    name: Webchat
    automatic_tickets: true
    site_key: "${{WEBCHAT_SITE_KEY}}"
    identity_secret: "${{WEBCHAT_IDENTITY_SECRET}}"
    allowed_origins:
      - "${{SPORTELLO_SANDBOX_ORIGIN}}"
      - "${{WEBCHAT_ORIGIN}}"
    streams_url: "${{WEBCHAT_STREAMS_URL}}"
    public_url: "${{SPORTELLO_PUBLIC_URL}}"
  - id: {MAIL_CHANNEL}
    kind: email
    name: E-mail
    automatic_tickets: true
    address: {MAIL_ADDRESS}
    from_name: Sportello
    imap: &imap
      host: 127.0.0.1
      port: "${{MAIL_IMAP_PORT}}"
      security: none
      user: {MAIL_ADDRESS}
      password: ${{MAIL_PASSWORD}}
    smtp: &smtp
      host: 127.0.0.1
      port: "${{MAIL_SMTP_PORT}}"
      security: none
      user: {MAIL_ADDRESS}
      password: ${{MAIL_PASSWORD}}
  - id: {CERTIFIED_CHANNEL}
    kind: email
    name: Certified mail (PEC)
    automatic_tickets: true
    address: {CERTIFIED_ADDRESS}
    from_name: Sportello
    plus_addressing: false
    imap:
      <<: *imap
      user: {CERTIFIED_ADDRESS}
      password: ${{MAIL_PEC_PASSWORD}}
    smtp:
      <<: *smtp
      user: {CERTIFIED_ADDRESS}
      password: ${{MAIL_PEC_PASSWORD}}
"""


@dataclass(frozen=True)
class Secrets:
    """Everything random of one instance, made once and kept."""

    admin_password: str
    api_token: str
    whatsapp_app_secret: str
    whatsapp_verify_token: str
    whatsapp_access_token: str
    whatsapp_phone_number_id: str
    whatsapp_waba_id: str
    twilio_account_sid: str
    twilio_auth_token: str
    webchat_site_key: str
    webchat_identity_secret: str
    mail_password: str
    pec_password: str
    files_secret: str
    confidential_key: str
    session_key: str
    rabbitmq_password: str
    rabbitmq_cookie: str
    supervisor_password: str


class Home:
    """The folder of one instance."""

    def __init__(self, root: Path) -> None:
        """root: the folder; made on first use, readable by its owner only."""
        self.root = root.expanduser().resolve()
        self.logs = self.root / "logs"
        self.run = self.root / "run"
        self.rabbitmq = self.root / "rabbitmq"
        self.mongodb = self.root / "mongodb"
        self.dovecot = self.root / "dovecot"
        self.channels = self.root / "channels.yaml"
        self.endpoints_file = self.root / "endpoints.json"
        self.credentials_file = self.root / "credentials.json"
        self.supervisor_config = self.run / "supervisord.conf"
        self.supervisor_pid = self.run / "supervisord.pid"
        self._secrets_file = self.root / "secrets.json"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Home:
        """The home SPORTELLO_HOME names, else `.sportello` in the repository."""
        given = environment.get(HOME_VARIABLE, "").strip()
        return cls(Path(given) if given else REPOSITORY / ".sportello")

    def prepare(self) -> Secrets:
        """Make folders, secrets and the channels file where they are missing; returns the secrets."""
        for folder in (self.root, self.logs, self.run):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        if not self.channels.exists():
            write_private(self.channels, _CHANNELS)
        return self._secrets()

    def metrics_folder(self, process: str) -> Path:
        """Where the web workers of one process share their counters."""
        return self.run / "metrics" / process

    def log(self, process: str) -> Path:
        """The log file of a process."""
        return self.logs / f"{process}.log"

    def write_endpoints(self, plan: PortPlan, amqp: str, mongodb: str) -> dict[str, str]:
        """Write endpoints.json; it holds the broker's password, so only its owner may read it."""
        services = ("ticket_service", "webhook_gateway", "notifier", "mail_collector")
        endpoints = {name: plan.url(f"{name}.web") for name in services}
        endpoints |= {"sandbox": plan.url("sandbox"), "amqp": amqp, "mongodb": mongodb}
        endpoints["smtp"] = f"smtp://{HOST}:{plan['sandbox.smtp']}"
        write_private(self.endpoints_file, json.dumps(endpoints, indent=2) + "\n")
        return endpoints

    def write_credentials(self, known: Secrets, channels: Mapping[str, str]) -> dict[str, Any]:
        """Write credentials.json: what a person or script needs to log in and to sign webhooks.

        channels: the variables that the services were given for the channels file.
        """
        credentials = {
            "console": {"email": ADMIN_EMAIL, "password": known.admin_password},
            "api_token": known.api_token,
            "whatsapp": {
                "channel_id": WHATSAPP_CHANNEL,
                "phone_number_id": channels["WHATSAPP_PHONE_NUMBER_ID"],
                "waba_id": channels["WHATSAPP_WABA_ID"],
                "app_secret": channels["WHATSAPP_APP_SECRET"],
                "verify_token": channels["WHATSAPP_VERIFY_TOKEN"],
                "access_token": channels["WHATSAPP_ACCESS_TOKEN"],
            },
            "twilio": {
                "channel_id": TWILIO_CHANNEL,
                "account_sid": channels["TWILIO_ACCOUNT_SID"],
                "auth_token": channels["TWILIO_AUTH_TOKEN"],
                "number": channels["TWILIO_NUMBER"],
            },
            "webchat": {
                "channel_id": WEBCHAT_CHANNEL,
                "site_key": channels["WEBCHAT_SITE_KEY"],
                "identity_secret": channels["WEBCHAT_IDENTITY_SECRET"],
            },
            "mail": _mailbox(channels, MAIL_CHANNEL, "MAIL"),
            "pec": _mailbox(channels, CERTIFIED_CHANNEL, "MAIL_PEC"),
        }
        write_private(self.credentials_file, json.dumps(credentials, indent=2) + "\n")
        return credentials

    def _secrets(self) -> Secrets:
        made = _new_secrets()
        kept: dict[str, str] = {}
        if self._secrets_file.exists():
            kept = json.loads(self._secrets_file.read_text())
        # A later version may need a secret that an older home does not have yet.
        merged = {name: kept.get(name, value) for name, value in vars(made).items()}
        if merged != kept:
            write_private(self._secrets_file, json.dumps(merged, indent=2) + "\n")
        return Secrets(**merged)


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody but its owner can read at any moment, replacing it whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)


def sandbox_graph_url(plan: PortPlan) -> str:
    """Where the sandbox stands in for Meta's Graph API."""
    return f"http://{HOST}:{plan['sandbox']}/graph"


def sandbox_twilio_url(plan: PortPlan) -> str:
    """Where the sandbox stands in for Twilio's API."""
    return f"http://{HOST}:{plan['sandbox']}/twilio"


def _new_secrets() -> Secrets:
    return Secrets(
        admin_password=secrets.token_urlsafe(12),
        api_token=f"spt_{secrets.token_urlsafe(32)}",
        whatsapp_app_secret=secrets.token_hex(16),
        whatsapp_verify_token=secrets.token_urlsafe(24),
        whatsapp_access_token=f"EAA{secrets.token_urlsafe(48)}",
        whatsapp_phone_number_id=_digits("1098"),
        whatsapp_waba_id=_digits("2041"),
        twilio_account_sid=f"AC{secrets.token_hex(16)}",
        twilio_auth_token=secrets.token_hex(16),
        webchat_site_key=f"site_{secrets.token_hex(8)}",
        webchat_identity_secret=secrets.token_urlsafe(32),
        mail_password=secrets.token_urlsafe(18),
        pec_password=secrets.token_urlsafe(18),
        files_secret=secrets.token_urlsafe(32),
        confidential_key=secrets.token_urlsafe(32),
        session_key=secrets.token_urlsafe(32),
        rabbitmq_password=secrets.token_urlsafe(24),
        rabbitmq_cookie=secrets.token_hex(20),
        supervisor_password=secrets.token_urlsafe(24),
    )


def _digits(prefix: str) -> str:
    return prefix + "".join(secrets.choice("0123456789") for _ in range(11))


def _mailbox(channels: Mapping[str, str], channel_id: str, name: str) -> dict[str, Any]:
    """How to look into a mailbox of the desk, and to the server that its answers go to."""
    address = channels[f"{name}_ADDRESS"]
    return {
        "channel_id": channel_id,
        "address": address,
        "imap": {
            "host": HOST,
            "port": int(channels["MAIL_IMAP_PORT"]),
            "user": address,
            "password": channels[f"{name}_PASSWORD"],
        },
        "smtp": {"host": HOST, "port": int(channels["MAIL_SMTP_PORT"])},
    }
