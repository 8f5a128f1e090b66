"""What is sent must be what Meta would send, or the figures are about something else."""

from __future__ import annotations

from datetime import UTC, datetime

from bench import traffic
from bench.traffic import Traffic, http_request
from services.webhook_gateway.channels.whatsapp_cloud import WhatsAppCloud
from services.webhook_gateway.channels.whatsapp_cloud.settings import WhatsAppNumber
from services.webhook_gateway.ports import Item

NUMBER = WhatsAppNumber(traffic.CHANNEL_ID, traffic.PHONE_NUMBER_ID, traffic.APP_SECRET, traffic.VERIFY_TOKEN)


def test_the_gateway_takes_every_webhook_as_one_message() -> None:
    channel = WhatsAppCloud([NUMBER])
    for webhook in Traffic(1).take(200, 1_764_000_000.0):
        trusted = channel.verify(webhook.body, {"HTTP_X_HUB_SIGNATURE_256": webhook.signature})
        (item,) = channel.normalise(webhook.body, "", datetime.now(UTC), trusted)
        assert isinstance(item, Item)
        assert item.id == webhook.message_id
        assert item.data["sender"]["identities"][0]["address"] == webhook.wa_id


def test_some_webhooks_come_twice_and_some_senders_are_new() -> None:
    webhooks = Traffic(1).take(5_000, 0.0)
    messages = {webhook.message_id for webhook in webhooks}
    senders = {webhook.wa_id for webhook in webhooks}
    assert 0.015 < 1 - len(messages) / len(webhooks) < 0.025
    assert 0.25 < len(senders) / len(messages) < 0.35


def test_without_second_deliveries_each_message_is_its_own() -> None:
    source = Traffic(1, delivered_twice=0.0)
    webhooks = source.take(1_000, 0.0) + source.take(1_000, 0.0)
    assert len({webhook.message_id for webhook in webhooks}) == 2_000


def test_two_supplies_share_neither_senders_nor_messages() -> None:
    one, two = Traffic(1).take(500, 0.0), Traffic(2).take(500, 0.0)
    assert {each.wa_id for each in one}.isdisjoint(each.wa_id for each in two)
    assert {each.message_id for each in one}.isdisjoint(each.message_id for each in two)


def test_the_same_seed_makes_the_same_traffic() -> None:
    assert Traffic(1).take(50, 0.0) == Traffic(1).take(50, 0.0)


def test_a_request_announces_the_length_of_its_body() -> None:
    (webhook,) = Traffic(1).take(1, 0.0)
    head, _, body = http_request(webhook, 8001).partition(b"\r\n\r\n")
    assert body == webhook.body
    assert f"Content-Length: {len(body)}".encode() in head.split(b"\r\n")
