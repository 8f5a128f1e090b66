"""Service levels, calendars and what happens by the clock."""

from __future__ import annotations

from typing import Any, Final

from services.ticket_service.domain.auto_close import AutoClose
from services.ticket_service.domain.calendar import Calendar
from services.ticket_service.domain.recalculation import Recalculation
from services.ticket_service.domain.sla_policy import SlaPolicy
from services.ticket_service.store.kinds.kind import Kind

KINDS: Final[dict[type[Any], Kind]] = {
    SlaPolicy: Kind("sla_policies", cached=True, audited=True),
    Calendar: Kind("calendars", cached=True, audited=True),
    AutoClose: Kind("auto_close", cached=True, audited=True),
    Recalculation: Kind("sla_recalculation"),
}
