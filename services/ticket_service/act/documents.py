"""What a document of a ticket is made of: its values as people read them, in the desk's time zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final, TypeVar

from services.ticket_service.acting import Desk
from services.ticket_service.domain.attachment import STORED, Attachment
from services.ticket_service.domain.contract import Contract
from services.ticket_service.domain.dictionary import CLOSED_LISTS, DictionaryEntry, entry_id
from services.ticket_service.domain.intervention import Intervention
from services.ticket_service.domain.message import INTERNAL, Message
from services.ticket_service.domain.organization import Organization
from services.ticket_service.domain.product import Product
from services.ticket_service.domain.project import Project
from services.ticket_service.domain.team import Team
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.domain.time_entry import TimeEntry
from services.ticket_service.domain.user import User
from services.ticket_service.ports import LoadedTicket

T = TypeVar("T", Organization, Product, Project, Contract)

MOST_ACTIONS: Final = 1_000
MOST_IMAGES: Final = 20
"""In one document."""
_PICTURES: Final = "image/"
_TEXTS: Final = ("number", "title", "type", "justification", "solution", "hours", "days", "tags", "cc")
_TIMES: Final = ("created_at", "closed_at", "planned_at", "solution_forecast")
_FACTS: Final = (
    *(("Requester", "requester"), ("Organization", "organization"), ("Responsible", "assignee")),
    *(("Group", "group"), ("Service", "service"), ("Category", "category"), ("Priority", "priority")),
    *(("Severity", "severity"), ("Importance", "importance"), ("Request type", "request_type")),
    *(("Operation", "operation"), ("Product", "product"), ("Project", "project"), ("Contract", "contract")),
    *(("Planned", "planned_at"), ("Solution forecast", "solution_forecast"), ("Hours", "hours")),
    *(("Days", "days"), ("Justification", "justification")),
)


@dataclass(frozen=True, slots=True)
class Material:
    """All that is told of one ticket; `more` says that it has more actions than these."""

    loaded: LoadedTicket
    actions: Sequence[Message]
    more: bool
    files: Sequence[Attachment]
    interventions: Sequence[Intervention]
    time_entries: Sequence[TimeEntry]


class Values:
    """The values of a document; reads names of what the ticket refers to as they are needed."""

    def __init__(self, desk: Desk, material: Material, image: Callable[[Attachment], str | None]) -> None:
        """`image` gives the address of a file's picture in the document, None where it has none."""
        self._desk = desk
        self._material = material
        self._image = image
        self._zone = desk.store.desk().time_zone
        self._users = {user.id: user.name for user in desk.store.all(User)}

    def all(self) -> dict[str, Any]:
        """Plain values for a model (docs/documents.md lists them)."""
        material = self._material
        ticket = self._ticket(material.loaded.ticket)
        requester = material.loaded.requester
        names = {**ticket, "requester": requester.name}
        entries = [self._time(each) for each in material.time_entries]
        return {
            "desk": {"now": self._at(self._desk.clock()), "time_zone": str(self._zone)},
            "ticket": ticket,
            "requester": {
                "name": requester.name,
                "identities": [{"kind": each.kind, "value": each.value} for each in requester.identities],
            },
            "facts": [{"label": label, "value": names[name]} for label, name in _FACTS if names[name]],
            "actions": [self._action(each) for each in material.actions],
            "more_actions": material.more,
            "files": [self._file(each) for each in material.files],
            "interventions": [self._intervention(each) for each in material.interventions],
            "time_entries": entries,
        }

    def _ticket(self, ticket: Ticket) -> dict[str, Any]:
        status = self._desk.store.workflow().status(ticket.status)
        labels = {each.id: each.label for each in self._desk.store.all(DictionaryEntry)}
        teams = {team.id: team.name for team in self._desk.store.all(Team)}
        listed = {name: getattr(ticket, name) for name in CLOSED_LISTS}
        return {
            **{name: getattr(ticket, name) for name in _TEXTS},
            **{name: self._at(getattr(ticket, name)) for name in _TIMES},
            **{name: labels.get(entry_id(name, key), key) if key else None for name, key in listed.items()},
            "status": status.label,
            "status_color": status.color,
            "assignee": self._user(ticket.assignee),
            "group": teams.get(ticket.group or "", ticket.group),
            "organization": self._name(Organization, ticket.organization),
            "product": self._name(Product, ticket.product),
            "project": self._name(Project, ticket.project),
            "contract": self._name(Contract, ticket.contract),
            "description": [{"at": self._at(each.at), "text": each.text} for each in ticket.description],
        }

    def _action(self, message: Message) -> dict[str, Any]:
        files: Mapping[str, Attachment] = {each.id: each for each in self._material.files}
        return {
            "number": message.number,
            "part": message.part,
            "author": message.author.name,
            "author_kind": message.author.kind,
            "at": self._at(message.occurred_at),
            "text": message.text,
            "internal": message.visibility == INTERNAL,
            "files": [self._file(files[each]) for each in message.attachments if each in files],
        }

    def _file(self, file: Attachment) -> dict[str, Any]:
        shown = file.state == STORED and file.mime_type.startswith(_PICTURES)
        return {
            "filename": file.filename or file.kind,
            "type": file.mime_type,
            "size": _size(file.size),
            "image": self._image(file) if shown else None,
        }

    def _intervention(self, each: Intervention) -> dict[str, Any]:
        mine = [entry for entry in self._material.time_entries if entry.intervention == each.id]
        times = ("planned_at", "started_at", "ended_at")
        return {
            **{name: getattr(each, name) for name in ("title", "description", "minutes", "report")},
            **{name: self._at(getattr(each, name)) for name in times},
            "status": each.status.replace("_", " "),
            "technician": self._user(each.technician),
            "time_entries": [self._time(entry) for entry in mine],
        }

    def _time(self, entry: TimeEntry) -> dict[str, Any]:
        return {
            "user": self._user(entry.user),
            "minutes": entry.minutes,
            "hours": round(entry.minutes / 60, 2),
            "worked_on": entry.worked_on.isoformat(),
            "note": entry.note,
        }

    def _user(self, user_id: str | None) -> str | None:
        return self._users.get(user_id, user_id) if user_id else None

    def _name(self, kind: type[T], record_id: str | None) -> str | None:
        record = self._desk.store.record(kind, record_id) if record_id else None
        return record.name if record else record_id

    def _at(self, at: datetime | None) -> str | None:
        return shown_time(at, self._zone) if at else None


def shown_time(at: datetime, zone: tzinfo) -> str:
    """A time as people at the desk read it; as it is where the zone has no such time."""
    try:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
    except OverflowError:
        return f"{at:%Y-%m-%d %H:%M}"


def _size(size: int | None) -> str:
    if size is None:
        return ""
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, round(size / 1024))} kB"
