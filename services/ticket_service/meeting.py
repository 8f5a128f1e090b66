"""Who it is that something comes from, and in which conversation: people who are known, and new ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from services.ticket_service.domain.chat import CHAT
from services.ticket_service.domain.claim import Claim
from services.ticket_service.domain.contact import LEAD, Contact
from services.ticket_service.domain.conversation import NEVER_HEARD, Conversation, Recipient
from services.ticket_service.domain.identity import Identity
from services.ticket_service.domain.text import clean_text
from services.ticket_service.ports import Changes, WorkingSet
from shared.contracts.message_received import Sender


class Arriving(Protocol):
    """What says who it comes from and on which channel: a message, what a visitor does."""

    @property
    def sender(self) -> Sender:
        """Who it is."""
        ...

    @property
    def channel_id(self) -> str:
        """On which channel."""
        ...

    @property
    def channel_kind(self) -> str:
        """Of which kind that is."""
        ...

    @property
    def contact_key(self) -> str:
        """By what its order is kept."""
        ...


class Meeting:
    """The people of a batch, as if what came before in it were saved already; everything is dated `now`."""

    def __init__(
        self, working: WorkingSet, changes: Changes, now: datetime, new_id: Callable[[], str]
    ) -> None:
        self._changes = changes
        self._now = now
        self._new_id = new_id
        self.owners: dict[str, Contact] = {}
        for contact in sorted(working.contacts.values(), key=age):
            for identity in contact.identities:
                self.owners.setdefault(identity.key, contact)
        self.places = {
            (conversation.contact_id, conversation.channel_id): conversation
            for conversation in working.conversations.values()
        }

    def known(self, arriving: Arriving) -> tuple[Contact, Conversation] | None:
        """Who it is and where they are talked with; None for somebody who never said anything there."""
        contact = self._owner(arriving)
        conversation = self.places.get((contact.id, arriving.channel_id)) if contact else None
        if contact is None or conversation is None:
            return None
        if self._note_former(contact, arriving):
            self._changes.touch(contact)
        return contact, conversation

    def talk(self, arriving: Arriving) -> Conversation | None:
        """Where they are talked with, if they are known there; changes nothing."""
        contact = self._owner(arriving)
        return self.places.get((contact.id, arriving.channel_id)) if contact else None

    def contact(self, arriving: Arriving) -> Contact:
        """Who it is, with all that is said of them now; a new lead for somebody unknown."""
        identities, name = arriving.sender.identities, clean_text(arriving.sender.name)
        contact = self._owner(arriving)
        if contact is None:
            contact = Contact(self._new_id(), LEAD, name, [], self._now, self._now)
        # An identity that another contact has stays with it: identities are unique.
        new = [
            Identity(each.kind, each.value, each.address)
            for each in identities
            if each.key not in self.owners
        ]
        for identity in new:
            self.owners.setdefault(identity.key, contact)
        former = self._note_former(contact, arriving)
        if contact.learn(new, name, self._now) or former or contact.version == 0:
            self._changes.contacts[contact.id] = contact
        return contact

    def conversation(self, contact: Contact, arriving: Arriving) -> Conversation:
        """Where they are talked with; a new conversation where there is none."""
        place = (contact.id, arriving.channel_id)
        conversation = self.places.get(place)
        if conversation is None:
            conversation = self.places[place] = Conversation(
                id=self._new_id(),
                contact_id=contact.id,
                channel_id=arriving.channel_id,
                channel_kind=arriving.channel_kind,
                contact_key=arriving.contact_key,
                recipient=Recipient("", "", ""),
                last_inbound_at=None,
                reply_window_seconds=NEVER_HEARD,
                open_ticket_id=None,
                last_ticket_id=None,
                created_at=self._now,
                updated_at=self._now,
            )
            # A contact that is merged at this moment must not be left with a conversation.
            self._changes.touch(contact)
        return conversation

    def recognise(self, contact: Contact, identity: Identity, talks: Sequence[Conversation]) -> None:
        """From now on it is this contact who has the identity; `talks` are their conversations."""
        self.owners[identity.key] = contact
        for each in talks:
            if each.merged_into is None:
                self.places.setdefault((contact.id, each.channel_id), each)

    def _note_former(self, contact: Contact, arriving: Arriving) -> bool:
        """Keep who else wrote in the browser of a visitor, for people to decide; whether it is new.

        A browser may be a family's, so nobody is merged by it.
        """
        if arriving.channel_kind != CHAT:
            return False
        others = [
            each
            for each in arriving.sender.identities
            if each.kind == CHAT and self.owners.get(each.key, contact) is not contact
        ]
        noted = [contact.claim(Claim(CHAT, each.value, self._now, arriving.channel_id)) for each in others]
        return any(noted)

    def _owner(self, arriving: Arriving) -> Contact | None:
        """The contact known by any of its identities; of several the oldest (merging them is for people).

        In a live chat whom the site named comes first: who they were before does not matter then.
        """
        found = [self.owners[each.key] for each in arriving.sender.identities if each.key in self.owners]
        if arriving.channel_kind == CHAT:
            return found[0] if found else None
        return min(found, key=age) if found else None


def age(contact: Contact) -> tuple[datetime, str]:
    """Contacts in the order in which they were made."""
    return contact.created_at, contact.id
