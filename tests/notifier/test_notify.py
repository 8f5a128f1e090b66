"""Events become deliveries: each once, in order, with the desk's own texts where one is due."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, replace

import pytest
from prometheus_client import REGISTRY

from services.notifier.announce import Teller
from services.notifier.config import OPENING_TEMPLATE
from services.notifier.consume import EventHandler, Parking
from services.notifier.domain.content import (
    Choice,
    ContactCard,
    Content,
    File,
    FormField,
    Interactive,
    Location,
    Reaction,
    Section,
    Template,
)
from services.notifier.erase import Eraser
from services.notifier.mail.keep import MailKeeper
from services.notifier.mail.outbox import Outboxes
from services.notifier.notify import Notifier, OpeningReply
from services.notifier.ports import ChannelSender, DeliveryStore
from services.notifier.presence import PresenceShower
from services.notifier.status import StatusKeeper
from services.notifier.template_wishes import TemplateKeeper
from shared.contracts import (
    item_quarantined,
    message_received,
    presence_requested,
    reply_parts,
    reply_requested,
    template_reported,
    template_requested,
    ticket_fact,
)
from shared.contracts.attachment import StoredFile
from shared.contracts.delivery_changed import DeliveryChanged
from shared.contracts.item_quarantined import ItemQuarantined, Replay
from shared.contracts.reply_requested import ReplyContent, TemplateContent
from shared.messaging.message import Delivery as Message
from shared.messaging.message import Poison, Unavailable
from shared.runtime.ids import new_id
from shared.texts.liquid import TextTemplate
from tests.notifier.building import (
    CHANNEL,
    KIND,
    NOW,
    Clock,
    ScriptedSender,
    counter,
    event,
    message,
    messages,
    receipt,
    reply_request,
    ticket_opened,
)
from tests.notifier.mailing import a_mail, outbox
from tests.support.memory_broker import MemoryBroker
from tests.support.memory_delivery_store import MemoryDeliveryStore
from tests.support.memory_mail_store import MemoryMailStore
from tests.support.memory_template_store import MemoryTemplateStore

OPENING = OpeningReply(TextTemplate(OPENING_TEMPLATE.read_text()))


class Inbox:
    """A handler over a store; counts how often it woke the dispatcher."""

    def __init__(self, store: DeliveryStore, opening: OpeningReply | None = OPENING) -> None:
        self.woken = 0
        clock = self.clock = Clock()
        teller = Teller(clock, new_id)
        self.sender = ScriptedSender()
        senders: dict[str, ChannelSender] = {CHANNEL: self.sender}
        self.templates = MemoryTemplateStore()
        self.mails = MemoryMailStore()
        self.presence = PresenceShower({CHANNEL: KIND}, senders, clock)
        self.handler = EventHandler(
            store,
            Notifier({CHANNEL: KIND}, senders, opening, teller, clock),
            StatusKeeper({}, teller),
            TemplateKeeper(self.templates, {CHANNEL: KIND}, teller, clock),
            self.presence,
            MailKeeper(self.mails, Outboxes([outbox(25)]), None, teller, clock, lambda: None),
            Eraser(store, self.mails, teller, clock),
            self._wake,
        )

    def _wake(self) -> None:
        self.woken += 1


@pytest.fixture
def store() -> MemoryDeliveryStore:
    return MemoryDeliveryStore()


def changes(store: MemoryDeliveryStore) -> list[DeliveryChanged]:
    return [one.data for one in store.events()]


def test_a_mail_is_kept_for_who_sends_mails(store: MemoryDeliveryStore) -> None:
    inbox = Inbox(store)
    inbox.handler(messages([a_mail("m1"), reply_request("s1"), a_mail("m1")]))
    assert inbox.mails.mail("m1").to[0].address == "anna@example.com"
    assert store.delivery("s1").open


def test_a_reply_becomes_a_delivery_that_waits(store: MemoryDeliveryStore) -> None:
    inbox = Inbox(store)
    request = reply_request("s1", "Benissimo grazie")
    inbox.handler(messages([request]))
    delivery = store.delivery("s1")
    assert (delivery.content, delivery.recipient.address) == (
        Content("text", "Benissimo grazie"),
        "393351032246",
    )
    assert (delivery.due_at, delivery.open) == (NOW, True)
    assert (delivery.traceparent, delivery.causation_id) == (request.traceparent, request.id)
    assert delivery.window_expires_at == request.data.window_expires_at
    assert store.events() == []  # the desk made this message itself
    assert inbox.woken == 1


def test_a_template_keeps_its_components(store: MemoryDeliveryStore) -> None:
    components = [{"type": "body", "parameters": [{"type": "text", "text": "Ann"}]}]
    content = ReplyContent("template", template=TemplateContent("hello", "it", components))
    Inbox(store).handler(messages([reply_request("s1", content=content)]))
    assert store.delivery("s1").content == Content("template", "", Template("hello", "it", tuple(components)))


def test_asked_twice_is_one_delivery_in_one_batch_or_in_two(store: MemoryDeliveryStore) -> None:
    inbox = Inbox(store)
    inbox.handler(messages([reply_request("s1"), reply_request("s1", "another text")]))
    inbox.handler(messages([reply_request("s1")]))
    [delivery] = store.deliveries()
    assert delivery.content.text == "Hello"


def test_deliveries_keep_the_order_of_the_queue(store: MemoryDeliveryStore) -> None:
    Inbox(store).handler(messages([reply_request(name) for name in ("s3", "s1", "s2")]))
    assert [delivery.send_id for delivery in store.deliveries()] == ["s3", "s1", "s2"]


def test_a_reply_on_a_channel_nobody_has_fails_with_what_to_do(store: MemoryDeliveryStore) -> None:
    Inbox(store).handler(messages([reply_request("s1", channel_id="gone")]))
    [change] = changes(store)
    assert (change.state, store.delivery("s1").open) == ("failed", False)
    assert change.error is not None
    assert (change.error.code, "channels file" in change.error.remedy) == ("unknown-channel", True)


def test_an_opened_ticket_is_confirmed_to_the_customer_once(store: MemoryDeliveryStore) -> None:
    inbox = Inbox(store)
    fact = ticket_opened()
    for _ in range(2):
        inbox.handler(messages([fact]))
    [delivery] = store.deliveries()
    assert delivery.send_id == f"opening:{fact.data.ticket_id}"
    assert delivery.content.text == (
        "Hello Daniele Asmonti, we received your message, ticket TT24."
        " An agent will answer you here as soon as possible."
    )
    [change] = changes(store)
    assert (change.state, change.origin, change.text) == ("queued", "notification", delivery.content.text)


def test_without_a_template_the_opening_reply_is_off(store: MemoryDeliveryStore) -> None:
    Inbox(store, opening=None).handler(messages([ticket_opened()]))
    assert store.deliveries() == []


def test_a_ticket_on_a_channel_that_cannot_send_gets_no_opening_reply(store: MemoryDeliveryStore) -> None:
    fact = replace(ticket_opened().data, channel_id="email-main", channel_kind="email")
    Inbox(store).handler(messages([event(ticket_fact.OPENED, fact)]))
    assert store.deliveries() == []


def test_a_template_that_runs_wild_costs_the_reply_and_nothing_else(store: MemoryDeliveryStore) -> None:
    wild = "{% for a in (1..999) %}{% for b in (1..999) %}{{ ticket.number }}{% endfor %}{% endfor %}"
    inbox = Inbox(store, OpeningReply(TextTemplate(wild)))
    inbox.handler(messages([ticket_opened(), reply_request("s1")]))
    assert [delivery.send_id for delivery in store.deliveries()] == ["s1"]


def test_other_facts_are_counted_and_left_alone(store: MemoryDeliveryStore) -> None:
    def counted() -> float:
        labels = {"event": ticket_fact.STATUS_CHANGED}
        return REGISTRY.get_sample_value("sportello_notifications_without_text_total", labels) or 0.0

    before = counted()
    inbox = Inbox(store)
    inbox.handler(messages([event(ticket_fact.STATUS_CHANGED, ticket_fact.EXAMPLE)]))
    assert (store.deliveries(), store.events(), inbox.woken) == ([], [], 0)
    assert counted() == before + 1


def test_a_request_and_its_receipt_in_one_batch_meet(store: MemoryDeliveryStore) -> None:
    Inbox(store).handler(messages([receipt("delivered", NOW, send_id="s1"), reply_request("s1")]))
    assert not store.delivery("s1").open
    assert [change.state for change in changes(store)] == ["delivered"]


def test_poison_changes_nothing_and_says_why(store: MemoryDeliveryStore) -> None:
    good = message(reply_request("s1"))
    for bad, reason in (
        (Message("q", "e", "k", b"\xff not JSON"), "malformed-event"),
        (
            Message("q", "e", "k", good.body.replace(b"reply.requested", b"reply.unheard.of")),
            "unknown-event-type",
        ),
        (message(event(message_received.TYPE, message_received.EXAMPLE)), "unexpected-event"),
    ):
        with pytest.raises(Poison) as caught:
            Inbox(store).handler([good, bad])
        assert caught.value.reason == reason
        assert store.deliveries() == []


def test_a_batch_of_every_kind_of_event_is_handled_in_one_go(store: MemoryDeliveryStore) -> None:
    inbox = Inbox(store)
    sync = replace(template_requested.SYNC_EXAMPLE, channel_id=CHANNEL)
    typing = replace(presence_requested.EXAMPLE, channel_id=CHANNEL, requested_at=NOW)
    inbox.handler(
        messages(
            [
                event(presence_requested.TYPE, typing),
                reply_request("s1"),
                event(template_requested.SYNC_REQUESTED, sync),
                event(template_requested.SUBMITTED, template_requested.SUBMITTED_EXAMPLE),
                event(template_reported.TYPE, template_reported.EXAMPLE),
                receipt("delivered", NOW, send_id="s1"),
            ]
        )
    )
    inbox.presence.close()
    assert [change.state for change in changes(store)] == ["delivered"]
    assert [(sign.sign, sign.author) for sign in inbox.sender.shown] == [("typing", "Anna Rossi")]
    request_id = template_requested.SUBMITTED_EXAMPLE.request_id
    assert set(inbox.templates.tasks()) == {f"read:{CHANNEL}", f"submit:{request_id}"}


def test_a_reply_keeps_who_wrote_it(store: MemoryDeliveryStore) -> None:
    Inbox(store).handler(messages([reply_request("s1", author="Anna", author_picture="blob-of-anna")]))
    delivery = store.delivery("s1")
    assert (delivery.author, delivery.author_picture) == ("Anna", "blob-of-anna")


def test_a_reply_of_every_kind_keeps_all_of_its_content(store: MemoryDeliveryStore) -> None:
    file = StoredFile("f", "image", "blob-1", "image/png", "a.png", 12, "0" * 64)
    rows = reply_parts.Section("s", [reply_parts.Choice("1", "Yes", "why")])
    asked = reply_parts.FormField("k", "Label", "choice", True, ["S"])
    choices = reply_parts.Interactive("list", "h", "f", "b", "u", [], [rows], [asked])
    card = reply_parts.ContactCard("Ann", ["1"], ["a@b"], "Firm")
    contents = {
        "media": ReplyContent("media", "see", attachments=[file]),
        "interactive": ReplyContent("interactive", "Which?", interactive=choices),
        "location": ReplyContent("location", location=reply_parts.Location(45.5, 9.2, "Office", "Street")),
        "contacts": ReplyContent("contacts", contacts=[card]),
        "reaction": ReplyContent("reaction", reaction=reply_parts.Reaction("wamid.x", "👍")),
    }
    Inbox(store).handler(messages([reply_request(kind, content=one) for kind, one in contents.items()]))
    kept = FormField("k", "Label", "choice", True, ("S",))
    ours = Interactive("list", "h", "f", "b", "u", (), (Section("s", (Choice("1", "Yes", "why"),)),), (kept,))
    assert {kind: store.delivery(kind).content for kind in contents} == {
        "media": Content("media", "see", files=(File(*astuple(file)),)),
        "interactive": Content("interactive", "Which?", interactive=ours),
        "location": Content("location", location=Location(45.5, 9.2, "Office", "Street")),
        "contacts": Content("contacts", contacts=(ContactCard("Ann", ("1",), ("a@b",), "Firm"),)),
        "reaction": Content("reaction", reaction=Reaction("wamid.x", "👍")),
    }


def parking(broker: MemoryBroker) -> Parking:
    return Parking(broker.publisher(), Clock(), counter("parked"))


def test_poison_is_parked_whole_and_can_be_replayed_while_its_neighbours_are_applied(
    store: MemoryDeliveryStore,
) -> None:
    broker = MemoryBroker()
    good = [message(reply_request(name)) for name in ("s1", "s2")]
    bad = Message("notifier.replies", "sportello.events", reply_requested.TYPE, b'{"no": "envelope"}')
    broker.queues["notifier.replies"].extend([good[0], bad, good[1]])
    broker.drain(["notifier.replies"], Inbox(store).handler, parking(broker))
    assert [delivery.send_id for delivery in store.deliveries()] == ["s1", "s2"]
    [parked] = broker.events(item_quarantined.TYPE)
    item: ItemQuarantined = parked.data
    assert (item.service, item.reason, item.payload) == ("notifier", "malformed-event", '{"no": "envelope"}')
    assert item.replay == Replay("sportello.events", reply_requested.TYPE, '{"no": "envelope"}')


def test_what_is_not_text_is_parked_without_a_replay() -> None:
    broker = MemoryBroker()
    parking(broker)(Message("q", "sportello.events", "k", b"\xff\xfe"), "malformed-event", "x" * 50_000)
    item: ItemQuarantined = broker.events()[0].data
    assert item.replay is None
    assert len(item.detail) == 10_000


def test_parking_waits_for_a_broker_that_is_away() -> None:
    broker = MemoryBroker()
    broker.fail()
    with pytest.raises(Unavailable):
        parking(broker)(Message("q", "e", "k", b"x"), "reason", "detail")


@pytest.mark.parametrize("kind", ["memory", pytest.param("mongo", marks=pytest.mark.integration)])
def test_the_same_request_from_fifty_threads_is_one_delivery(
    kind: str, request: pytest.FixtureRequest
) -> None:
    store: DeliveryStore = (
        MemoryDeliveryStore() if kind == "memory" else request.getfixturevalue("mongo_store")
    )
    inbox = Inbox(store)
    batch = messages([reply_request("s1")])
    barrier = threading.Barrier(50)

    def ask() -> None:
        barrier.wait()
        inbox.handler(batch)

    with ThreadPoolExecutor(50) as pool:
        for future in [pool.submit(ask) for _ in range(50)]:
            future.result()
    assert [head.send_id for head in store.due_heads(CHANNEL, NOW, 10)] == ["s1"]
