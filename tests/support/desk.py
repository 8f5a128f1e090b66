"""A whole running desk, started by the command a person would use and spoken to only from outside."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from deploy.local import instance
from deploy.local.home import Home
from deploy.local.ports import OFFSETS, is_free
from tests.support.waiting import wait_until

ROOT: Final = Path(__file__).parents[2]
UP_SECONDS: Final = 240


@dataclass
class Desk:
    """The outside interface of one instance."""

    home: Path
    environment: dict[str, str]
    endpoints: dict[str, str]
    credentials: dict[str, Any]
    http: httpx.Client

    @property
    def whatsapp(self) -> dict[str, str]:
        """The sandbox's WhatsApp account."""
        account: dict[str, str] = self.credentials["whatsapp"]
        return account

    # --- the provider's side

    def post_webhook(self, payload: Mapping[str, Any], *, secret: str | None = None) -> httpx.Response:
        """Sign and deliver a webhook as Meta does."""
        body = json.dumps(payload).encode()
        key = (secret or self.whatsapp["app_secret"]).encode()
        signature = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
        return self.http.post(
            f"{self.endpoints['webhook_gateway']}/webhooks/whatsapp",
            content=body,
            headers={"X-Hub-Signature-256": signature, "Content-Type": "application/json"},
        )

    def text_webhook(self, sender: str, text: str, **options: Any) -> dict[str, Any]:
        """A webhook with one text message; options: name, message_id, at (datetime), phone_number_id."""
        return webhook([self.entry([text_message(sender, text, **options)], **options)])

    def entry(self, messages: list[Any], statuses: list[Any] | None = None, **options: Any) -> dict[str, Any]:
        """One entry of a webhook for our number (or options["phone_number_id"])."""
        senders = {message["from"] for message in messages if isinstance(message, dict) and "from" in message}
        value: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": "390200000000",
                "phone_number_id": options.get("phone_number_id", self.whatsapp["phone_number_id"]),
            },
        }
        if messages:
            name = options.get("name", "Daniele Asmonti")
            value["contacts"] = [
                {"profile": {"name": name}, "wa_id": sender, "user_id": f"IT.{sender}"}
                for sender in sorted(senders)
            ]
            value["messages"] = messages
        if statuses:
            value["statuses"] = statuses
        return value

    def sent_by_desk(self, recipient: str) -> list[dict[str, Any]]:
        """What the desk has sent to this customer through the sandbox's Graph API, oldest first."""
        answer = self.http.get(f"{self.endpoints['sandbox']}/api/requests", params={"provider": "meta"})
        bodies = [item["body"] for item in answer.raise_for_status().json()["items"]]
        return [body for body in bodies if isinstance(body, dict) and body.get("to") == recipient]

    # --- the sandbox's side

    def phone(self, path: str, *, provider: str = "meta", **body: Any) -> Any:
        """What a customer does on the sandbox's phone (`from_` is the number); the sandbox's answer."""
        given = {name.rstrip("_"): value for name, value in body.items()}
        answer = self.http.post(f"{self.endpoints['sandbox']}/api/{provider}/{path}", json=given)
        assert answer.is_success, answer.text
        return answer.json()

    def write(self, customer: str, *, name: str = "Daniele Asmonti", **body: Any) -> str:
        """The customer writes on the phone; the provider's id of the message."""
        message_id: str = self.phone("messages", from_=customer, name=name, **body)["message_id"]
        return message_id

    def phone_file(self, name: str, content: bytes, mime_type: str, *, provider: str = "meta") -> str:
        """A file on the customer's phone; its id there."""
        url = f"{self.endpoints['sandbox']}/api/{provider}/media"
        answer = self.http.post(url, files={"file": (name, content, mime_type)})
        assert answer.is_success, answer.text
        media_id: str = answer.json()["media_id"]
        return media_id

    def fault(self, **fault: Any) -> None:
        """Let the next calls to a provider fail."""
        answer = self.http.post(f"{self.endpoints['sandbox']}/api/faults", json=fault)
        assert answer.is_success, answer.text

    def provider_calls(self, provider: str, path_part: str) -> list[dict[str, Any]]:
        """What the desk asked of a provider, oldest first."""
        answer = self.http.get(f"{self.endpoints['sandbox']}/api/requests", params={"provider": provider})
        return [item for item in answer.raise_for_status().json()["items"] if path_part in item["path"]]

    # --- the agent's side

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A call of the REST API with the token."""
        headers = {"Authorization": f"Bearer {self.credentials['api_token']}", **options.pop("headers", {})}
        url = f"{self.endpoints['ticket_service']}/api/v1{path}"
        return self.http.request(method, url, headers=headers, **options)

    def get(self, path: str, **params: Any) -> Any:
        """A GET that must work."""
        answer = self.api("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, document: Any = None, status: int = 201) -> Any:
        """A POST that must be answered with this status."""
        answer = self.api("POST", path, json=document)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def change(self, path: str, document: Any, *, method: str = "PATCH", status: int = 200) -> Any:
        """An edit of what is there now, with its ETag; read again where somebody else was faster."""

        def edited() -> httpx.Response | None:
            tag = self.api("GET", path).headers["ETag"]
            answer = self.api(method, path, json=document, headers={"If-Match": tag})
            return answer if answer.status_code != 412 else None

        answer = wait_until(edited)
        assert answer is not None
        assert answer.status_code == status, answer.text
        return answer.json()

    def delete(self, path: str, status: int = 204) -> None:
        """A DELETE that must be answered with this status."""
        answer = self.api("DELETE", path)
        assert answer.status_code == status, answer.text

    def items(self, path: str, **params: Any) -> list[Any]:
        """All pages of a list."""
        page = self.get(path, **params)
        items: list[Any] = page["items"]
        while page["next"]:
            page = self.get(path, **params, cursor=page["next"])
            items += page["items"]
        return items

    def tickets_of(self, sender: str) -> list[Any]:
        """The tickets whose requester has this WhatsApp number (digits)."""
        return [
            ticket
            for ticket in self.items("/tickets", limit=100)
            if any(identity["value"] == f"+{sender}" for identity in ticket["requester"]["identities"])
        ]

    def ticket_of(self, sender: str, seconds: float = 20) -> Any:
        """The one ticket of this number, as soon as there is one."""
        tickets = wait_until(lambda: self.tickets_of(sender), seconds)
        assert len(tickets) == 1, tickets
        return tickets[0]

    def actions(self, number: str) -> list[Any]:
        """The ticket's timeline."""
        return self.items(f"/tickets/{number}/actions", limit=100)

    # --- the operator's side

    def kill(self, program: str) -> int:
        """End a process of this desk with SIGKILL; its old pid. The process runner starts it again."""
        running = instance.find_running(Home.from_environment(self.environment))
        assert running is not None

        def pid_of_running() -> int:
            states = {state.name: state for state in running.runner.states()}
            return states[program].pid if states[program].kind == "RUNNING" else 0

        pid = wait_until(pid_of_running, 60)  # while it is being started again it has none
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_ready(self, seconds: float = 60) -> None:
        """Until every process is up and ready again."""
        wait_until(lambda: self.command("status").returncode == 0, seconds, every=0.5)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ./sportello for this desk."""
        return subprocess.run(
            [str(ROOT / "sportello"), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=UP_SECONDS,
            check=False,
        )


def webhook(changes: list[dict[str, Any]]) -> dict[str, Any]:
    """A WhatsApp webhook with one entry per change."""
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "2041", "changes": [{"field": "messages", "value": change}]} for change in changes],
    }


def text_message(sender: str, text: str, **options: Any) -> dict[str, Any]:
    """One message of a webhook; options: message_id, at (datetime)."""
    at = options.get("at") or datetime.now(UTC)
    return {
        "from": sender,
        "id": options.get("message_id") or new_message_id(),
        "timestamp": str(int(at.timestamp())),
        "type": "text",
        "text": {"body": text},
    }


def new_message_id() -> str:
    """A provider's message id nobody has used."""
    return f"wamid.{uuid.uuid4().hex}"


def new_number() -> str:
    """An Italian mobile number nobody has used (digits)."""
    return f"39335{uuid.uuid4().int % 10**7:07d}"


@contextmanager
def running_desk(home: Path, more: Mapping[str, str] | None = None) -> Iterator[Desk]:
    """`./sportello up --detach` in this folder; `down` at the end. `more` goes into its environment."""
    environment = {
        **{name: value for name, value in os.environ.items() if name not in ("AMQP_URL", "MONGODB_URI")},
        "SPORTELLO_HOME": str(home),
        "SPORTELLO_PORT_BASE": str(_free_base()),
        **(more or {}),
    }
    with httpx.Client(timeout=30, limits=httpx.Limits(max_connections=150)) as client:
        desk = Desk(home, environment, {}, {}, client)
        began = time.monotonic()
        up = desk.command("up", "--detach")
        assert up.returncode == 0, f"{up.stdout}\n{up.stderr}"
        assert time.monotonic() - began < UP_SECONDS
        try:
            desk.endpoints = json.loads((home / "endpoints.json").read_text())
            desk.credentials = json.loads((home / "credentials.json").read_text())
            yield desk
        finally:
            down = desk.command("down")
            assert down.returncode == 0, f"{down.stdout}\n{down.stderr}"


def _free_base() -> int:
    for base in range(18_000, 32_000, 100):
        if all(is_free(base + offset) for offset in OFFSETS.values()):
            return base
    raise AssertionError("no free range of ports")
