"""Opening a ticket by hand, and what templates ask of the composer."""

from __future__ import annotations

from services.ticket_service.console.composer.compose import composer_of
from services.ticket_service.console.pages import ConsoleBlueprint

blueprint = ConsoleBlueprint("composer", __name__)
blueprint.add_app_template_global(composer_of, "composer_of")
