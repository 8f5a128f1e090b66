"""One change of a ticket's fields with all that follows: the team's turn, its status, history and facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from services.ticket_service import announce
from services.ticket_service.act.fields import (
    CLASSIFICATION,
    REQUESTER,
    attribute,
    check_fields,
    reader_problem,
)
from services.ticket_service.act.loading import known_status
from services.ticket_service.act.moving import move
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.act.time_entries import refuse_by_hand
from services.ticket_service.acting import Desk, Frame
from services.ticket_service.domain.history import HistoryEntry
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.status import CLOSED, Status, Workflow
from services.ticket_service.domain.ticket import PUBLIC_TICKET
from services.ticket_service.ports import Changes, LoadedTicket
from services.ticket_service.transition import enter_status
from services.ticket_service.turns import Turns
from shared.contracts import ticket_fact

STATUS: Final = "status"
ASSIGNEE: Final = "assignee"
JUSTIFICATION: Final = "justification"
VISIBLE_TO: Final = "visible_to"


class ClosedStays(Exception):
    """The desk does not let the classification of closed tickets be changed; `fields` are those asked for."""

    def __init__(self, fields: list[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


class Changing:
    """Changes one loaded ticket and puts all that follows into `changes`."""

    def __init__(
        self, desk: Desk, changes: Changes, loaded: LoadedTicket, workflow: Workflow, frame: Frame
    ) -> None:
        self._desk = desk
        self._changes = changes
        self._loaded = loaded
        self._ticket = loaded.ticket
        self._workflow = workflow
        self._frame = frame
        self._now = desk.clock()

    def set(self, wanted: Mapping[str, Any], may: Collection[str]) -> None:
        """Set fields and status; what is so already changes nothing. Errors as of change_ticket."""
        status = known_status(self._workflow, wanted.get(STATUS))
        before = {name: getattr(self._ticket, attribute(name)) for name in wanted if name != STATUS}
        changed = {name: wanted[name] for name, value in before.items() if wanted[name] != value}
        self._refuse(before, changed, status, may)
        # The reason goes last: it belongs to the status that the ticket is moved to.
        changed.pop(JUSTIFICATION, None)
        self._apply(changed, before)
        self._move(status, wanted.get(JUSTIFICATION), changed)
        kept = self._ticket.justification
        if JUSTIFICATION in wanted and wanted[JUSTIFICATION] != kept:
            changed[JUSTIFICATION] = wanted[JUSTIFICATION]
            self._apply({JUSTIFICATION: wanted[JUSTIFICATION]}, {JUSTIFICATION: kept})
        self._announce(changed)

    def assign(self, user_id: str) -> None:
        """Make somebody responsible, with the status that this takes the ticket to."""
        if self._ticket.assignee == user_id:
            return
        self._apply({ASSIGNEE: user_id}, {ASSIGNEE: self._ticket.assignee})
        self._move(None, None, {ASSIGNEE: user_id})
        self._announce({ASSIGNEE: user_id})

    def _refuse(
        self,
        before: Mapping[str, Any],
        changed: Mapping[str, Any],
        status: Status | None,
        may: Collection[str],
    ) -> None:
        check_fields(self._desk, before, changed, may)
        self._refuse_reader(changed)
        refuse_by_hand(self._desk.store, self._ticket, changed)
        stays_closed = CLOSED in (status or self._workflow.status(self._ticket.status)).roles
        was_closed = CLOSED in self._workflow.status(self._ticket.status).roles
        fields = sorted(CLASSIFICATION & set(changed))
        fixed = bool(fields) and was_closed and stays_closed
        if fixed and not self._desk.store.setting(TicketOptions).reclassify_closed:
            raise ClosedStays(fields)

    def _refuse_reader(self, changed: Mapping[str, Any]) -> None:
        """Who alone sees the ticket is one of its requester's people, also when the requester changes."""
        reader = changed.get(VISIBLE_TO, self._ticket.visible_to)
        if reader is None or not {VISIBLE_TO, REQUESTER} & set(changed):
            return
        store, requester = self._desk.store, self._loaded.requester
        if REQUESTER in changed:
            requester = store.load_contacts([changed[REQUESTER]])[changed[REQUESTER]]
        problem = reader_problem(store, reader, requester)
        if problem is not None:
            raise Unfit([(VISIBLE_TO, problem)])

    def _apply(self, changed: dict[str, Any], before: Mapping[str, Any]) -> None:
        for name, after in changed.items():
            setattr(self._ticket, attribute(name), after)
            self._note(name, before[name], after)
        if "type" in changed:
            self._follow_type()
        if REQUESTER in changed:
            wanted = changed[REQUESTER]
            self._loaded.requester = self._desk.store.load_contacts([wanted])[wanted]
            # A contact that is merged at this moment must not be left with a ticket.
            self._changes.touch(self._loaded.requester)
        takes_turn = changed.get("group") is not None and self._ticket.assignee is None
        if takes_turn and ASSIGNEE not in changed:
            chosen = Turns(self._changes, self._desk.store).next(changed["group"])
            if chosen is not None:
                self._ticket.assignee = changed[ASSIGNEE] = chosen
                self._note(ASSIGNEE, None, chosen)

    def _follow_type(self) -> None:
        """Messages never join an internal ticket; a public one gets them again if no other does."""
        conversation, ticket = self._loaded.conversation, self._ticket
        if conversation is None:
            return
        if ticket.type != PUBLIC_TICKET:
            conversation.ticket_left(ticket.id)
        elif conversation.open_ticket_id is None:
            conversation.ticket_moved(ticket.id, CLOSED in self._workflow.status(ticket.status).roles)
        self._changes.touch(conversation)

    def _move(self, status: Status | None, reason: str | None, changed: Mapping[str, Any]) -> None:
        ticket, workflow, frame = self._ticket, self._workflow, self._frame
        if status is not None:
            move(self._desk, self._changes, self._loaded, workflow, status, reason, frame, self._now)
        elif changed.get(ASSIGNEE) is not None:
            enter_status(
                *(self._changes, ticket, self._loaded.conversation, workflow),
                *(workflow.after_assigned(ticket.status), frame.actor, self._now, self._desk.new_id),
                frame.cause,
            )

    def _note(self, name: str, before: Any, after: Any) -> None:
        ticket, changes = self._ticket, self._changes
        ticket.updated_at = self._now
        changes.touch(ticket)
        changes.history.append(
            HistoryEntry(self._desk.new_id(), ticket.id, self._now, self._frame.actor, name, before, after)
        )

    def _announce(self, changed: Mapping[str, Any]) -> None:
        """One fact that somebody got the ticket, one of all else that changed."""
        fields = sorted(changed)
        if changed.get(ASSIGNEE) is not None:
            fields.remove(ASSIGNEE)
            self._fact(ticket_fact.ASSIGNED)
        if fields:
            self._fact(ticket_fact.CHANGED, changed=fields)

    def _fact(self, kind: str, **more: Any) -> None:
        ticket, conversation = self._ticket, self._loaded.conversation
        status, event_id = self._workflow.status(ticket.status), f"{self._desk.new_id()}:{kind}"
        self._changes.events.append(
            announce.fact(
                *(kind, ticket, conversation, status, self._now, event_id, self._frame.cause),
                actor=self._frame.actor,
                **more,
            )
        )
