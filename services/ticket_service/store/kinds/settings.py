"""What administrators shape: statuses, dictionaries, fields, numbering, options."""

from __future__ import annotations

from typing import Any, Final

from pymongo import IndexModel

from services.ticket_service.domain.dictionary import DictionaryEntry
from services.ticket_service.domain.field_rules import FieldRules
from services.ticket_service.domain.numbering import Numbering
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.settings import DeskSettings
from services.ticket_service.domain.status import Status
from services.ticket_service.store.kinds.kind import Kind

KINDS: Final[dict[type[Any], Kind]] = {
    Status: Kind("statuses", cached=True, audited=True, id_field="key"),
    DictionaryEntry: Kind(
        "dictionary_entries",
        (IndexModel([("dictionary", 1), ("key", 1)], unique=True),),
        cached=True,
        audited=True,
    ),
    FieldRules: Kind("field_rules", cached=True, audited=True),
    Numbering: Kind("numbering", cached=True, audited=True),
    TicketOptions: Kind("ticket_options", cached=True, audited=True),
    DeskSettings: Kind("settings", cached=True, audited=True),
}
