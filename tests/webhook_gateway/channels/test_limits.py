"""Values beyond what the contracts or a database take are cut, left out or set aside: never passed on."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.delivery_reported import DeliveryReported
from shared.contracts.item_quarantined import ItemQuarantined
from shared.contracts.message_received import MessageReceived
from tests.webhook_gateway.whatsapp import Gateway, message, status, webhook

USER_ID = "IT.13491208655302741918"


def received(**changes: Any) -> Any:
    gateway = Gateway()
    assert gateway.post(webhook([message(**changes)])).status_code == 200
    (event,) = gateway.events()
    return event.data


def reported(**changes: Any) -> Any:
    gateway = Gateway()
    assert gateway.post(webhook(statuses=[status(**changes)])).status_code == 200
    (event,) = gateway.events()
    return event.data


@pytest.mark.parametrize("wamid", ["", "x" * 501, 7, None, ["wamid.1"]])
def test_item_without_a_usable_id_is_set_aside(wamid: Any) -> None:
    for data in (received(id=wamid), reported(id=wamid)):
        assert isinstance(data, ItemQuarantined)
        assert data.reason == "no-message-id"


def test_longest_id_is_taken() -> None:
    data = received(id="x" * 500)
    assert isinstance(data, MessageReceived)
    assert data.provider_message_id == "x" * 500


@pytest.mark.parametrize("reply_to", ["x" * 501, 7, None, {}])
def test_unusable_reference_to_an_earlier_message_is_left_out(reply_to: Any) -> None:
    assert received(context={"id": reply_to}).reply_to is None


@pytest.mark.parametrize("user_id", ["", "x" * 321, 7, {}])
def test_unusable_user_id_is_no_identity(user_id: Any) -> None:
    data = received(from_user_id=user_id)
    assert [identity.kind for identity in data.sender.identities] == ["whatsapp"]
    assert received(**{"from": None, "from_user_id": user_id}).sender.identities[0].kind == "whatsapp"


@pytest.mark.parametrize("address", ["IT.1", "0393351032246", "12345", 17.5])
def test_address_that_is_no_number_leaves_the_user_id(address: Any) -> None:
    data = received(**{"from": address, "from_user_id": USER_ID})
    assert [identity.value for identity in data.sender.identities] == [USER_ID]
    assert data.contact_key == f"whatsapp-main:{USER_ID}"


def test_number_written_as_a_number_is_a_number() -> None:
    assert received(**{"from": 393351032246}).sender.identities[0].value == "+393351032246"


@pytest.mark.parametrize(
    ("value", "kept"), [(2**63 - 1, True), (-(2**63), True), (2**63, False), (2**64 - 1, False)]
)
def test_integers_a_database_cannot_hold_stay_in_the_raw_item_only(value: int, kept: bool) -> None:
    data = received(type="location", location={"latitude": value})
    assert data.content == {"location": {"latitude": value} if kept else {}}
    assert str(value) in data.raw


def test_long_facts_are_cut() -> None:
    data = received(type="button", button={"payload": "x" * 6_000, "text": "y" * 200_000})
    assert (len(data.content["payload"]), len(data.content["text"]), len(data.text)) == (
        5_000,
        5_000,
        100_000,
    )


@pytest.mark.parametrize(
    ("send_id", "read"), [("s" * 600, "s" * 600), ("s" * 601, None), ("", None), (7, None)]
)
def test_only_a_possible_send_id_is_ours(send_id: Any, read: str | None) -> None:
    data = reported(biz_opaque_callback_data=send_id)
    assert isinstance(data, DeliveryReported)
    assert data.send_id == read


def test_long_errors_are_cut() -> None:
    error = {"code": 10**18, "title": "t" * 2_000, "message": "m", "error_data": {"details": "d" * 20_000}}
    data = reported(status="failed", errors=[error])
    assert (data.error.code, len(data.error.title), len(data.error.detail)) == (str(10**18), 1_000, 10_000)


@pytest.mark.parametrize("errors", [[{}], [{"code": None, "title": 3, "error_data": []}]])
def test_error_without_words_is_still_an_error(errors: Any) -> None:
    data = reported(status="failed", errors=errors)
    assert (data.error.code, data.error.title) == ("unknown", "The provider gave no reason")


@pytest.mark.parametrize("errors", [None, [], {}, ["x"], 7])
def test_failure_without_an_error_is_a_failure(errors: Any) -> None:
    data = reported(status="failed", errors=errors)
    assert (data.state, data.error) == ("failed", None)


@pytest.mark.parametrize("recipient", ["x" * 321, 7, None])
def test_unusable_recipient_is_left_out(recipient: Any) -> None:
    gateway = Gateway()
    gateway.post(webhook(statuses=[status(recipient_id=recipient)], contacts=[]))
    assert gateway.events()[0].data.recipient == ""
