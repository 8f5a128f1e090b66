"""Interventions, time, products, projects, contracts, documents."""

from __future__ import annotations

from typing import Any, Final

from services.ticket_service.store.kinds.kind import Kind

KINDS: Final[dict[type[Any], Kind]] = {}
