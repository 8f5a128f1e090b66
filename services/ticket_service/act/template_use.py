"""Whether a template can be sent as it is asked for, what it then says, and which files it names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from services.ticket_service.acting import InvalidReply, TemplateNotUsable
from services.ticket_service.domain.template import APPROVED, Template, template_key
from services.ticket_service.domain.template_text import compared, fill
from services.ticket_service.ports import DeskStore

_ATTACHMENT: Final = "attachment_id"


def usable_text(template: Template, components: Sequence[Mapping[str, Any]], place: str) -> str:
    """The template's text with its gaps filled. TemplateNotUsable, or InvalidReply with what does not fit.

    `place` is the field that holds the template in the request.
    """
    if template.status != APPROVED:
        raise TemplateNotUsable(template.name, template.status, template.reason)
    missing, surplus = compared(template.components, components)
    mistakes = [f"Nothing is given for: {', '.join(missing)}."] if missing else []
    mistakes += [f"The template has no place for: {', '.join(surplus)}."] if surplus else []
    if mistakes:
        raise InvalidReply([(f"{place}.components", each) for each in mistakes])
    return fill(template.components, components)


def must_be_sendable(
    store: DeskStore,
    wanted: Mapping[str, Any],
    place: str,
    channels: Collection[str],
    synced: Callable[[str], bool],
) -> None:
    """Refuse a template that the desk shall send by itself and that cannot be sent as it stands.

    Where templates are known, one of the `channels` must have it, approved and with nothing left to fill in.
    InvalidReply, TemplateNotUsable.
    """
    components = wanted.get("components", [])
    files = attachments_named(components, f"{place}.components")
    if files:
        raise InvalidReply(
            [(each, "A file is sent once only; choose another template.") for each, _ in files]
        )
    keys = [template_key(channel, wanted["name"], wanted["language"]) for channel in channels]
    found = [template for key in keys if (template := store.load_template(key)) is not None]
    if not found and any(synced(channel) for channel in channels):
        problem = f"No channel has a template {wanted['name']!r} in {wanted['language']!r}."
        raise InvalidReply([(f"{place}.name", problem)])
    for template in found:
        usable_text(template, components, place)


def attachments_named(document: Any, place: str) -> list[tuple[str, str]]:
    """(path, id) of every file that components name, in their order; nested as deep as requests may be."""
    return list(_named(document, place))


def _named(value: Any, place: str) -> Iterator[tuple[str, str]]:
    items: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, Mapping):
        items = iter(value.items())
    elif isinstance(value, list):
        items = enumerate(value)
    for key, item in items:
        if key == _ATTACHMENT:
            yield f"{place}.{key}", str(item)
        else:
            yield from _named(item, f"{place}.{key}")
