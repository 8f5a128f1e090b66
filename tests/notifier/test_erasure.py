"""An erased person is forgotten by the notifier too, on the real stores and on their in-memory twins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from services.notifier.announce import Teller
from services.notifier.domain.delivery import DONE, SENDING, Delivery, Failure
from services.notifier.domain.mail import Mail
from services.notifier.erase import Eraser
from services.notifier.mail.keep import MailKeeper
from services.notifier.mail.outbox import Outboxes
from services.notifier.notify import Notifier
from services.notifier.ports import DeliveryStore, MailStore
from services.notifier.store.mails import MongoMailStore
from services.notifier.store.mongo import MongoDeliveryStore
from shared.contracts.contact_erased import ContactErased
from shared.contracts.mail_address import MailAddress
from shared.contracts.reply_mail import ReplyMail
from shared.contracts.reply_requested import Recipient
from shared.mongo.connect import connect, database
from shared.runtime.ids import new_id
from tests.notifier.building import CHANNEL, KIND, NOW, ScriptedSender, a_delivery, a_message, reply_request
from tests.notifier.mailing import a_mail, a_reply, outbox
from tests.support.memory_delivery_store import MemoryDeliveryStore
from tests.support.memory_mail_store import MemoryMailStore

FAILED_ONCE = Failure("131026", "No such number 393351032246", "Daniele", "call 393351032246")
PERSON = ContactErased("contact-1", ["c1", "c2"], ["+393351032246", "Daniele@Example.org"], NOW)
SECRETS = ("393351032246", "text of", "aniele", "Buongiorno")


@dataclass
class Both:
    """Both stores of one kind, and what erases in them."""

    deliveries: DeliveryStore
    mails: MailStore

    def __post_init__(self) -> None:
        self.teller = Teller(lambda: NOW, new_id)
        self.eraser = Eraser(self.deliveries, self.mails, self.teller, lambda: NOW)

    def insert(self, *deliveries: Delivery) -> None:
        self.deliveries.transact(lambda transaction: transaction.insert(deliveries))

    def ask(self, *events: Any) -> None:
        every = Outboxes([outbox(25)])
        MailKeeper(self.mails, every, None, self.teller, lambda: NOW, lambda: None).take(list(events))

    def delivery(self, send_id: str) -> Delivery:
        return self.deliveries.transact(lambda transaction: transaction.load([send_id]))[send_id]

    def mail(self, mail_id: str) -> Mail:
        return self.mails.transact(lambda transaction: transaction.load([mail_id]))[mail_id]


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.integration)])
def both(request: pytest.FixtureRequest) -> Iterator[Both]:
    if request.param == "memory":
        deliveries = MemoryDeliveryStore()
        yield Both(deliveries, MemoryMailStore(lambda: deliveries._state.closed))
        return
    client = connect(request.getfixturevalue("mongodb_uri"), "test")
    with client:
        db = database(client, request.getfixturevalue("database_name"))
        real, mails = MongoDeliveryStore(client, db), MongoMailStore(client, db)
        real.prepare()
        mails.prepare()
        yield Both(real, mails)


def test_what_was_sent_says_no_more_to_whom_and_what(both: Both) -> None:
    sent = a_delivery(
        "done", stage=DONE, times={"sent": NOW}, provider_message_id="wamid.1", reply_to="wamid.0"
    )
    failed = a_delivery(
        "failed", stage=DONE, times={"failed": NOW}, failure=FAILED_ONCE, conversation_id="c2"
    )
    other = a_delivery("other", conversation_id="c9")
    both.insert(sent, failed, *a_message("m", 2), a_delivery("mine", stage=SENDING, claim="x"), other)
    both.eraser.take([PERSON])
    for send_id in ("done", "failed", "m~0.0", "m~0.1", "mine"):
        kept = both.delivery(send_id)
        assert not any(secret in str(kept) for secret in SECRETS), send_id
        assert not kept.open
    kept = both.delivery("done")
    assert (kept.times, kept.provider_message_id, kept.failure) == ({"sent": NOW}, "wamid.1", None)
    assert both.delivery("failed").failure == Failure("131026", "")
    ended = both.delivery("m~0.1").failure
    assert ended is not None
    assert ended.code == "erased"
    assert both.delivery("other") == replace(other, sequence=both.delivery("other").sequence)
    assert [one.send_id for one in both.deliveries.due_heads(CHANNEL, NOW, 10)] == ["other"]


def test_mails_to_the_person_are_forgotten_and_not_sent(both: Both) -> None:
    mine = a_mail(
        "m1", "daniele@example.org", "supplier@example.com", text="Buongiorno", message_id="message-1"
    )
    copied = a_mail("m2", "anna@example.com", cc=[MailAddress("DANIELE@example.org", "Daniele")])
    both.ask(mine, copied, a_mail("m3", "anna@example.com"))
    both.eraser.take([PERSON])
    both.eraser.take([PERSON])
    both.ask(mine)
    for mail_id in ("m1", "m2"):
        kept = both.mail(mail_id)
        assert not any(secret in str(kept) for secret in SECRETS), mail_id
        assert (kept.open, kept.failure and kept.failure.code) == (False, "erased")
    assert both.mail("m1").to[0].address == "supplier@example.com"
    claimed = both.mails.claim([""], "c", NOW, NOW)
    assert claimed is not None
    assert claimed.id == "m3"


def test_the_desk_hears_that_what_waited_is_not_sent() -> None:
    deliveries, mails = MemoryDeliveryStore(), MemoryMailStore()
    both = Both(deliveries, mails)
    both.insert(a_delivery("open"), a_delivery("done", stage=DONE, times={"sent": NOW}))
    both.ask(a_mail("m1", "daniele@example.org", message_id="message-1"))
    both.eraser.take([PERSON])
    both.eraser.take([PERSON])
    told = [(one.data.send_id, one.data.state, one.data.error.code) for one in deliveries.events()]
    assert told == [("open", "failed", "erased")]
    told = [(one.data.send_id, one.data.state, one.data.error.code) for one in mails.events()]
    assert told == [("message-1", "failed", "erased")]


def test_an_answer_that_is_read_from_its_queue_only_afterwards_is_not_sent(both: Both) -> None:
    both.eraser.take([PERSON])
    notifier = Notifier({CHANNEL: KIND}, {CHANNEL: ScriptedSender()}, None, both.teller, lambda: NOW)
    wanted = [
        *notifier.wanted(reply_request("late")),
        *notifier.wanted(reply_request("other", conversation_id="c9")),
    ]
    both.deliveries.transact(lambda transaction: notifier.add(transaction, wanted))
    late = both.delivery("late")
    assert not any(secret in str(late) for secret in (*SECRETS, "Hello"))
    assert (late.open, late.failure and late.failure.code) == (False, "erased")
    assert both.delivery("other").open


def test_an_answer_by_mail_is_forgotten_and_one_that_is_read_later_is_not_sent(both: Both) -> None:
    around = ReplyMail("Re: Buongiorno", footer="text of a footer", quoted="Daniele: text of", automatic=True)
    talk = {"recipient": Recipient("email", "daniele@example.org", "Daniele"), "mail": around}
    both.ask(a_reply("before", "text of mine", **talk))
    both.eraser.take([PERSON])
    both.ask(a_reply("late", "text of mine", **talk), a_reply("other", conversation_id="c9"))
    for mail_id in ("before", "late"):
        kept = both.mail(mail_id)
        assert not any(secret in str(kept) for secret in SECRETS), mail_id
        assert (kept.open, kept.failure and kept.failure.code) == (False, "erased")
    assert both.mail("other").open


@pytest.mark.integration
def test_what_is_to_be_forgotten_is_found_by_indexes(mongo_store: MongoDeliveryStore) -> None:
    db = mongo_store._db
    MongoMailStore(mongo_store._client, db).prepare()
    mongo_store.transact(lambda transaction: transaction.insert([a_delivery()]))
    wanted = {
        "deliveries": {"conversation_id": {"$in": ["c1"]}, "recipient.address": {"$ne": ""}},
        "mails": {"recipients": {"$in": ["a@b"]}},
    }
    for name, query in wanted.items():
        plan = db[name].find(query).explain()["queryPlanner"]["winningPlan"]
        assert "COLLSCAN" not in str(plan), name
