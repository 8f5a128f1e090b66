"""What Meta says of an account reaches the channels of that account, and nobody else's."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from shared.contracts.item_quarantined import ItemQuarantined
from tests.webhook_gateway.whatsapp import FOREIGN, MAIN, OTHER_SECRET, SECOND, WABA, Gateway, payload


def notice(field: str, account: Any = WABA, **value: Any) -> dict[str, Any]:
    entry = {"id": account, "time": 1_740_691_293, "changes": [{"field": field, "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def flagged(account: Any = WABA, **value: Any) -> dict[str, Any]:
    return notice("phone_number_quality_update", account, event="FLAGGED", **value)


def reached(gateway: Gateway) -> list[str]:
    """The channels that were told, or why nobody was."""
    return [
        event.data.reason if isinstance(event.data, ItemQuarantined) else event.data.channel_id
        for event in gateway.events()
    ]


@pytest.mark.parametrize("account", [WABA, int(WABA)])
def test_every_channel_of_the_account_is_told(account: Any) -> None:
    gateway = Gateway()
    gateway.post(flagged(account))
    assert reached(gateway) == [MAIN.id, SECOND.id]
    assert len({event.id for event in gateway.events()}) == 2


@pytest.mark.parametrize("account", ["204199999999999", "", None, [WABA], {"id": WABA}, True, "x" * 5_000])
def test_an_account_nobody_has_is_kept_until_somebody_does(account: Any) -> None:
    gateway = Gateway()
    gateway.post(flagged(account))
    assert reached(gateway) == ["unknown-channel"]
    assert gateway.events()[0].data.replay is not None


def test_without_the_accounts_id_a_channel_is_told_nothing() -> None:
    gateway = Gateway(dataclasses.replace(MAIN, waba_id=""))
    gateway.post(flagged())
    assert reached(gateway) == ["unknown-channel"]


def test_another_apps_signature_does_not_speak_for_this_account() -> None:
    gateway = Gateway()
    gateway.post(flagged(), OTHER_SECRET)
    assert reached(gateway) == ["foreign-signature"]
    assert gateway.events()[0].data.replay is None
    gateway.broker.published.clear()
    gateway.post(flagged(FOREIGN.waba_id), OTHER_SECRET)
    assert reached(gateway) == [FOREIGN.id]


@pytest.mark.parametrize("written", ["390212345679", "+39 02 1234-5679", "+390212345679"])
def test_news_of_one_number_reaches_its_channel_however_it_is_written(written: str) -> None:
    gateway = Gateway()
    gateway.post(flagged(display_phone_number=written))
    assert reached(gateway) == [SECOND.id]


def test_a_channel_that_does_not_say_its_number_is_told_of_every_number() -> None:
    gateway = Gateway(dataclasses.replace(MAIN, number=""), SECOND)
    gateway.post(flagged(display_phone_number="+390299999999"))
    assert reached(gateway) == [MAIN.id]


@pytest.mark.parametrize("at", [None, "soon", 4_102_444_800, -1, [], True])
def test_an_impossible_time_becomes_the_time_of_arrival(at: Any) -> None:
    document = flagged()
    document["entry"][0]["time"] = at
    gateway = Gateway()
    gateway.post(document)
    event = gateway.events()[0]
    assert event.time == event.data.occurred_at
    assert event.time.year == 2025


def test_two_notices_of_one_second_are_two_events_and_one_told_twice_is_one() -> None:
    gateway = Gateway(MAIN)
    for document in (flagged(), notice("phone_number_quality_update", event="UNFLAGGED"), flagged()):
        gateway.post(document)
    first, second, again = (event.id for event in gateway.events())
    assert first == again != second


def test_good_news_of_one_kind_does_not_end_a_warning_of_another() -> None:
    """The latest statement on an aspect counts, so what may end a failure must be about the same thing."""
    names = [
        "account_disabled",
        "account_restricted",
        "account_violation",
        "account_pricing_tier",
        "account_review_approved",
        "account_capability",
        "account_alert",
        "quality_throughput",
    ]
    aspects = []
    for name in names:
        gateway = Gateway(dataclasses.replace(MAIN, number=""))
        gateway.post(payload(name))
        aspects.append(gateway.events()[0].data.aspect)
    assert len(set(aspects)) == len(names)
    gateway = Gateway()
    gateway.post(payload("account_reinstated"))
    assert gateway.events()[0].data.aspect == aspects[0]


def test_long_words_of_the_provider_are_cut() -> None:
    gateway = Gateway(MAIN)
    template = {
        "message_template_id": 1,
        "message_template_name": "n" * 600,
        "message_template_language": "l" * 90,
    }
    gateway.post(notice("message_template_status_update", event="E" * 300, reason="r" * 9_000, **template))
    gateway.post(
        notice("account_alerts", alert_info={"alert_type": "T" * 300, "alert_description": "d" * 9_000})
    )
    told, alert = (event.data for event in gateway.events())
    assert (len(told.name), len(told.language), len(told.value), len(told.reason)) == (512, 40, 100, 2_000)
    assert (len(alert.aspect), len(alert.title), len(alert.detail)) == (56, 500, 5_000)
