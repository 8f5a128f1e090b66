"""What mail servers tell later: bounces and receipts of certified mail find their mail, in any order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.domain.delivery import Failure
from services.notifier.domain.mail import DONE, Handed, Mail, Mailbox, after
from services.notifier.domain.mail_receipt import MailReceipt, receipted, times_of
from shared.contracts import delivery_reported
from shared.contracts.delivery_changed import DeliveryChanged
from shared.contracts.delivery_reported import DeliveryError, DeliveryReported
from shared.contracts.envelope import Event
from shared.contracts.mail_address import MailAddress
from shared.contracts.reply_mail import ReplyMail
from tests.notifier.building import NOW, event
from tests.notifier.mailing import CHANNEL_ID, Post, Postbox, a_mail, a_reply, mail_server, outbox
from tests.support.memory_mail_store import MemoryMailStore

LUCA, MARA = "luca@bianchi.example", "mara@bianchi.example"
GONE = DeliveryError("5.1.1", "The mailbox does not exist", "550 5.1.1 No such user", "Check the address.")
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def box() -> Iterator[Postbox]:
    with mail_server() as running:
        yield running


@pytest.fixture
def store() -> MemoryMailStore:
    return MemoryMailStore()


@pytest.fixture
def post(store: MemoryMailStore, box: Postbox) -> Post:
    return Post(store, box.port, outboxes=[outbox(box.port)])


def told(store: MemoryMailStore) -> list[DeliveryChanged]:
    return [one.data for one in store.events() if isinstance(one.data, DeliveryChanged)]


def report(
    header_id: str, state: str, recipient: str = LUCA, error: DeliveryError | None = None, **changes: Any
) -> Event:
    data = DeliveryReported(
        CHANNEL_ID, "email", header_id, state, changes.get("at", LATER), LATER, None, recipient, error
    )
    return event(delivery_reported.TYPE, data, f"report-{header_id}-{state}-{recipient}")


def test_a_bounce_makes_the_answer_fail_with_the_servers_words(store: MemoryMailStore, post: Post) -> None:
    post.ask(a_reply())
    post.turns()
    header_id = store.mail("r1").header_id
    bounce = report(f"<{header_id}>", "failed", LUCA.upper(), GONE)
    post.ask(bounce)
    post.ask(bounce)
    sent, failed = told(store)
    assert (sent.state, failed.state, sorted(failed.times)) == ("sent", "failed", ["failed", "sent"])
    assert failed.error == DeliveryError(
        "5.1.1", "The mailbox does not exist", f"{LUCA}: 550 5.1.1 No such user", "Check the address."
    )


def test_of_several_people_the_one_whose_mail_bounced_is_named_and_gets_it_again(
    box: Postbox, store: MemoryMailStore, post: Post
) -> None:
    around = ReplyMail("Aiuto", cc=[MailAddress(MARA)])
    post.ask(a_reply(mail=around))
    post.turns()
    post.ask(report(store.mail("r1").header_id, "failed", MARA, GONE))
    failed = told(store)[-1]
    assert failed.error is not None
    assert MARA in failed.error.detail
    assert LUCA not in failed.error.detail
    post.ask(a_reply(mail=around, attempt=1))
    post.turns()
    assert [recipients for recipients, _ in box.taken] == [[LUCA, MARA], [MARA]]


def test_certified_mail_is_delivered_once_all_have_it(store: MemoryMailStore, post: Post) -> None:
    post.ask(a_reply(mail=ReplyMail("Aiuto", cc=[MailAddress(MARA)])))
    post.turns()
    header_id = store.mail("r1").header_id
    post.ask(report(header_id, "sent"), report(header_id, "delivered", LUCA))
    assert [one.state for one in told(store)] == ["sent"]
    post.ask(report(header_id, "delivered", MARA, at=LATER + timedelta(minutes=1)))
    last = told(store)[-1]
    assert (last.state, last.times["delivered"]) == ("delivered", LATER + timedelta(minutes=1))


def test_a_receipt_tells_what_the_server_did_not(box: Postbox, store: MemoryMailStore, post: Post) -> None:
    box.at_end = ["dies"]
    post.ask(a_reply())
    post.turns()
    post.ask(report(store.mail("r1").header_id, "delivered"))
    post.turns(timedelta(days=1))
    assert len(box.taken) == 1, "what arrived is not sent once more"
    assert [one.state for one in told(store)] == ["delivered"]


def test_what_tells_of_no_mail_of_ours_changes_nothing(store: MemoryMailStore, post: Post) -> None:
    post.ask(a_reply())
    post.turns()
    post.ask(report("somebody@else.example", "failed", LUCA, GONE), report("", "failed", ""))
    assert len(told(store)) == 1


def test_a_bounce_of_a_notice_is_kept_and_nobody_is_told(store: MemoryMailStore, post: Post) -> None:
    post.ask(a_mail("m1", LUCA))
    post.turns()
    post.ask(report(store.mail("m1").header_id, "failed", LUCA, GONE))
    assert store.mail("m1").refused == {LUCA: "550 5.1.1 No such user"}
    assert told(store) == []


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (DeliveryError("5.2.2", "", "full"), "The mailbox is full"),
        (DeliveryError("", "", "554 5.4.6 loop"), "The mail went in a circle"),
        (None, "A mail server could not deliver the mail"),
    ],
)
def test_a_bounce_without_words_for_people_gets_some(
    store: MemoryMailStore, post: Post, error: DeliveryError | None, title: str
) -> None:
    post.ask(a_reply())
    post.turns()
    post.ask(report(store.mail("r1").header_id, "failed", "rewritten@elsewhere.example", error))
    failed = told(store)[-1]
    assert failed.error is not None
    assert failed.error.title == title


PEOPLE = (LUCA, MARA)
receipts = st.builds(
    MailReceipt,
    st.just("h"),
    st.sampled_from(PEOPLE),
    st.sampled_from(["sent", "delivered", "failed"]),
    st.integers(0, 5).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    st.just(Failure("5.1.1", "Gone", "550 gone")),
)


def stands(mail: Mail) -> tuple[set[str], datetime | None, set[str], set[str], str]:
    times, code = times_of(mail), mail.failure.code if mail.failure else ""
    return set(times), times.get("failed"), set(mail.refused), set(mail.taken), code


@given(st.lists(receipts, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_receipts_in_any_order_and_number_end_alike(told: list[MailReceipt], order: Any) -> None:
    people = tuple(Mailbox(one) for one in PEOPLE)
    mail = Mail("m", people, (), "s", "t", NOW, NOW, PEOPLE, header_id="h", claim="c")
    handed = Handed(taken=PEOPLE)
    one, other = after(mail, handed, NOW), mail
    failed_once = [each for number, each in enumerate(told) if _first_failure(told, number)]
    shuffled = [*failed_once, *failed_once[:2]]
    order.shuffle(shuffled)
    for receipt in failed_once:
        one = receipted(one, receipt)
    middle = len(shuffled) // 2
    for receipt in shuffled[:middle]:
        other = receipted(other, receipt)
    if other.open:
        other = after(other, handed, NOW)
    for receipt in shuffled[middle:]:
        other = receipted(other, receipt)
    assert (one.stage, other.stage) == (DONE, DONE)
    assert stands(one) == stands(other)
    assert other.left == ()


def _first_failure(told: list[MailReceipt], number: int) -> bool:
    """A server tells once that it failed; the same again is the same report."""
    each = told[number]
    return each.state != "failed" or not any(
        (one.recipient, one.state) == (each.recipient, "failed") for one in told[:number]
    )
