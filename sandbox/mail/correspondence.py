"""What customers do on their mailboxes: they write, answer, and send on whatever bytes a test gives them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sandbox.config import DeskMailbox
from sandbox.mail import certified, quoting, writing
from sandbox.mail.addresses import new_message_id, plain
from sandbox.mail.delivery import DeskMailboxes, MailboxUnreachable, as_delivered
from sandbox.mail.reading import Part
from sandbox.mail.store import Mail, MailStore, Person
from sandbox.mail.writing import Letter


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants to send. `answers` is the mail it answers, quoted as `client` does in `language`;
    without `to` it goes to whoever that mail wants answers at, else to the desk's first mailbox. An empty
    `message_id` leaves the header out, None makes one."""

    text: str
    subject: str | None = None
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    html: str = ""
    files: Sequence[Part] = ()
    answers: Mail | None = None
    to_all: bool = False
    client: str = "none"
    language: str = "it"
    message_id: str | None = None
    at: datetime | None = None
    headers: dict[str, str] = field(default_factory=dict)
    folder: str = "INBOX"


class Correspondence:
    """Writes customers' mails and puts them into the desk's mailboxes."""

    def __init__(self, store: MailStore, mailboxes: DeskMailboxes) -> None:
        self._store = store
        self._mailboxes = mailboxes

    def write(self, author: Person, draft: Draft) -> Mail:
        """Send a mail; it is kept as failed when a mailbox of the desk did not take it. From a certified
        mailbox to a certified one of the desk it travels in its envelope."""
        draft = self._addressed(author, draft)
        written = quoting.Written(draft.text, draft.html)
        references: list[str] = []
        if draft.answers is not None:
            written = quoting.answer(draft.text, draft.answers, draft.client, draft.language)
            references = writing.references_to(draft.answers)
        message_id = draft.message_id
        raw = writing.compose(
            Letter(
                sender=(author.name, author.address),
                to=draft.to,
                cc=draft.cc,
                subject=draft.subject or "",
                text=written.text,
                html=draft.html or written.html,
                files=draft.files,
                references=references,
                message_id=new_message_id(author.address) if message_id is None else message_id,
                at=draft.at,
                headers=draft.headers,
            )
        )
        return self.post(raw, author.address, [*draft.to, *draft.cc], draft.subject or "", draft.folder)

    def post(
        self, raw: bytes, sender: str, recipients: Sequence[str], subject: str = "", folder: str = "INBOX"
    ) -> Mail:
        """Send a mail as it is, to everybody among the recipients who has a mailbox here or at the desk."""
        owners = [sender.lower()] if sender else []
        problems = []
        for address in dict.fromkeys(recipients):
            mailbox = self._mailboxes.find(address)
            if mailbox is None:
                owners.append(self._store.person(address).address)
                continue
            try:
                self._put(mailbox, raw, sender, address, subject, folder)
            except MailboxUnreachable as error:
                problems.append(str(error))
        own = tuple(dict.fromkeys(owners))
        return self._store.add(raw, own, outgoing=False, problem=" ".join(problems))

    def mailbox(self, address: str) -> DeskMailbox | None:
        """The desk's mailbox behind an address."""
        return self._mailboxes.find(address)

    def send_again(self, mail: Mail, mailbox: DeskMailbox, folder: str = "INBOX") -> None:
        """Put the same bytes into a mailbox of the desk once more, as a server does that is not sure."""
        sender = mail.read.sender[0][1] if mail.read.sender else ""
        self._put(mailbox, mail.raw, sender, mailbox.address, mail.read.subject, folder)

    def _put(
        self, mailbox: DeskMailbox, raw: bytes, sender: str, address: str, subject: str, folder: str
    ) -> None:
        known = self._store.person(sender) if sender else None
        if mailbox.certified and known is not None and known.certified:
            raw = certified.envelope(raw, sender, address, subject)
        self._mailboxes.put(mailbox, as_delivered(raw, sender, address), folder)

    def _addressed(self, author: Person, draft: Draft) -> Draft:
        answered = draft.answers
        if answered is None:
            return replace(draft, to=draft.to or [self._mailboxes.all[0].address])
        known = answered.read
        to = [address for _, address in known.reply_to or known.sender]
        changes: dict[str, Any] = {"subject": draft.subject or writing.answer_subject(known.subject)}
        if not draft.to:
            changes["to"] = to
        if draft.to_all and not draft.cc:
            here = {plain(address) for address in [author.address, *to]}
            others = [address for _, address in [*known.to, *known.cc] if plain(address) not in here]
            changes["cc"] = list(dict.fromkeys(others))
        return replace(draft, **changes)
