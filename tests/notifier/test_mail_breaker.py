"""The breaker: automatic mails to one address stop, so that two machines never write without end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.announce import Teller
from services.notifier.domain.breaker import WINDOW, counted_in
from services.notifier.domain.mail import Mailbox
from services.notifier.mail.keep import MailKeeper
from services.notifier.mail.outbox import Outbox, Outboxes
from services.notifier.store.mails import MongoMailStore
from services.notifier.store.mongo import MongoDeliveryStore
from shared.contracts.delivery_changed import DeliveryChanged
from shared.contracts.mail_address import MailAddress
from shared.contracts.reply_mail import ReplyMail
from shared.mongo.connect import connect, database
from shared.runtime.ids import new_id
from tests.notifier.building import NOW
from tests.notifier.mailing import CHANNEL_ID, MAILBOX, Post, Postbox, a_mail, a_reply, mail_server, outbox
from tests.support.memory_mail_store import MemoryMailStore

LUCA = "luca@bianchi.example"
AUTOMATIC = ReplyMail("Aiuto", automatic=True)


@pytest.fixture
def box() -> Iterator[Postbox]:
    with mail_server() as running:
        yield running


@pytest.fixture
def store() -> MemoryMailStore:
    return MemoryMailStore()


def codes(store: MemoryMailStore) -> list[str]:
    """How each mail that was told of ended."""
    news = [one.data for one in store.events() if isinstance(one.data, DeliveryChanged)]
    return [one.error.code if one.error else one.state for one in news]


def test_one_too_many_fails_in_words_and_a_persons_answer_does_not(
    box: Postbox, store: MemoryMailStore
) -> None:
    post = Post(store, box.port, outboxes=[outbox(box.port)], most=3)
    for number in range(5):
        post.ask(a_reply(f"r{number}", mail=AUTOMATIC))
    post.ask(a_reply("person"))
    post.turns()
    assert len(box.taken) == 4
    assert sorted(codes(store)) == ["automatic-limit"] * 2 + ["sent"] * 4
    failed = next(one.data.error for one in store.events() if one.data.error is not None)
    assert "3" in failed.detail
    assert failed.remedy
    post.ask(a_reply("r0", mail=AUTOMATIC))
    post.clock.advance(WINDOW.total_seconds())
    post.ask(a_reply("next-day", mail=AUTOMATIC))
    post.turns()
    assert len(box.taken) == 5, "asked twice is counted once, and a day later it begins anew"


def test_who_has_had_their_share_is_left_out_and_the_others_get_it(
    box: Postbox, store: MemoryMailStore
) -> None:
    post = Post(store, box.port, outboxes=[outbox(box.port)], most=1)
    post.ask(a_mail("m1", LUCA, automatic=True, channel_id=CHANNEL_ID))
    both = a_mail(
        "m2", "Luca+tag@BIANCHI.example", "mara@bianchi.example", automatic=True, channel_id=CHANNEL_ID
    )
    post.ask(both)
    post.turns()
    assert [recipients for recipients, _ in box.taken] == [[LUCA], ["mara@bianchi.example"]]


def test_notices_to_staff_are_not_held_back(box: Postbox, store: MemoryMailStore) -> None:
    post = Post(store, box.port, outboxes=[outbox(box.port)], most=1)
    post.ask(*(a_mail(f"m{number}", "anna@example.com", automatic=True) for number in range(5)))
    post.turns()
    assert len(box.taken) == 5


@pytest.mark.parametrize(
    "own",
    [
        *(MAILBOX.address, MAILBOX.address.upper(), "assistenza+tt24-x@example.org"),
        *("vendite@example.org", "verkauf@example.org"),
    ],
)
def test_no_automatic_mail_goes_to_a_mailbox_of_the_desk(
    box: Postbox, store: MemoryMailStore, own: str
) -> None:
    every = [
        outbox(box.port),
        Outbox("sales", Mailbox("vendite@example.org"), None, aliases=("Verkauf@example.org",)),
    ]
    post = Post(store, box.port, outboxes=every)
    post.ask(a_reply(mail=ReplyMail("x", automatic=True, cc=[MailAddress(own)])))
    post.ask(a_mail("m1", own, automatic=True, message_id="m1"))
    post.turns()
    assert [recipients for recipients, _ in box.taken] == [[LUCA]]
    assert sorted(codes(store)) == ["recipients-refused", "some-recipients-refused"]


@given(
    st.lists(st.integers(0, 100_000).map(lambda seconds: NOW + timedelta(seconds=seconds)), max_size=40),
    st.integers(1, 5),
)
def test_no_day_ever_has_more_than_the_limit(asked: list[datetime], most: int) -> None:
    times: tuple[datetime, ...] = ()
    let_through = []
    for at in sorted(asked):
        counted = counted_in(times, at, most)
        if counted is not None:
            times = counted
            let_through.append(at)
    for at in let_through:
        assert sum(1 for other in let_through if at <= other < at + WINDOW) <= most


@pytest.mark.integration
def test_processes_that_count_at_the_same_time_let_no_more_through(
    mongodb_uri: str, database_name: str
) -> None:
    with connect(mongodb_uri, "test") as client:
        db = database(client, database_name)
        MongoDeliveryStore(client, db).prepare()
        mails = MongoMailStore(client, db)
        mails.prepare()
        every = Outboxes([outbox(25)])
        teller = Teller(lambda: NOW, new_id)

        def ask(number: int) -> None:
            keeper = MailKeeper(mails, every, None, teller, lambda: NOW, lambda: None, 5)
            keeper.take([a_reply(f"r{number}", mail=AUTOMATIC)])

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(ask, range(16)))
        assert db["mails"].count_documents({"open": True}) == 5
