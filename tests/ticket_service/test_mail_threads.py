"""Which ticket a mail joins: tokens, what it answers, tags; participants and strangers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ticket_service.domain.mail_settings import ALWAYS, NEVER, WITH_PROOF, MailSettings
from services.ticket_service.domain.mail_token import MailDesk
from services.ticket_service.domain.options import TicketOptions
from services.ticket_service.domain.user import User
from services.ticket_service.ports import Changes
from shared.contracts import ticket_fact
from tests.ticket_service.building import NOW, at, message
from tests.ticket_service.mails import ANNA, EVE, LUCA, SUPPORT, MailTestDesk, mail, message_id


@pytest.fixture
def desk() -> MailTestDesk:
    return MailTestDesk()


def test_a_mail_opens_a_ticket_called_like_its_subject(desk: MailTestDesk) -> None:
    desk.gets(mail("1", subject="Re: AW: Stampante ferma", to=(SUPPORT, LUCA), cc=("cc@bianchi.example",)))
    (ticket,) = desk.tickets()
    assert (ticket["title"], ticket["channel_kind"]) == ("Stampante ferma", "email")
    assert ticket["thread"] == {
        "subject": "Stampante ferma",
        "references": [message_id("1")],
        "people": [ANNA, LUCA, "cc@bianchi.example"],
        "reply_to": "",
    }
    assert ticket["cc"] == ["cc@bianchi.example"]
    assert desk.said("1")["mail"]["message_id"] == message_id("1")
    assert desk.said("1")["part"] == "description"


def test_a_mail_without_a_subject_is_called_like_a_chat(desk: MailTestDesk) -> None:
    desk.gets(mail("1", subject="Re: "))
    assert desk.tickets()[0]["title"] == f"2025-02-27 21:21:34 - {ANNA}"


def test_two_mails_of_one_person_without_a_thread_are_two_tickets(desk: MailTestDesk) -> None:
    desk.gets(mail("1"), mail("2", subject="Scanner"))
    assert [each["title"] for each in desk.tickets()] == ["Stampante", "Scanner"]
    assert len(desk.store.collections["conversations"]) == 1


@pytest.mark.parametrize("together", [True, False])
def test_a_mail_joins_what_it_answers_also_in_the_same_batch(desk: MailTestDesk, together: bool) -> None:
    first, second = mail("1"), mail("2", answers=["unknown@mail.example", message_id("1")])
    for batch in [(first, second)] if together else [(first,), (second,)]:
        desk.gets(*batch)
    assert len(desk.tickets()) == 1
    assert (desk.on("2"), desk.said("2")["number"]) == ("TT1", 1)


def test_a_token_joins_whatever_the_subject_says(desk: MailTestDesk) -> None:
    desk.gets(mail("1"))
    desk.gets(mail("2", sender=EVE, subject="Altro"))
    desk.gets(mail("3", subject="[TT2] Altro", tokens=[desk.token("TT1")], answers=[message_id("2")]))
    assert desk.on("3") == "TT1"


@pytest.mark.parametrize("subject", ["Re: [TT1] Stampante", "[tt1]", "R: I: [x] [TT1] a"])
def test_a_participant_joins_by_the_tag_in_the_subject(desk: MailTestDesk, subject: str) -> None:
    desk.gets(mail("1"))
    desk.gets(mail("2", subject=subject))
    assert desk.on("2") == "TT1"


@pytest.mark.parametrize(
    "forged",
    ["tt1-aaaaaaaaaaaa", "tt1-", "tt1", "TT1-AAAAAAAAAAAA", "tt9-aaaaaaaaaaaa"],
)
def test_a_forged_token_is_worth_nothing(desk: MailTestDesk, forged: str) -> None:
    desk.gets(mail("1"))
    desk.gets(mail("2", sender=EVE, tokens=[forged]))
    assert desk.on("2") == "TT2"


def test_tokens_of_an_older_key_are_believed_and_those_of_another_desk_are_not(desk: MailTestDesk) -> None:
    desk.gets(mail("1"))
    ticket = desk.tickets()[0]
    old = MailDesk(("the key before, long enough too",)).token(ticket["_id"], "TT1")
    desk.gets(mail("2", sender=EVE, tokens=[old]))
    assert desk.on("2") == "TT2"
    desk.mail = replace(desk.mail, keys=(*desk.mail.keys, "the key before, long enough too"))
    desk.gets(mail("3", sender=EVE, tokens=[old]))
    assert desk.on("3") == "TT1"


def test_a_person_in_copy_joins_and_the_requester_is_the_one_who_is_answered(desk: MailTestDesk) -> None:
    desk.gets(mail("1", cc=(LUCA,)))
    desk.becomes("TT1", "waiting_for_response")
    desk.gets(mail("2", sender=LUCA, name="Luca", subject="Re: [TT1] Stampante", cc=("new@bianchi.example",)))
    (ticket,) = desk.tickets()
    said = desk.said("2")
    assert (said["ticket_id"], ticket["status"]) == (ticket["_id"], "customer_responded")
    assert said["conversation_id"] != ticket["conversation_id"]
    (replied,) = desk.events(ticket_fact.CUSTOMER_REPLIED)
    assert replied.data.recipient.address == ANNA
    assert replied.data.conversation_id == ticket["conversation_id"]
    assert ticket["cc"] == [LUCA, "new@bianchi.example"]
    assert "new@bianchi.example" in ticket["thread"]["people"]


@pytest.mark.parametrize(
    ("policy", "how", "joins"),
    [
        (NEVER, "token", False),
        (NEVER, "answers", False),
        (NEVER, "tag", False),
        (WITH_PROOF, "token", True),
        (WITH_PROOF, "answers", True),
        (WITH_PROOF, "tag", False),
        (ALWAYS, "token", True),
        (ALWAYS, "answers", True),
        (ALWAYS, "tag", True),
    ],
)
def test_strangers_join_as_the_desk_wants_and_become_no_participants(
    desk: MailTestDesk, policy: str, how: str, joins: bool
) -> None:
    desk.has(MailSettings(strangers=policy))
    desk.gets(mail("1"))
    named: dict[str, Any] = {
        "token": {"tokens": [desk.token("TT1")]},
        "answers": {"answers": [message_id("1")]},
        "tag": {"subject": "Re: [TT1] Stampante"},
    }
    desk.gets(mail("2", sender=EVE, cc=("friend@elsewhere.example",), **{"subject": "x", **named[how]}))
    assert desk.on("2") == ("TT1" if joins else "TT2")
    mine = desk.tickets()[0]
    assert mine["thread"]["people"] == [ANNA]
    assert mine["cc"] == []


def test_a_stranger_who_may_not_join_reads_nothing_in_the_title_of_the_own_ticket(desk: MailTestDesk) -> None:
    desk.gets(mail("1"))
    desk.gets(mail("2", sender=EVE, subject="Re: [TT1] Stampante"))
    assert [each["title"] for each in desk.tickets()] == ["Stampante", "Stampante"]
    assert desk.tickets()[1]["thread"]["people"] == [EVE]


def test_an_agents_own_address_takes_part(desk: MailTestDesk) -> None:
    desk.has(MailSettings(strangers=NEVER), User("u1", "agent@desk.example", "Agent", ["agent"], NOW))
    desk.gets(mail("1"))
    desk.gets(mail("2", sender="Agent@desk.example", subject="Re: [TT1] Stampante"))
    assert desk.on("2") == "TT1"


def test_the_desks_own_addresses_take_part_in_nothing_and_get_no_copies(desk: MailTestDesk) -> None:
    desk.gets(mail("1", to=(SUPPORT,), cc=("Help@Desk.example", "support+tt9-x@desk.example", LUCA)))
    (ticket,) = desk.tickets()
    assert ticket["cc"] == [LUCA]
    assert ticket["thread"]["people"] == [ANNA, LUCA]


def test_copies_are_not_kept_where_the_desk_wants_none(desk: MailTestDesk) -> None:
    desk.has(MailSettings(copy_cc=False))
    desk.gets(mail("1", cc=(LUCA,)))
    assert desk.tickets()[0]["cc"] == []


def test_a_closed_ticket_is_opened_again_or_a_new_one_follows_as_on_other_channels(
    desk: MailTestDesk,
) -> None:
    desk.gets(mail("1"))
    desk.becomes("TT1", "closed")
    desk.gets(mail("2", answers=[message_id("1")]))
    assert (desk.on("2"), desk.tickets()[0]["status"]) == ("TT1", "open")
    desk.becomes("TT1", "closed")
    desk.has(TicketOptions(reopen_limit_days=30))
    late = NOW + timedelta(days=31)
    desk.gets(mail("3", answers=[message_id("2")], occurred=late), now=late)
    assert desk.on("3") == "TT2"


def test_a_merged_ticket_is_followed_and_a_deleted_one_is_not(desk: MailTestDesk) -> None:
    desk.gets(mail("1"))
    desk.gets(mail("2", subject="Altro"))
    token, changes = desk.token("TT1"), Changes()
    merged = desk.store.load_ticket("TT1")
    assert merged is not None
    merged.ticket.merged_into = "TT2"
    changes.touch(merged.ticket)
    desk.store.save(changes)
    desk.gets(mail("3", tokens=[token]))
    desk.gets(mail("4", answers=[message_id("1")]))
    assert (desk.on("3"), desk.on("4")) == ("TT2", "TT2")
    survivor, changes = desk.store.load_ticket("TT2"), Changes()
    assert survivor is not None
    survivor.ticket.deleted_at = NOW
    changes.touch(survivor.ticket)
    desk.store.save(changes)
    desk.gets(mail("5", tokens=[token]))
    assert desk.on("5") == "TT3"


def test_of_two_mails_with_one_id_an_answer_goes_to_the_one_whose_people_write(desk: MailTestDesk) -> None:
    desk.gets(mail("1"))
    forged = mail("2", sender=EVE)
    object.__setattr__(forged.data, "provider_message_id", message_id("1"))
    object.__setattr__(forged.data.mail, "message_id", message_id("1"))
    desk.gets(forged)
    desk.gets(mail("3", answers=[message_id("1")]), mail("4", sender=EVE, answers=[message_id("1")]))
    assert (desk.on("1"), desk.on("2")) == ("TT1", "TT2")
    assert (desk.on("3"), desk.on("4")) == ("TT1", "TT2")


def test_an_internal_ticket_is_joined_by_nobodys_mail(desk: MailTestDesk) -> None:
    desk.gets(mail("1"))
    loaded, changes = desk.store.load_ticket("TT1"), Changes()
    assert loaded is not None
    loaded.ticket.type = "internal"
    changes.touch(loaded.ticket)
    desk.store.save(changes)
    desk.gets(mail("2", tokens=[desk.token("TT1")]))
    assert desk.on("2") == "TT2"


def test_the_thread_grows_by_what_is_answered_and_stays_bounded(desk: MailTestDesk) -> None:
    desk.gets(mail("0"))
    for n in range(1, 30):
        desk.gets(mail(str(n), answers=[message_id(str(n - 1)), message_id("0")], cc=(f"p{n}@x.example",)))
    thread = desk.tickets()[0]["thread"]
    assert len(thread["references"]) == 20
    assert thread["references"][-1] == message_id("29")
    assert len(desk.tickets()) == 1


def test_ids_that_could_end_a_header_are_never_answered(desk: MailTestDesk) -> None:
    desk.gets(mail("1", answers=["bad id@x", "fine@x", "b\r\nBcc: x@y"]))
    assert desk.tickets()[0]["thread"]["references"] == ["fine@x", message_id("1")]


def test_a_batch_without_mails_asks_nothing_more_of_the_database(
    desk: MailTestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tickets_named", "opened_by_mail", "newest_open", "load_targets"):
        monkeypatch.delattr(type(desk.store), name)
    desk.gets(message("1"))
    assert len(desk.tickets()) == 1


_NAMES = st.sampled_from(["none", "token", "answers", "tag"])


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from([ANNA, LUCA, EVE]), st.sampled_from(["TT1", "TT2"]), _NAMES), max_size=8
    ),
    st.integers(1, 8),
)
def test_a_mail_is_on_the_ticket_it_proves_or_on_one_of_its_senders_own(
    mails: list[tuple[str, str, str]], size: int
) -> None:
    desk = MailTestDesk()
    desk.gets(mail("a", sender=ANNA), mail("b", sender=LUCA, subject="Scanner"))
    first = {"TT1": "a", "TT2": "b"}
    sent = []
    for n, (sender, number, how) in enumerate(mails):
        named: dict[str, Any] = {
            "none": {},
            "token": {"tokens": [desk.token(number)]},
            "answers": {"answers": [message_id(first[number])]},
            "tag": {"subject": f"Re: [{number}] x"},
        }
        sent.append(mail(str(n), sender=sender, occurred=at(n), **{"subject": "new", **named[how]}))
    for start in range(0, len(sent), size):
        desk.gets(*sent[start : start + size])
    owner = {"TT1": ANNA, "TT2": LUCA}
    for n, (sender, number, how) in enumerate(mails):
        on = desk.on(str(n))
        ticket = next(each for each in desk.tickets() if each["number"] == on)
        joined = how in ("token", "answers") or (how == "tag" and sender == owner[number])
        assert (on == number) == joined
        if not joined:
            requester = desk.store.collections["contacts"][ticket["requester_id"]]
            assert requester["identities"][0]["value"] == sender
