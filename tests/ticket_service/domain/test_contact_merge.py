"""Two contacts become one, and two again: nothing is lost either way."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ticket_service.domain import contact_merge
from services.ticket_service.domain.contact import CONTACT, LEAD, MERGED, Contact
from services.ticket_service.domain.contact_merge import ContactMerge
from services.ticket_service.domain.conversation import Conversation, Recipient
from services.ticket_service.domain.history import DESK
from services.ticket_service.domain.identity import Identity

AT = datetime(2025, 2, 27, 12, 0, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)

words = st.sampled_from(["", "Anna", "it", "Chef"])
times = st.none() | st.integers(0, 5).map(lambda hours: AT + timedelta(hours=hours))


@st.composite
def contacts(draw: st.DrawFn, id_: str) -> Contact:
    numbers = draw(st.lists(st.integers(0, 9), max_size=3, unique=True))
    return Contact(
        id_,
        draw(st.sampled_from([LEAD, CONTACT])),
        draw(words),
        [Identity("whatsapp", f"+39{id_}{number}", f"39{id_}{number}") for number in numbers],
        AT,
        AT,
        language=draw(words),
        organization=draw(st.sampled_from([None, "o1", "o2"])),
        job_title=draw(words),
        version=1,
    )


@st.composite
def conversations(draw: st.DrawFn, id_: str) -> Conversation:
    heard = draw(times)
    tickets = draw(st.lists(st.sampled_from([f"{id_}-t1", f"{id_}-t2"]), max_size=2))
    recipient = Recipient("whatsapp", id_, id_) if heard else Recipient("", "", "")
    return Conversation(
        id_,
        f"contact-{id_}",
        "main",
        "whatsapp_cloud",
        f"main:{id_}",
        recipient,
        heard,
        draw(st.sampled_from([86_400, None])),
        tickets[0] if len(tickets) == 2 else None,
        tickets[0] if tickets else None,
        AT,
        AT,
        draw(st.lists(st.sampled_from([f"{id_}-d1", f"{id_}-d2"]), max_size=2, unique=True)),
        draw(times),
        draw(times),
        version=1,
    )


@given(contacts("a"), contacts("b"))
def test_a_merge_that_is_undone_leaves_both_as_they_were(survivor: Contact, other: Contact) -> None:
    before = copy.deepcopy((survivor, other))
    merge = ContactMerge("m", survivor.id, other.id, LATER, DESK)
    contact_merge.merge(merge, survivor, other)
    both = {each.key for contact in before for each in contact.identities}
    assert {each.key for each in survivor.identities} == both
    assert (other.identities, other.merged_into, other.state) == ([], survivor.id, MERGED)
    contact_merge.unmerge(merge, survivor, other, AT)
    assert (survivor, other) == before
    assert merge.undone_at == AT


@given(conversations("a"), conversations("b"))
def test_conversations_that_are_joined_and_parted_are_as_they_were(
    kept: Conversation, other: Conversation
) -> None:
    before = copy.deepcopy((kept, other))
    joined = contact_merge.join(kept, other, LATER)
    assert kept.last_inbound_at == max(
        (each.last_inbound_at for each in before if each.last_inbound_at), default=None
    )
    assert kept.drafts == [*before[0].drafts, *before[1].drafts]
    assert (kept.open_ticket_id is None) == all(each.open_ticket_id is None for each in before)
    open_ = [each for each in (before[0].open_ticket_id, before[1].open_ticket_id) if each]
    contact_merge.part(joined, kept, other, ["b-t1", "b-t2"], open_, before[1].drafts, ["b"], AT)
    assert (kept, other) == before


def test_the_survivor_keeps_its_own_fields_and_takes_what_it_lacks() -> None:
    survivor = Contact("a", LEAD, "Anna", [], AT, AT, language="it")
    other = Contact("b", CONTACT, "A. Rossi", [], AT, AT, language="en", organization="o1")
    merge = ContactMerge("m", "a", "b", LATER, DESK)
    contact_merge.merge(merge, survivor, other)
    assert (survivor.name, survivor.language, survivor.organization) == ("Anna", "it", "o1")
    assert (survivor.stage, survivor.updated_at) == (CONTACT, LATER)


def test_what_changed_since_the_merge_stays_when_it_is_undone() -> None:
    phone, mail = Identity("whatsapp", "+391", "391"), Identity("email", "b@b.it", "b@b.it")
    survivor = Contact("a", LEAD, "", [phone], AT, AT)
    other = Contact("b", LEAD, "Bruno", [mail], AT, AT, job_title="Chef")
    merge = ContactMerge("m", "a", "b", AT, DESK)
    contact_merge.merge(merge, survivor, other)
    survivor.name = "Anna"
    new = Identity("bsuid", "IT.1", "IT.1")
    survivor.add_identity(new, LATER)
    contact_merge.unmerge(merge, survivor, other, LATER)
    assert (survivor.name, survivor.job_title) == ("Anna", "")
    assert survivor.identities == [phone, new]
    assert (other.name, other.identities) == ("Bruno", [mail])


def talk(id_: str, heard: datetime | None, open_: str | None) -> Conversation:
    to = Recipient("whatsapp", id_, id_) if heard else Recipient("", "", "")
    return Conversation(id_, id_, "main", "k", id_, to, heard, 86_400, open_, open_, AT, AT)


@pytest.mark.parametrize(
    ("heard", "recipient", "open_ticket"),
    [((AT, LATER), "b", "tb"), ((LATER, AT), "a", "ta"), ((AT, AT), "a", "ta"), ((None, AT), "b", "tb")],
)
def test_answers_go_where_the_customer_wrote_last(
    heard: tuple[datetime | None, datetime | None], recipient: str, open_ticket: str
) -> None:
    kept, other = talk("a", heard[0], "ta"), talk("b", heard[1], "tb")
    contact_merge.join(kept, other, LATER)
    assert (kept.recipient.address, kept.open_ticket_id) == (recipient, open_ticket)


def test_a_ticket_closed_since_is_not_joined_again_after_the_undo() -> None:
    kept, other = talk("a", AT, "ta"), talk("b", LATER, "tb")
    joined = contact_merge.join(kept, other, LATER)
    kept.ticket_moved("tb", closed=True)
    contact_merge.part(joined, kept, other, ["tb"], [], [], [], LATER)
    assert (other.open_ticket_id, other.last_ticket_id) == (None, "tb")
    assert (kept.open_ticket_id, kept.last_ticket_id) == (None, "ta")


def test_what_the_other_person_wrote_since_is_no_reason_to_answer_the_first_there() -> None:
    kept, other = talk("a", AT, "ta"), talk("b", LATER, "tb")
    joined = contact_merge.join(kept, other, LATER)
    much_later = LATER + timedelta(hours=3)
    kept.heard(Identity("whatsapp", "+39b", "39b"), "B", much_later, much_later, 86_400)
    contact_merge.part(joined, kept, other, ["tb"], ["ta", "tb"], [], ["39b"], much_later)
    assert (kept.last_inbound_at, kept.recipient.address) == (AT, "a")
    assert (other.last_inbound_at, other.recipient.address) == (much_later, "39b")
    assert (kept.open_ticket_id, other.open_ticket_id) == ("ta", "tb")
