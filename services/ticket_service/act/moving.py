"""A person moves a ticket to a status: what has to be true first, and the reason where one is asked for."""

from __future__ import annotations

from datetime import datetime

from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.act.relations import open_children
from services.ticket_service.acting import Desk, Frame
from services.ticket_service.domain.field_rules import FieldRules
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.status import CLOSED, SPAM, Status, Workflow
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.ports import Changes, LoadedTicket
from services.ticket_service.transition import enter_status


class ChildrenOpen(Exception):
    """The ticket's children have to be closed first; `children` are their numbers."""

    def __init__(self, children: list[str]) -> None:
        super().__init__(", ".join(children))
        self.children = children


def move(
    desk: Desk,
    changes: Changes,
    loaded: LoadedTicket,
    workflow: Workflow,
    to: Status,
    justification: str | None,
    frame: Frame,
    now: datetime,
) -> bool:
    """Enter a status on a person's word; False when the ticket is there already.

    `justification` is what the person gives as reason with this move. Unfit (the status asks for a reason,
    closing needs fields that are empty), ChildrenOpen.
    """
    ticket = loaded.ticket
    if ticket.status == to.key:
        return False
    _must_be_ready(desk, ticket, to, justification)
    return enter_status(
        *(changes, ticket, loaded.conversation, workflow, to),
        *(frame.actor, now, desk.new_id, frame.cause),
    )


def _must_be_ready(desk: Desk, ticket: Ticket, to: Status, justification: str | None) -> None:
    if to.asks_justification and not (justification or "").strip():
        choice = f" For example: {'; '.join(to.justifications)}." if to.justifications else ""
        raise Unfit([("justification", f"The status {to.label!r} asks for a reason.{choice}")])
    if CLOSED not in to.roles or SPAM in to.roles:
        return
    filled = ["justification"] if justification else []
    if desk.store.setting(FieldRules).rule("attachments").mandatory and desk.store.has_files(ticket.id):
        filled.append("attachments")
    missing = desk.store.setting(FieldRules).missing(ticket, filled)
    if missing:
        raise Unfit(missing)
    if desk.store.setting(TicketOptions).children_close_first:
        children = open_children(desk.store, ticket)
        if children:
            raise ChildrenOpen(children)
