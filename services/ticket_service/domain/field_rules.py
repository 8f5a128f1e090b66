"""Which fields of a ticket the desk uses, and which of them have to be filled in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

CONFIGURABLE: Final = (
    *("title", "description", "type", "organization", "linked_to", "group", "request_type", "service"),
    *("category", "priority", "severity", "importance", "product", "project", "contract", "cc", "tags"),
    *("solution", "justification", "hours", "days", "planned_at", "operation", "solution_forecast"),
    *("notify_requester", "attachments", "watchers"),
)
"""S004: every field but requester and responsible can be enabled or disabled."""
NOT_MANDATORY: Final = frozenset({"notify_requester", "type", "watchers"})
"""They always have a value, or nobody is asked for one."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How the desk uses one field; `label` is what it is called here, empty for its usual name."""

    enabled: bool = True
    mandatory: bool = False
    label: str = ""


USUAL: Final = FieldRule()


@dataclass(frozen=True, slots=True)
class FieldRules:
    """The rules of fields that are not used as usual (enabled, not mandatory), by name."""

    id: str = "desk"
    fields: dict[str, FieldRule] = field(default_factory=dict)
    version: int = 0

    def rule(self, name: str) -> FieldRule:
        """The rule of a field; the usual one where the administrator made none."""
        return self.fields.get(name, USUAL)

    def refused(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """(field, what is wrong) of fields that somebody wants to set but the desk has switched off."""
        return [
            (name, "This desk does not use this field; an administrator can switch it on.")
            for name in names
            if not self.rule(name).enabled
        ]

    def missing(self, ticket: object, filled: Collection[str] = ()) -> list[tuple[str, str]]:
        """(field, what is wrong) of mandatory fields that are empty on a ticket.

        `ticket` is read by attribute names; `filled` are fields that are filled in but stand elsewhere
        (`attachments`). A number counts as filled in when it is not 0.
        """
        return [
            (name, "This desk asks for this field; fill it in.")
            for name in CONFIGURABLE
            if self.rule(name).mandatory and name not in filled and not _filled(ticket, name)
        ]


def mistakes(fields: Mapping[str, FieldRule]) -> list[tuple[str, str]]:
    """(field, what is wrong) of rules that cannot be."""
    found = []
    for name, rule in fields.items():
        if name not in CONFIGURABLE:
            known = ", ".join(CONFIGURABLE)
            found.append((name, f"There is no such field to be switched. Use these: {known}."))
        elif rule.mandatory and not rule.enabled:
            found.append((name, "A field that is switched off cannot be mandatory."))
        elif rule.mandatory and name in NOT_MANDATORY:
            found.append((name, "This field always has a value; it cannot be mandatory."))
    return found


def _filled(ticket: object, name: str) -> bool:
    value = getattr(ticket, name, None)
    return bool(value.strip() if isinstance(value, str) else value)
