"""What is sent as a MongoDB document, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from services.notifier.domain.content import (
    Choice,
    ContactCard,
    Content,
    File,
    FormField,
    Interactive,
    Location,
    Reaction,
    Section,
    Template,
)

Document = dict[str, Any]


def content_document(content: Content) -> Document:
    """Kind and text to be read by people; the rest as text, so that no key or number in it upsets the store.

    (A template's components are the API caller's own structure.)
    """
    rest = {name: value for name, value in asdict(content).items() if name not in ("kind", "text") and value}
    return {"kind": content.kind, "text": content.text, "rest": json.dumps(rest) if rest else ""}


def content_of(document: Document) -> Content:
    """The content in a document."""
    rest: Document = json.loads(document["rest"]) if document["rest"] else {}
    template, location, reaction = rest.get("template"), rest.get("location"), rest.get("reaction")
    interactive = rest.get("interactive")
    return Content(
        kind=document["kind"],
        text=document["text"],
        template=template and Template(template["name"], template["language"], tuple(template["components"])),
        files=tuple(File(**one) for one in rest.get("files", ())),
        interactive=interactive and _interactive(interactive),
        location=location and Location(**location),
        contacts=tuple(
            ContactCard(**card | {"phones": tuple(card["phones"]), "emails": tuple(card["emails"])})
            for card in rest.get("contacts", ())
        ),
        reaction=reaction and Reaction(**reaction),
    )


def _interactive(document: Document) -> Interactive:
    sections = tuple(Section(one["title"], _choices(one["rows"])) for one in document["sections"])
    asked = document.get("form_fields", [])  # what was stored before there were forms has none
    form = tuple(FormField(**one | {"choices": tuple(one["choices"])}) for one in asked)
    parts = {"buttons": _choices(document["buttons"]), "sections": sections, "form_fields": form}
    return Interactive(**document | parts)


def _choices(documents: list[Document]) -> tuple[Choice, ...]:
    return tuple(Choice(**one) for one in documents)
