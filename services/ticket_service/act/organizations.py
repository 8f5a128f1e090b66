"""Organizations: made, changed, and deleted only while nothing names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.ticket_service.act.keeping import Check, Taken, add, change, found, remove, save_record
from services.ticket_service.act.records_of_work import InUse
from services.ticket_service.acting import Desk, Frame, Remember
from services.ticket_service.domain.organization import Organization
from services.ticket_service.domain.words import words_of

WHAT = "organization"


def create_organization(
    desk: Desk, wanted: Mapping[str, Any], frame: Frame, remember: Remember[Organization]
) -> Organization:
    """A new organization. Taken (a domain), TooBusy."""
    new_id = desk.new_id()

    def make() -> Organization:
        now = desk.clock()
        return Organization(id=new_id, created_at=now, updated_at=now, **wanted)

    return add(desk, make, lambda each: _check(desk, each), frame, remember)


def change_organization(
    desk: Desk, organization_id: str, wanted: Mapping[str, Any], frame: Frame, unchanged: Check[Organization]
) -> Organization:
    """Change fields. NotFound, Taken, TooBusy."""

    def save(organization: Organization) -> None:
        _check(desk, organization)
        organization.updated_at = desk.clock()
        save_record(desk, organization)

    return change(lambda: found(desk, Organization, organization_id, WHAT), wanted, save, frame, unchanged)


def delete_organization(
    desk: Desk,
    organization_id: str,
    used_by: Callable[[str], Mapping[str, int]],
    frame: Frame,
    unchanged: Check[Organization],
) -> None:
    """Delete one; `used_by` counts what names it, by what that is (plural). NotFound, InUse, TooBusy."""

    def check(organization: Organization) -> None:
        unchanged(organization)
        for by, count in used_by(organization.id).items():
            if count:
                raise InUse(WHAT, by, count)

    remove(desk, lambda: found(desk, Organization, organization_id, WHAT), frame, check)


def _check(desk: Desk, organization: Organization) -> None:
    organization.domains = sorted(set(organization.domains))
    organization.words = words_of(organization.name, *organization.domains)
    if not organization.domains:
        return
    for other in desk.store.records(Organization, {"domains": organization.domains}):
        if other.id != organization.id:
            shared = next(name for name in organization.domains if name in other.domains)
            raise Taken(WHAT, "domains", shared, other.id)
