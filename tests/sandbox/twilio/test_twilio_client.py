"""Twilio's own client, pointed at the sandbox."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client as TwilioClient
from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from tests.sandbox.conftest import Client
from tests.sandbox.twilio.conftest import ACCOUNT, CALLBACK, DANIELE

FROM = f"whatsapp:{ACCOUNT.number}"


def test_it_sends_a_text_and_finds_it_again(twilio: TwilioClient, client: Client) -> None:
    sent = twilio.messages.create(to=DANIELE, from_=FROM, body="Benissimo, è tutto", status_callback=CALLBACK)

    assert sent.sid.startswith("SM")
    assert (sent.status, sent.direction, sent.num_media) == ("queued", "outbound-api", "0")
    assert (sent.error_code, sent.error_message) == (None, None)
    assert twilio.messages(sent.sid).fetch().body == "Benissimo, è tutto"
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert [m.sid for m in twilio.messages.list(to=DANIELE, date_sent_after=since)] == [sent.sid]
    assert twilio.messages.list(to=DANIELE, date_sent_before=since) == []
    assert twilio.messages.list(from_=DANIELE) == []
    [bubble] = client.get("/api/twilio/phone").json["customers"][0]["messages"]
    assert (bubble["id"], bubble["outgoing"], bubble["shown"]["text"]) == (
        sent.sid,
        True,
        "Benissimo, è tutto",
    )


def test_it_sends_a_content_with_its_variables(twilio: TwilioClient, client: Client) -> None:
    values = json.dumps({"1": "Daniele", "2": "TT24"})
    sent = twilio.messages.create(
        to=DANIELE, from_=FROM, content_sid="HX" + "0" * 31 + "1", content_variables=values
    )
    assert sent.body == "Ciao Daniele, ci sono novità sulla richiesta TT24."
    [bubble] = client.get("/api/twilio/phone").json["customers"][0]["messages"]
    assert (bubble["shown"]["kind"], bubble["shown"]["label"]) == ("template", "ticket_update · it")


@pytest.mark.parametrize("page_size", [1, 2, 4, 50])
def test_it_lists_every_content_once_however_they_are_paged(twilio: TwilioClient, page_size: int) -> None:
    found = twilio.content.v1.content_and_approvals.list(page_size=page_size)

    assert len({content.sid for content in found}) == len(found) == 9
    kinds = {kind for content in found for kind in content.types}
    assert kinds == {
        "twilio/text", "twilio/media", "twilio/quick-reply", "twilio/call-to-action", "twilio/list-picker",
    }  # fmt: skip
    statuses = {content.approval_requests["status"] for content in found}
    assert statuses >= {"approved", "pending", "rejected", "paused", "disabled", "unsubmitted"}


def test_it_creates_submits_and_deletes_a_content(twilio: TwilioClient, client: Client) -> None:
    request = ContentList.ContentCreateRequest(
        {
            "friendly_name": "greeting",
            "language": "it",
            "variables": {"1": "Anna"},
            "types": ContentList.Types({"twilio/text": ContentList.TwilioText({"body": "Ciao {{1}}"})}),
        }
    )
    created = twilio.content.v1.contents.create(request)
    assert created.sid.startswith("HX")
    assert "twilio/text" in created.types

    approval = ApprovalCreateList.ContentApprovalRequest({"name": "greeting", "category": "UTILITY"})
    submitted = twilio.content.v1.contents(created.sid).approval_create.create(approval)
    assert submitted.status == "received"
    decision = {"status": "approved"}
    assert client.post(f"/api/twilio/contents/{created.sid}/approval", json=decision).status_code == 200
    fetched = twilio.content.v1.contents(created.sid).approval_fetch().fetch()
    assert (fetched.whatsapp["status"], fetched.whatsapp["category"]) == ("approved", "UTILITY")
    with pytest.raises(TwilioRestException) as again:
        twilio.content.v1.contents(created.sid).approval_create.create(approval)
    assert again.value.code == 92009

    assert twilio.content.v1.contents(created.sid).delete()
    with pytest.raises(TwilioRestException) as gone:
        twilio.content.v1.contents(created.sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)


def test_refusals_are_the_errors_it_knows(twilio: TwilioClient, client: Client) -> None:
    client.post("/api/twilio/settings", json={"reply_window": "strict", "refusals": "immediate"})
    with pytest.raises(TwilioRestException) as closed:
        twilio.messages.create(to=DANIELE, from_=FROM, body="Benissimo")
    assert (closed.value.status, closed.value.code) == (400, 63016)

    client.post("/api/faults", json={"provider": "twilio", "status": 429})
    with pytest.raises(TwilioRestException) as hurried:
        twilio.messages.create(to=DANIELE, from_=FROM, body="Benissimo")
    assert (hurried.value.status, hurried.value.code) == (429, 20429)


def test_a_wrong_token_is_refused_as_twilio_does(twilio: TwilioClient) -> None:
    stranger = TwilioClient(ACCOUNT.account_sid, "wrong", http_client=twilio.http_client)
    with pytest.raises(TwilioRestException) as refused:
        stranger.messages.create(to=DANIELE, from_=FROM, body="Benissimo")
    assert (refused.value.status, refused.value.code) == (401, 20003)
