"""A customer's mailbox at a running desk's sandbox: what a person does there, and what arrived."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.support.desk import Desk
from tests.support.waiting import wait_until


def new_address(domain: str = "example.net") -> str:
    """A mail address nobody has used."""
    return f"anna.{uuid.uuid4().hex[:10]}@{domain}"


@dataclass
class MailCustomer:
    """Somebody who writes mails to the desk."""

    desk: Desk
    address: str = field(default_factory=new_address)
    name: str = "Anna Rossi"

    def call(self, path: str, **body: Any) -> dict[str, Any]:
        """A call below /api/mail that must work."""
        given = {name.rstrip("_"): value for name, value in body.items()}
        answer = self.desk.http.post(f"{self.desk.endpoints['sandbox']}/api/mail/{path}", json=given)
        assert answer.is_success, answer.text
        document: dict[str, Any] = answer.json() if answer.content else {}
        return document

    def write(self, subject: str, text: str = "Buongiorno", **more: Any) -> str:
        """Write a mail; its id at the sandbox. `more`: as `POST /api/mail/messages` takes it."""
        mail = {"from": self.address, "name": self.name, "subject": subject, "text": text, **more}
        mail_id: str = self.call("messages", **mail)["mail_id"]
        return mail_id

    def answer(self, mail: dict[str, Any], text: str, **more: Any) -> str:
        """Answer a mail of the desk, quoting it as a mail program does."""
        return self.write(mail["subject"], text, answers=mail["id"], **more)

    def file(self, name: str, content: bytes, mime_type: str) -> str:
        """A file to attach; its id."""
        url = f"{self.desk.endpoints['sandbox']}/api/mail/files"
        answer = self.desk.http.post(url, files={"file": (name, content, mime_type)})
        assert answer.is_success, answer.text
        file_id: str = answer.json()["file"]
        return file_id

    def behaves(self, habit: str) -> None:
        """Let the mailbox do this with mails of the desk from now on."""
        self.call("people", address=self.address, habit=habit)

    def received(self) -> list[dict[str, Any]]:
        """What the desk sent here, oldest first."""
        url = f"{self.desk.endpoints['sandbox']}/api/mail/messages"
        answer = self.desk.http.get(url, params={"owner": self.address, "by": "desk"})
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    def waits_for(self, words: str, seconds: float = 40) -> dict[str, Any]:
        """The first mail of the desk with these words in subject or text, as soon as it is there."""

        def found() -> list[dict[str, Any]]:
            return [mail for mail in self.received() if words in f"{mail['subject']} {mail['text']}"]

        mail: dict[str, Any] = wait_until(found, seconds)[0]
        return mail

    def tickets(self) -> list[Any]:
        """The tickets whose requester has this address."""
        return [
            ticket
            for ticket in self.desk.items("/tickets", limit=100)
            if any(identity["value"] == self.address for identity in ticket["requester"]["identities"])
        ]

    def ticket(self, seconds: float = 40) -> Any:
        """The one ticket of this customer, as soon as there is one."""
        tickets = wait_until(self.tickets, seconds)
        assert len(tickets) == 1, tickets
        return tickets[0]


def headers_of(mail: dict[str, Any]) -> dict[str, str]:
    """The headers of a mail at the sandbox, names in lower case."""
    return {name.lower(): value for name, value in reversed(mail["headers"])}
