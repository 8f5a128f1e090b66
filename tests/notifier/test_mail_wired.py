"""The worker's parts together: one batch from the broker with answers for chats and for mailboxes."""

from __future__ import annotations

from services.notifier.channels.whatsapp_cloud.settings import WhatsAppCloudSettings
from services.notifier.config import ChannelSettings, SendingSettings
from services.notifier.domain.retry import RetryLimits
from services.notifier.notify import OpeningReply
from services.notifier.senders import build_senders
from services.notifier.wiring import Stores, build_sending
from shared.blobs.settings import BlobSettings
from shared.contracts import delivery_reported
from shared.contracts.delivery_changed import DeliveryChanged
from shared.contracts.delivery_reported import DeliveryReported
from shared.runtime.stop import Stop
from shared.texts.liquid import TextTemplate
from tests.notifier.building import CHANNEL, KIND, NOW, event, messages, reply_request
from tests.notifier.graph import FakeGraph
from tests.notifier.mailing import CHANNEL_ID, a_mail, a_reply, mail_server, outbox
from tests.notifier.test_mail_replies import opened
from tests.notifier.test_sending import NoLogins
from tests.support.memory_blobs import MemoryBlobStore
from tests.support.memory_broker import MemoryBroker
from tests.support.memory_delivery_store import MemoryDeliveryStore
from tests.support.memory_mail_store import MemoryMailStore
from tests.support.memory_template_store import MemoryTemplateStore
from tests.support.waiting import wait_until


def test_each_answer_leaves_by_its_own_way_and_each_receipt_finds_it(graph: FakeGraph) -> None:
    fields = WhatsAppCloudSettings(CHANNEL, "1098", "secret-token", graph_url=graph.url)
    deliveries, mails, stop = MemoryDeliveryStore(), MemoryMailStore(), Stop()
    stores = Stores(deliveries, MemoryTemplateStore(), mails, MemoryBlobStore(), NoLogins())
    with mail_server() as box:
        settings = SendingSettings(
            (ChannelSettings(CHANNEL, KIND, fields),),
            OpeningReply(TextTemplate("Ticket {{ ticket.number }}")),
            16,
            RetryLimits(),
            BlobSettings("mongodb://unused", "unused"),
            outboxes=(outbox(box.port),),
        )
        publisher = MemoryBroker().publisher()
        senders = build_senders(
            settings.channels, None, deliveries, stores.templates, stores.blobs, publisher
        )
        sending = build_sending(settings, stores, senders, publisher, stop)
        sending.dispatcher.start()
        sending.mails.start()
        try:
            batch = [
                reply_request("chat", window_expires_at=None),
                a_reply("mail"),
                a_mail("notice"),
                opened(),
            ]
            sending.handler(messages(batch))
            wait_until(lambda: len(box.taken) == 3 and len(graph.trackers()) == 1)
            wait_until(lambda: not any(mails.mail(one).open for one in ("mail", "notice")))
            header_id = mails.mail("mail").header_id
            bounce = DeliveryReported(CHANNEL_ID, "email", header_id, "failed", NOW, NOW)
            sending.handler(messages([event(delivery_reported.TYPE, bounce)]))
            assert sending.mails.running()
        finally:
            stop.request()
            sending.dispatcher.join()
            sending.mails.join()
            sending.presence.close()
            for sender in senders.values():
                sender.close()
    assert graph.trackers() == ["chat"]
    texts = sorted(mail.get_body(("plain",)).get_content().strip() for _, mail in box.taken)  # type: ignore[union-attr]
    assert texts == ["A text", "Buongiorno", "Ticket TT24"]
    news = [one.data for one in mails.events() if isinstance(one.data, DeliveryChanged)]
    assert [one.state for one in news if one.send_id == "mail"] == ["sent", "failed"]
    assert not any(one.data.channel_kind == "email" for one in deliveries.events())
