"""Values beyond what the contracts or a database take are cut, left out or set aside: never passed on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhook_gateway.channels.whatsapp_cloud.normalise import Arrival
from services.webhook_gateway.domain.provider_time import EARLIEST
from shared.contracts.delivery_reported import DeliveryReported
from shared.contracts.item_quarantined import ItemQuarantined
from shared.contracts.message_received import MessageReceived
from shared.contracts.times import format_utc
from tests.webhook_gateway import twilio
from tests.webhook_gateway.channels.providers import Conversation, Twilio
from tests.webhook_gateway.whatsapp import Gateway, message, status, webhook

USER_ID = "IT.13491208655302741918"


def received(**changes: Any) -> Any:
    gateway = Gateway()
    assert gateway.post(webhook([message(**changes)])).status_code == 200
    (event,) = (event for event in gateway.events() if event.type != "media.requested")
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


def test_cards_are_bounded() -> None:
    person = {
        "name": {"formatted_name": "n" * 900},
        "org": {"company": "c" * 900},
        "phones": [{"phone": "p" * 200, "wa_id": "w" * 200}] * 30,
        "emails": [{"email": "e" * 400}, {}, 7] * 30,
    }
    cards = received(type="contacts", contacts=[person] * 60).content["contacts"]
    assert len(cards) == 50
    (card, *_) = cards
    assert (len(card["name"]), len(card["organization"])) == (500, 500)
    assert (len(card["phones"]), len(card["phones"][0]["phone"]), len(card["phones"][0]["wa_id"])) == (
        20,
        100,
        100,
    )
    assert {len(email) for email in card["emails"]} == {320}


@pytest.mark.parametrize("contacts", [None, {}, "x", [None, 7], [{"phones": "x", "emails": {}, "org": []}]])
def test_cards_of_nonsense_are_cards_of_nobody(contacts: Any) -> None:
    data = received(type="contacts", contacts=contacts)
    assert (data.kind, data.text) == ("contacts", "[contacts]")


def test_orders_are_bounded_and_still_counted() -> None:
    item = {"product_retailer_id": "i" * 6_000, "quantity": 2, "item_price": 1.5, "currency": "EUR"}
    content = received(type="order", order={"product_items": [item] * 300}).content
    assert (content["item_count"], len(content["items"])) == (300, 200)
    assert len(content["items"][0]["product_id"]) == 5_000


@pytest.mark.parametrize("media_id", [None, "", "x" * 501, 7, {}])
def test_media_without_a_usable_id_is_a_message_without_a_file(media_id: Any) -> None:
    data = received(type="image", image={"id": media_id, "caption": "Ecco"})
    assert (data.kind, data.text, data.attachments) == ("image", "Ecco", [])


def test_what_a_file_says_of_itself_is_cut() -> None:
    words = {name: name[0] * 900 for name in ("mime_type", "sha256", "filename", "caption")}
    (file,) = received(type="document", document={"id": "1", **words}).attachments
    assert (len(file.mime_type), len(file.sha256), len(file.filename)) == (200, 200, 500)


@pytest.mark.parametrize("target", [None, "", "x" * 501, 7, {}])
def test_unusable_target_is_left_out(target: Any) -> None:
    assert received(type="reaction", reaction={"message_id": target, "emoji": "x"}).target is None
    assert received(type="edit", edit={"original_message_id": target}).target is None
    assert received(type="revoke", revoke={"original_message_id": target}).target is None


@pytest.mark.parametrize("kind", ["edit", "revoke", "system"])
def test_what_is_no_message_of_the_customer_opens_no_window(kind: str) -> None:
    assert received(type=kind).reply_window_seconds is None


def form(**changes: str) -> Any:
    gateway = Conversation(Twilio())
    document = {"path": twilio.MESSAGES, "query": "", "form": twilio.incoming(**changes)}
    assert gateway.post(document).status_code == 200
    return gateway.events()[0].data


def test_forms_are_bounded_too() -> None:
    data = form(Body="x" * 200_000, ProfileName="n" * 900, ReferralBody="r" * 9_000)
    assert (len(data.text), len(data.sender.name)) == (100_000, 500)
    assert len(data.content["referral"]["body"]) == 5_000
    assert len(data.raw) > 200_000


def test_a_message_has_at_most_thirty_files_and_each_its_own_id() -> None:
    data = form(**{f"MediaUrl{n}": f"https://api.twilio.com/{n}" for n in range(40)})
    assert [file.reference for file in data.attachments] == [f"https://api.twilio.com/{n}" for n in range(30)]
    assert len({file.id for file in data.attachments}) == 30


def test_a_file_whose_address_is_too_long_is_left_out_and_the_others_keep_their_ids() -> None:
    whole = form(MediaUrl0="https://a", MediaUrl1="https://b")
    data = form(MediaUrl0="x" * 4_001, MediaUrl1="https://b")
    assert data.attachments == whole.attachments[1:]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("Contratto 2025.pdf", "Contratto 2025.pdf"),
        ("Ecco il contratto.", ""),
        ("../../etc/passwd.txt", ""),
        ("..\\x.pdf", ""),
        ("prima riga\nseconda.pdf", ""),
        ("x" * 240 + ".pdf", ""),
        (".pdf", ""),
        ("", ""),
    ],
)
def test_a_documents_name_is_its_text_only_if_it_looks_like_one(body: str, name: str) -> None:
    (file,) = form(Body=body, MediaUrl0="https://a", MediaContentType0="application/pdf").attachments
    assert file.filename == name


@given(st.integers(EARLIEST * 10**6, 7_258_118_400 * 10**6))
def test_the_time_of_arrival_is_written_as_the_contracts_write_it(microseconds: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    arrival = Arrival.at(moment)
    assert (arrival.text, arrival.seconds) == (format_utc(moment), moment.timestamp())
