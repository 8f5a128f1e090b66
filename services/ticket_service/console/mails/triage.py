"""Triage: mails that opened no ticket by themselves, read in place, and what people make of them."""

from __future__ import annotations

from services.ticket_service.console.mails.words import FILTERS
from services.ticket_service.console.pages import ConsoleBlueprint

blueprint = ConsoleBlueprint("triage", __name__)
for _name, _filter in FILTERS.items():
    blueprint.add_app_template_filter(_filter, _name)
