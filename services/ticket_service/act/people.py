"""Contacts: made by hand, changed, recognised by more or fewer identities, written notes about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, Final

from services.ticket_service.act.keeping import Check, Taken
from services.ticket_service.act.records_of_work import Unfit
from services.ticket_service.acting import (
    Desk,
    Frame,
    NotFound,
    Remember,
    WrongState,
    save_once,
    until_saved,
)
from services.ticket_service.domain.audit import CHANGED, CREATED, HIDDEN, AuditEntry, differences
from services.ticket_service.domain.contact import IN_USE, Contact
from services.ticket_service.domain.identity import EMAIL, Identity
from services.ticket_service.domain.organization import Organization, organization_of
from services.ticket_service.ports import Changes

CONTACT: Final = "contact"
_PERSONAL: Final = frozenset({"name", "job_title", "identities"})
"""Who changed these is kept, not what they were: it would outlive the person's wish to be forgotten."""


def create_contact(
    desk: Desk,
    wanted: Mapping[str, Any],
    identities: Sequence[Identity],
    frame: Frame,
    remember: Remember[Contact],
) -> Contact:
    """A contact that somebody of the desk makes. Taken (an identity), Unfit, TooBusy.

    Without an organization it gets the one whose mail domain its address has.
    """
    contact_id = desk.new_id()

    def attempt() -> Contact:
        now = desk.clock()
        contact = Contact(contact_id, identities=[], created_at=now, updated_at=now, **wanted)
        for identity in identities:
            contact.add_identity(identity, now)
        contact.organization = contact.organization or _organization(desk, contact.identities)
        _check_organization(desk, contact.organization)
        _check_free(desk, contact.identities, contact.id)
        changes = Changes()
        changes.touch(contact, AuditEntry(desk.new_id(), now, frame.actor, CONTACT, contact.id, CREATED))
        return save_once(desk, changes, contact, remember)

    return until_saved(attempt, frame)


def change_contact(
    desk: Desk, contact_id: str, wanted: Mapping[str, Any], frame: Frame, unchanged: Check[Contact]
) -> Contact:
    """Change a contact's fields, or move it between `lead` and `contact`.

    NotFound, WrongState (merged or erased), Unfit, TooBusy.
    """

    def change(contact: Contact) -> bool:
        changed = {name: value for name, value in wanted.items() if getattr(contact, name) != value}
        if changed.get("organization") is not None:
            _check_organization(desk, changed["organization"])
        for name, value in changed.items():
            setattr(contact, name, value)
        return bool(changed)

    return _change(desk, contact_id, change, frame, unchanged)


def add_identity(
    desk: Desk, contact_id: str, identity: Identity, frame: Frame, remember: Remember[Contact]
) -> Contact:
    """Recognise a contact by one more identity. NotFound, WrongState, Taken, TooBusy."""

    def attempt() -> Contact:
        contact = contact_in_use(desk, contact_id)
        _check_free(desk, [identity], contact.id)
        before = copy(contact)
        contact.add_identity(identity, desk.clock())
        changes = Changes()
        changes.touch(contact)
        _keep_who(desk, changes, before, contact, frame)
        return save_once(desk, changes, contact, remember)

    return until_saved(attempt, frame)


def remove_identity(
    desk: Desk, contact_id: str, key: str, frame: Frame, unchanged: Check[Contact]
) -> Contact:
    """No longer recognise a contact by this identity (its key): what it brings next is a new lead's.

    NotFound, WrongState, TooBusy.
    """

    def change(contact: Contact) -> bool:
        if not contact.remove_identity(key, desk.clock()):
            raise NotFound("identity of this contact")
        return True

    return _change(desk, contact_id, change, frame, unchanged)


def contact_in_use(desk: Desk, contact_id: str) -> Contact:
    """The contact with this id. NotFound; WrongState for one that was merged or erased."""
    contact = desk.store.load_contacts([contact_id]).get(contact_id)
    if contact is None:
        raise NotFound("contact")
    if contact.state != IN_USE:
        raise WrongState("contact", contact.state, IN_USE)
    return contact


def _change(
    desk: Desk, contact_id: str, change: Callable[[Contact], bool], frame: Frame, unchanged: Check[Contact]
) -> Contact:
    def attempt() -> Contact:
        contact = contact_in_use(desk, contact_id)
        unchanged(contact)
        before = copy(contact)
        if not change(contact):
            return contact
        contact.updated_at = desk.clock()
        changes = Changes()
        changes.touch(contact)
        _keep_who(desk, changes, before, contact, frame)
        desk.save(changes)
        return contact_in_use(desk, contact_id)

    return until_saved(attempt, frame)


def _keep_who(desk: Desk, changes: Changes, before: Contact, after: Contact, frame: Frame) -> None:
    found = differences(before, after)
    for each in found:
        if each.field in _PERSONAL:
            each.before, each.after = HIDDEN, HIDDEN
    if found:
        changes.touch(AuditEntry(desk.new_id(), desk.clock(), frame.actor, CONTACT, after.id, CHANGED, found))


def _check_free(desk: Desk, identities: Sequence[Identity], contact_id: str) -> None:
    found = desk.store.load_inbound([identity.key for identity in identities], ()).contacts
    for other in found.values():
        if other.id != contact_id:
            theirs = {identity.key for identity in other.identities}
            taken = next(identity for identity in identities if identity.key in theirs)
            raise Taken("contact", "identity", taken.key, other.id)


def _check_organization(desk: Desk, organization_id: str | None) -> None:
    if organization_id is not None and desk.store.record(Organization, organization_id) is None:
        raise Unfit([("organization", "There is no such organization.")])


def _organization(desk: Desk, identities: Sequence[Identity]) -> str | None:
    addresses = [identity.value for identity in identities if identity.kind == EMAIL]
    hosts = [name for address in addresses for name in _domains(address)]
    if not hosts:
        return None
    candidates = desk.store.records(Organization, {"domains": hosts})
    found = [organization_of(address, candidates) for address in addresses]
    return next((each.id for each in found if each is not None), None)


def _domains(address: str) -> list[str]:
    """The address's domain and its parents: `a.b.c`, `b.c`, `c`."""
    parts = address.rpartition("@")[2].split(".")
    return [".".join(parts[start:]) for start in range(len(parts))]
