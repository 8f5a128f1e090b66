"""The document models that come with the desk; administrators add their own beside them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from services.ticket_service.domain.document_model import DocumentModel

SUMMARY: Final = "ticket-summary"
CONVERSATION: Final = "conversation"
INTERVENTION: Final = "intervention-report"
_FOLDER: Final = Path(__file__).with_name("models")
_NAMES: Final = {
    SUMMARY: ("Ticket summary", "Fields, description, interventions, time and files."),
    CONVERSATION: ("Whole conversation", "Everything said, with pictures."),
    INTERVENTION: ("Intervention report", "What was planned and done, to be signed."),
}


@cache
def builtin_models() -> dict[str, DocumentModel]:
    """The models by their ids."""
    style = (_FOLDER / "base.css").read_text()
    return {
        key: DocumentModel(
            id=key,
            name=name,
            description=description,
            body=(_FOLDER / f"{key}.html").read_text(),
            style=style,
            created_at=None,
            updated_at=None,
            builtin=True,
        )
        for key, (name, description) in _NAMES.items()
    }
