"""What people call the fields of a ticket, the kinds of ties, the promises: as texts to be translated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask_babel import lazy_gettext as _l

from services.ticket_service.domain import confidential, intervention, relation, sla

FIELDS: Final[Mapping[str, object]] = {
    "title": _l("Subject"),
    "status": _l("Status"),
    "justification": _l("Justification"),
    "description": _l("Description"),
    "type": _l("Type"),
    "requester": _l("Requester"),
    "service": _l("Service"),
    "category": _l("Category"),
    "priority": _l("Priority"),
    "solution_forecast": _l("Solution forecast"),
    "assignee": _l("Responsible"),
    "cc": _l("Cc"),
    "tags": _l("Tags"),
    "group": _l("Team"),
    "request_type": _l("Request type"),
    "severity": _l("Severity"),
    "importance": _l("Importance"),
    "operation": _l("Operation"),
    "organization": _l("Organization"),
    "linked_to": _l("Linked to"),
    "product": _l("Product"),
    "project": _l("Project"),
    "contract": _l("Contract"),
    "planned_at": _l("Planned for"),
    "hours": _l("Hours"),
    "days": _l("Days"),
    "solution": _l("Solution"),
    "notify_requester": _l("Notify the requester"),
    "watchers": _l("Watchers"),
    "attachments": _l("Attachments"),
    "visible_to": _l("Seen only by"),
}
TYPES: Final[Mapping[str, object]] = {"public": _l("Public"), "internal": _l("Internal")}
RELATIONS: Final[Mapping[str, object]] = {
    relation.RELATED: _l("Related"),
    relation.DUPLICATE: _l("Duplicate"),
    relation.PARENT: _l("Parent"),
    relation.CHILD: _l("Child"),
    relation.BLOCKS: _l("Blocked by this one"),
    relation.BLOCKED_BY: _l("Blocks this one"),
}
"""What the other ticket is for this one."""
PROMISES: Final[Mapping[str, object]] = {
    sla.FIRST_RESPONSE: _l("First response"),
    sla.NEXT_RESPONSE: _l("Next response"),
    sla.RESOLUTION: _l("Resolution"),
    sla.IDLE: _l("Sign of life"),
}
PROMISE_STATES: Final[Mapping[str, object]] = {
    sla.PENDING: _l("running"),
    sla.MET: _l("kept"),
    sla.WARNED: _l("soon due"),
    sla.BREACHED: _l("broken"),
}
INTERVENTION_FIELDS: Final[Mapping[str, object]] = {
    "title": _l("Title"),
    "description": _l("Description"),
    "technician": _l("Technician"),
    "planned_at": _l("Planned for"),
    "minutes": _l("Minutes"),
    "status": _l("Status"),
    "started_at": _l("Started"),
    "ended_at": _l("Ended"),
    "report": _l("Report"),
}
STEPS: Final[Mapping[str, object]] = {
    intervention.PLANNED: _l("Planned"),
    intervention.IN_PROGRESS: _l("In progress"),
    intervention.DONE: _l("Done"),
    intervention.CANCELLED: _l("Cancelled"),
}
STAGES: Final[Mapping[str, object]] = {"lead": _l("Lead"), "contact": _l("Contact")}
IDENTITIES: Final[Mapping[str, object]] = {
    "whatsapp": _l("WhatsApp"),
    "email": _l("E-mail"),
    "phone": _l("Phone"),
    "webchat": _l("Webchat"),
}
ASKED: Final[Mapping[str, object]] = {
    confidential.WAITING: _l("waiting for the answer"),
    confidential.ANSWERED: _l("answered"),
    confidential.EXPIRED: _l("expired"),
    confidential.WITHDRAWN: _l("withdrawn"),
    confidential.DELETED: _l("deleted"),
}
