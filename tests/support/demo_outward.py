"""What a lived-in desk has beside tickets of now: past ones, programs that listen, things put aside."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any, Final

from services.ticket_service.domain.history import Actor
from services.ticket_service.domain.numbering import SERIES
from services.ticket_service.domain.sla import Sla, SlaTarget
from services.ticket_service.domain.ticket import Ticket
from services.ticket_service.ports import Changes
from tests.ticket_service.api.rig import ANNA, BRUNO, CHANNEL, KIND, Rig

PAST: Final = 70
_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_SUBJECTS: Final = ("Cambio indirizzo", "Rinnovo licenza", "Password dimenticata", "Copia della fattura")


def furnish_past(rig: Rig) -> None:
    """Closed tickets of the last weeks, for numbers and charts; comes before the tickets of now."""
    by_chance, now = random.Random(7), rig.clock.now
    requester = rig.post("/contacts", {"name": "Vecchi clienti", "stage": "contact"}).get_json()["id"]
    changes, numbers = Changes(), rig.store.reserve_numbers(SERIES, PAST)
    for position, number in enumerate(numbers):
        at = now - 40 * _DAY * (1 - position / PAST) - _DAY * 1.5
        changes.touch(_past(number, at, requester, by_chance))
    changes.counters["closed"] += PAST
    rig.store.save(changes)


def _past(number: int, at: datetime, requester: str, by_chance: random.Random) -> Ticket:
    answered = at + _MINUTE * round(by_chance.lognormvariate(3.2, 0.9))
    closed = answered + _MINUTE * round(by_chance.lognormvariate(6, 0.8))
    due = at + 60 * _MINUTE
    late = answered > due
    target = SlaTarget("first_response", 60, at, due, met_at=answered, breached_at=due if late else None)
    return Ticket(
        id=f"past-{number:06d}",
        number=f"TT{number}",
        sequence=number,
        title=_SUBJECTS[number % len(_SUBJECTS)],
        status="closed",
        channel_id=CHANNEL,
        channel_kind=KIND,
        requester_id=requester,
        conversation_id=None,
        created_at=at,
        updated_at=closed,
        created_by=Actor("customer", requester, "Vecchi clienti"),
        assignee=by_chance.choice((ANNA, ANNA, BRUNO)),
        first_response_at=answered,
        last_agent_reply_at=answered,
        read_at=answered,
        closed_at=closed,
        status_since=closed,
        sla=Sla("past", targets=[target]),
    )


def furnish_outward(rig: Rig) -> None:
    """A program that is told, messages put aside, a rejected template, words of one's own."""
    rig.post("/teams", {"name": "Amministrazione", "members": [BRUNO]})
    rig.reports("quality", "warning", "WhatsApp lowered the quality of the number to yellow")
    missing = "Add examples to the variables and write it again under another name."
    body = [{"type": "BODY", "text": "Scopra le nostre offerte di novembre!"}]
    rig.knows("offerte_novembre", "rejected", reason=missing, template_id="23", components=body)
    hook = {"url": "https://crm.example.com/sportello", "events": ["ticket.opened", "ticket.closed"]}
    made = rig.post("/settings/webhooks", {**hook, "description": "CRM"}).get_json()
    _deliveries(rig, made["id"])
    rig.quarantine()
    rig.quarantine("dead-letter-rejected", replayable=False)
    text = {
        "event": "opened",
        "audience": "requester",
        "language": "it",
        "subject": "Richiesta {{ ticket.number }}",
    }
    own = {**text, "body": "Gentile {{ customer.name }},\n\nabbiamo ricevuto la sua richiesta."}
    rig.change("/settings/notifications", {"texts": [own], "sends": {"opened": ["staff", "requester"]}})
    rig.post("/settings/api-tokens", {"name": "Negozio in linea", "scopes": ["tickets.read"]})


def _deliveries(rig: Rig, webhook_id: str) -> None:
    now = rig.clock.now
    common: dict[str, Any] = {"webhook_id": webhook_id, "ticket_id": "t", "expires_at": now, "version": 1}
    body = '{"type":"ticket.opened","data":{"number":"TT24"}}'
    for position, (status, error) in enumerate(
        ((204, ""), (None, "The address does not answer."), (500, ""))
    ):
        at = now - 5 * _MINUTE * (position + 1)
        attempt = {"at": at, "status": status, "error": error, "milliseconds": 40 + 400 * position}
        state = "delivered" if status == 204 else "failed" if status is None else "pending"
        rig.db["webhook_deliveries"].insert_one(
            {
                **common,
                **{"_id": f"delivery-{position}", "event_id": f"e{position}", "event_type": "ticket.opened"},
                **{"ticket_number": "TT24", "body": body, "created_at": at, "due_at": at, "state": state},
                **{"tries": 1, "attempts": [attempt], "delivered_at": at if status == 204 else None},
            }
        )
