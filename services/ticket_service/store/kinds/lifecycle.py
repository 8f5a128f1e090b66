"""How tickets come to be: rules on create, the opening question, blocked senders."""

from __future__ import annotations

from typing import Any, Final

from services.ticket_service.store.kinds.kind import Kind

KINDS: Final[dict[type[Any], Kind]] = {}
