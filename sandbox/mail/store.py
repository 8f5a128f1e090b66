"""The customers' mailboxes: who there is, and every mail between them and the desk; in memory, bounded."""

import itertools
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from sandbox.events import Publisher
from sandbox.mail.addresses import domain_of
from sandbox.mail.reading import Part, Read, read

MAX_PEOPLE = 200
MAX_MAILS = 5_000
MAX_BYTES = 192 * 2**20
MAX_FILE_BYTES = 24 * 2**20
_MAX_LINE_TEXT = 20_000
_SHOWN = 400
HABITS = ("reads", "absent", "robot", "forgetful", "bounces", "full", "unknown")
"""What a mailbox does with a mail of the desk: nothing, it answers that its owner is away (marked as such),
it answers like a careless program (not marked), it writes a new mail each time (not marked and belonging to
nothing), it takes the mail and sends it back as undeliverable, it is full (452) or not known (550)."""
_FIRST_PEOPLE = (
    ("anna.rossi@example.net", "Anna Rossi"),
    ("daniele@asmonti.example", "Daniele Asmonti"),
    ("Chiara.Bianchi@example.org", "Chiara Bianchi"),
    ("studio.verdi@pec.example", "Studio Verdi"),
)


@dataclass(slots=True)
class Person:
    """Somebody with a mailbox."""

    address: str
    name: str
    habit: str = "reads"

    @property
    def certified(self) -> bool:
        """Whether the mailbox is one of certified mail."""
        return is_certified(self.address)

    def line(self) -> dict[str, Any]:
        """The person as the page knows it."""
        return {
            "address": self.address, "name": self.name, "habit": self.habit, "certified": self.certified,
        }  # fmt: skip


@dataclass(slots=True)
class Mail:
    """A mail between the desk and customers. `owners` are the customers who have it in their mailbox,
    `thread` the id of the first mail it belongs to, `state` is `taken` or `failed` (with `problem`)."""

    id: str
    at: float
    outgoing: bool  # from the desk
    owners: tuple[str, ...]
    thread: str
    raw: bytes = field(repr=False)
    read: Read = field(repr=False)
    state: str = "taken"
    problem: str = ""

    def line(self) -> dict[str, Any]:
        """The mail as the page shows it, without its HTML and its files."""
        whole = self.read.line()
        return {
            "id": self.id,
            "at": self.at,
            "outgoing": self.outgoing,
            "owners": list(self.owners),
            "thread": self.thread,
            "state": self.state,
            "problem": self.problem,
            "size": len(self.raw),
            **whole,
            "text": whole["text"][:_MAX_LINE_TEXT],
        }


class MailStore:
    """People, mails and files behind one lock; the oldest mails are forgotten when there are too many."""

    def __init__(self, events: Publisher) -> None:
        self._events = events
        self._lock = threading.RLock()
        self._people: OrderedDict[str, Person] = OrderedDict()
        self._mails: OrderedDict[str, Mail] = OrderedDict()
        self._files: OrderedDict[str, Part] = OrderedDict()
        self._by_message_id: dict[str, str] = {}
        self._ids = itertools.count(1)
        self._bytes = 0
        for address, name in _FIRST_PEOPLE:
            self.person(address, name)

    def person(self, address: str, name: str = "") -> Person:
        """The owner of this address, made when there is none; a name that is given replaces the known one."""
        address = address.lower()
        with self._lock:
            known = self._people.get(address)
            if known is None:
                if len(self._people) >= MAX_PEOPLE:
                    self._people.popitem(last=False)
                known = self._people[address] = Person(address, name or address.partition("@")[0])
            elif not name or name == known.name:
                return known
            else:
                known.name = name
            line = known.line()
        self._events.publish("person", line)
        return known

    def habit_of(self, address: str) -> str:
        """What the mailbox of this address does with mails of the desk."""
        with self._lock:
            known = self._people.get(address.lower())
        return known.habit if known else "reads"

    def change_habit(self, address: str, habit: str) -> Person:
        """Let this mailbox behave so from now on; `habit` is one of HABITS."""
        known = self.person(address)
        known.habit = habit
        self._events.publish("person", known.line())
        return known

    def people(self) -> list[dict[str, Any]]:
        """Everybody, in the order of their arrival."""
        with self._lock:
            return [person.line() for person in self._people.values()]

    def add(
        self,
        raw: bytes,
        owners: tuple[str, ...],
        *,
        outgoing: bool,
        problem: str = "",
        about: Mail | None = None,
    ) -> Mail:
        """Keep a mail. `problem` says why it did not get through, `about` which mail it is a notice of."""
        seen = read(raw)
        with self._lock:
            number = f"m{next(self._ids)}"
            answered = [self._by_message_id[each] for each in seen.answers if each in self._by_message_id]
            thread = next((self._mails[each].thread for each in reversed(answered)), number)
            thread = about.thread if about is not None else thread
            state = "failed" if problem else "taken"
            mail = Mail(number, time.time(), outgoing, owners, thread, raw, seen, state, problem)
            self._mails[number] = mail
            self._bytes += len(raw)
            if seen.message_id:
                self._by_message_id.setdefault(seen.message_id, number)
            while len(self._mails) > MAX_MAILS or (self._bytes > MAX_BYTES and len(self._mails) > 1):
                self._forget_oldest()
        self._events.publish("mail", mail.line())
        return mail

    def mail(self, mail_id: str) -> Mail | None:
        """The mail with this id, unless it is unknown or forgotten."""
        with self._lock:
            return self._mails.get(mail_id)

    def mails(self, owner: str | None = None) -> list[Mail]:
        """The mails, oldest first, of one customer when `owner` is given."""
        with self._lock:
            found = list(self._mails.values())
        return [mail for mail in found if owner is None or owner.lower() in mail.owners]

    def lines(self) -> list[dict[str, Any]]:
        """The newest mails as the page shows them, oldest first."""
        return [mail.line() for mail in self.mails()[-_SHOWN:]]

    def keep_file(self, name: str, mime_type: str, content: bytes) -> str:
        """Keep a file that a customer is going to attach; returns its id."""
        with self._lock:
            file_id = f"f{next(self._ids)}"
            self._files[file_id] = Part(name, mime_type, len(content), "", content)
            while len(self._files) > 1 and sum(part.size for part in self._files.values()) > MAX_BYTES // 3:
                self._files.popitem(last=False)
        return file_id

    def file(self, file_id: str) -> Part | None:
        """The file with this id, unless it is unknown or forgotten."""
        with self._lock:
            return self._files.get(file_id)

    def _forget_oldest(self) -> None:
        number, oldest = self._mails.popitem(last=False)
        self._bytes -= len(oldest.raw)
        if self._by_message_id.get(oldest.read.message_id) == number:
            del self._by_message_id[oldest.read.message_id]


def is_certified(address: str) -> bool:
    """Whether an address is one of certified mail (here: by its domain)."""
    return domain_of(address).startswith(("pec.", "legalmail."))
