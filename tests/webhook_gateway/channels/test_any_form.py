"""Whatever stands in whichever field: one thing comes out or one is kept, and nothing is our fault."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webhook_gateway import twilio
from tests.webhook_gateway.channels.providers import Conversation, Twilio
from tests.webhook_gateway.channels.wire import by_hand_and_by_contract

PROVIDER = Twilio()
DESK = Conversation(PROVIDER)
FORMS = [PROVIDER.payload(name) for name in PROVIDER.names()]
FIELDS = sorted({field for document in FORMS for field in document["form"]} - {"AccountSid"})
ON_ITS_WAY = {"accepted", "queued", "scheduled", "sending"}

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
values = st.one_of(
    texts,
    st.sampled_from(["", "whatsapp:", "whatsapp:+", "+393351032246", "true", "1e400", "-0", "text", "sent"]),
    st.integers().map(str),
    texts.map(lambda text: text * 300),
)
changes = st.dictionaries(st.one_of(st.sampled_from(FIELDS), texts), st.one_of(st.none(), values), max_size=6)


def assert_accounted_for(document: dict[str, Any]) -> None:
    DESK.broker.published.clear()
    assert DESK.post(document).status_code == 200
    form = document["form"]
    things = [event for event in DESK.events() if event.type != "media.requested"]
    silent = form.get("MessageStatus") in ON_ITS_WAY and not any(
        event.type == "item.quarantined" for event in things
    )
    assert len(things) == (0 if silent else 1)
    for message in DESK.broker.published:
        written, contract = by_hand_and_by_contract(message.body)
        assert written == contract


@settings(max_examples=400)
@given(document=st.sampled_from(FORMS), changed=changes)
def test_any_value_in_any_field_is_accounted_for_once(document: Any, changed: dict[str, str | None]) -> None:
    form = {name: value for name, value in (document["form"] | changed).items() if value is not None}
    assert_accounted_for(document | {"form": form | {"AccountSid": twilio.SID}})


@settings(max_examples=100)
@given(document=st.sampled_from(FORMS), data=st.data())
def test_a_damaged_body_is_taken_or_refused_but_never_our_fault(document: Any, data: st.DataObject) -> None:
    request = PROVIDER.request(document)
    body = bytearray(request.body)
    for _ in range(data.draw(st.integers(1, 5))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    damaged = request._replace(body=bytes(body))
    assert DESK.send(damaged, PROVIDER.headers(damaged, twilio.TOKEN)).status_code in (200, 400, 403)


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_any_bytes_are_refused(body: bytes) -> None:
    assert DESK.post(body).status_code in (400, 403)
