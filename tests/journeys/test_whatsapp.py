"""A company's WhatsApp from the phone to the desk and back: every kind, both providers, their troubles."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.desk import Desk, new_number
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.journey, pytest.mark.timeout(300)]

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture(autouse=True)
def _no_fault_is_left(desk: Desk) -> Iterator[None]:
    yield
    desk.http.delete(f"{desk.endpoints['sandbox']}/api/faults")
    desk.phone("settings", token_valid=True)


def _action(desk: Desk, number: str, **wanted: Any) -> dict[str, Any]:
    """The action of the ticket that looks like this, as soon as there is one."""

    def found() -> list[dict[str, Any]]:
        return [
            action
            for action in desk.actions(number)
            if all(action.get(name) == value for name, value in wanted.items())
        ]

    action: dict[str, Any] = wait_until(found, 40)[0]
    return action


def _reply(desk: Desk, number: str, **body: Any) -> dict[str, Any]:
    answer = desk.api("POST", f"/tickets/{number}/replies", json=body)
    assert answer.status_code == 201, answer.text
    reply: dict[str, Any] = answer.json()
    return reply


def _state(desk: Desk, number: str, message_id: str) -> str:
    (action,) = [action for action in desk.actions(number) if action["id"] == message_id]
    state: str = action["delivery"]["state"]
    return state


def _stored(desk: Desk, number: str) -> list[dict[str, Any]]:
    attachments = [attachment for action in desk.actions(number) for attachment in action["attachments"]]
    return [attachment for attachment in attachments if attachment["state"] == "stored"]


def _upload(desk: Desk, name: str, content: bytes, mime_type: str) -> str:
    answer = desk.api("POST", "/attachments", files={"file": (name, content, mime_type)})
    assert answer.status_code == 201, answer.text
    attachment_id: str = answer.json()["id"]
    return attachment_id


def test_a_photo_arrives_whole_even_when_the_media_host_fails_first(desk: Desk) -> None:
    customer = new_number()
    desk.write(customer, text="ecco la foto")
    number = desk.ticket_of(customer)["number"]
    desk.fault(provider="meta", on="media_download", status=503, times=1)
    media_id = desk.phone_file("foto.png", PNG, "image/png")
    desk.write(customer, kind="image", media_id=media_id, caption="il guasto")

    (attachment,) = wait_until(lambda: _stored(desk, number), 60, every=0.5)
    assert _action(desk, number, kind="image")["text"] == "il guasto"
    content = desk.api("GET", f"/attachments/{attachment['id']}/content")
    assert content.status_code == 200
    assert content.content == PNG
    assert content.headers["x-content-type-options"] == "nosniff"
    listed = desk.items(f"/tickets/{number}/attachments")
    assert [item["id"] for item in listed] == [attachment["id"]]


def test_reactions_edits_and_deletions_show_on_the_message_they_are_about(desk: Desk) -> None:
    customer = new_number()
    desk.write(customer, text="apro")
    number = desk.ticket_of(customer)["number"]
    second = desk.write(customer, text="alle dieci")
    reply = _reply(desk, number, text="va bene?")
    wait_until(lambda: _state(desk, number, reply["id"]) == "read", 40)
    (provider_id,) = _action(desk, number, id=reply["id"])["provider_message_ids"]

    desk.write(customer, kind="reaction", target=provider_id, emoji="👍")
    reacted = wait_until(lambda: _action(desk, number, id=reply["id"])["reactions"])
    assert [reaction["emoji"] for reaction in reacted] == ["👍"]
    wait_until(lambda: desk.get(f"/tickets/{number}")["status"]["role"] == "customer_replied")

    desk.write(customer, kind="edit", target=second, text="alle undici")
    wait_until(lambda: _action(desk, number, text="alle undici")["edited_at"])
    desk.write(customer, kind="revoke", target=second)
    wait_until(lambda: _action(desk, number, text="alle undici")["revoked_at"])
    desk.write(customer, kind="reaction", target=provider_id, emoji="")
    wait_until(lambda: not _action(desk, number, id=reply["id"])["reactions"])
    assert len(desk.tickets_of(customer)) == 1


def test_an_answer_carries_files_choices_and_quotes_and_the_tap_comes_back(desk: Desk) -> None:
    customer = new_number()
    first = desk.write(customer, text="Buongiorno")
    number = desk.ticket_of(customer)["number"]
    description = desk.actions(number)[0]
    files = [
        _upload(desk, "uno.png", PNG, "image/png"),
        _upload(desk, "due.pdf", b"%PDF-1.4\n%", "application/pdf"),
    ]
    reply = _reply(desk, number, text="ecco", attachments=files, reply_to=description["id"])
    wait_until(lambda: _state(desk, number, reply["id"]) == "read", 60)
    sent = [body for body in desk.sent_by_desk(customer) if body["type"] in ("image", "document")]
    assert [body["type"] for body in sent] == ["image", "document"]
    assert sent[0]["image"]["caption"] == "ecco"
    assert sent[0]["context"]["message_id"] == first
    assert sent[1]["document"]["filename"] == "due.pdf"

    question = {"kind": "buttons", "buttons": [{"id": "yes", "title": "Sì"}, {"id": "no", "title": "No"}]}
    asked = _reply(desk, number, text="Procediamo?", interactive=question)
    wait_until(lambda: _state(desk, number, asked["id"]) == "read", 40)
    (provider_id,) = _action(desk, number, id=asked["id"])["provider_message_ids"]
    desk.write(customer, kind="button_reply", target=provider_id, choice="yes")
    tapped = _action(desk, number, kind="button_reply")
    assert tapped["text"] == "Sì"
    assert tapped["content"]["id"] == "yes"
    assert tapped["reply_to"]["message_id"] == asked["id"]


def test_a_long_text_leaves_in_order_and_counts_as_one_message(desk: Desk) -> None:
    customer = new_number()
    desk.write(customer, text="dimmi tutto")
    number = desk.ticket_of(customer)["number"]
    text = "\n\n".join(f"{paragraph}. " + "parola " * 120 for paragraph in range(12))
    reply = _reply(desk, number, text=text)
    wait_until(lambda: _state(desk, number, reply["id"]) == "read", 60)
    bodies = [body["text"]["body"] for body in desk.sent_by_desk(customer) if "parola" in str(body)]
    assert len(bodies) > 1
    assert " ".join(" ".join(bodies).split()) == " ".join(text.split())
    assert len(_action(desk, number, id=reply["id"])["provider_message_ids"]) == len(bodies)


def test_a_text_too_late_waits_as_a_draft_until_the_customer_answers_the_template(desk: Desk) -> None:
    settings = desk.api("GET", "/settings/please-answer")
    changed = desk.api(
        "PATCH",
        "/settings/please-answer",
        json={"template": {"name": "hello_world", "language": "en_US", "components": []}},
        headers={"If-Match": settings.headers["etag"]},
    )
    assert changed.status_code == 200, changed.text
    customer = new_number()
    long_ago = int((datetime.now(UTC) - timedelta(hours=30)).timestamp())
    desk.write(customer, text="Buongiorno", timestamp=long_ago)
    number = desk.ticket_of(customer)["number"]

    refused = desk.api("POST", f"/tickets/{number}/replies", json={"text": "eccomi"})
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("template-required")
    draft = _reply(desk, number, text="eccomi", when_closed="draft")
    assert draft["delivery"]["state"] == "draft"
    wait_until(lambda: [body for body in desk.sent_by_desk(customer) if body["type"] == "template"])
    assert not [body for body in desk.sent_by_desk(customer) if "eccomi" in str(body)]

    desk.write(customer, text="sono qui")
    wait_until(lambda: _state(desk, number, draft["id"]) == "read", 40)
    assert len([body for body in desk.sent_by_desk(customer) if "eccomi" in str(body)]) == 1


@pytest.mark.parametrize(("provider", "code"), [("meta", 131047), ("twilio", 63016)])
def test_what_the_provider_finds_too_late_waits_for_the_customer_as_well(
    desk: Desk, provider: str, code: int
) -> None:
    customer = new_number()
    desk.phone("messages", provider=provider, from_=customer, text="apro")
    number = desk.ticket_of(customer)["number"]
    opening = _action(desk, number, direction="out")
    wait_until(lambda: _state(desk, number, opening["id"]) == "read", 40)
    desk.fault(provider=provider, on="send", code=code)
    reply = _reply(desk, number, text="secondo noi in tempo")
    wait_until(lambda: _state(desk, number, reply["id"]) == "draft", 40)

    desk.phone("messages", provider=provider, from_=customer, text="eccomi")
    wait_until(lambda: _state(desk, number, reply["id"]) == "read", 40)


def test_what_failed_for_good_says_why_and_can_be_sent_again(desk: Desk) -> None:
    customer = new_number()
    desk.write(customer, text="apro")
    number = desk.ticket_of(customer)["number"]
    opening = _action(desk, number, direction="out")
    wait_until(lambda: _state(desk, number, opening["id"]) == "read", 40)
    desk.fault(provider="meta", on="send", code=131026)
    reply = _reply(desk, number, text="arriva?")
    wait_until(lambda: _state(desk, number, reply["id"]) == "failed", 40)
    error = _action(desk, number, id=reply["id"])["delivery"]["error"]
    assert error["code"] == "131026"
    assert "another way" in error["remedy"]

    again = desk.api("POST", f"/tickets/{number}/replies/{reply['id']}/resend", json={})
    assert again.status_code in (200, 201), again.text
    wait_until(lambda: _state(desk, number, reply["id"]) == "read", 40)
    assert _action(desk, number, id=reply["id"])["delivery"]["error"] is None


def test_the_customer_sees_that_somebody_reads_and_writes(desk: Desk) -> None:
    customer = new_number()
    wamid = desk.write(customer, text="c'è qualcuno?")
    conversation = desk.ticket_of(customer)["conversation_id"]
    for sign in ("read", "typing"):
        answer = desk.api("POST", f"/conversations/{conversation}/presence", json={"sign": sign})
        assert answer.status_code == 202, answer.text

    def shown() -> list[dict[str, Any]]:
        bodies = [call["body"] for call in desk.provider_calls("meta", "/messages")]
        return [body for body in bodies if body.get("status") == "read" and body["message_id"] == wamid]

    wait_until(lambda: len(shown()) == 2, 30)
    assert sorted("typing_indicator" in body for body in shown()) == [False, True]


def test_templates_are_listed_previewed_submitted_and_follow_metas_decision(desk: Desk) -> None:
    channel = desk.whatsapp["channel_id"]
    listed = wait_until(lambda: desk.items("/templates", channel=channel, limit=100), 60)
    assert {"hello_world", "ticket_update"} <= {template["name"] for template in listed}
    (chosen,) = [t for t in listed if (t["name"], t["language"]) == ("ticket_update", "it")]
    components = [
        {"type": "header", "parameters": [{"type": "text", "text": "TT1"}]},
        {
            "type": "body",
            "parameters": [{"type": "text", "text": "Anna"}, {"type": "text", "text": "il guasto"}],
        },
    ]
    preview = desk.api("POST", f"/templates/{chosen['id']}/preview", json={"components": components})
    assert preview.status_code == 200, preview.text
    assert "Ciao Anna" in preview.json()["text"]

    name = f"nuovo_{time.time_ns()}"
    body = {
        "channel": channel,
        "name": name,
        "language": "it",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "Abbiamo una risposta per lei."}],
    }
    created = desk.api("POST", "/templates", json=body)
    assert created.status_code in (201, 202), created.text
    template_id = created.json()["id"]
    wait_until(lambda: desk.get(f"/templates/{template_id}")["status"] == "pending", 30)
    known = desk.http.get(f"{desk.endpoints['sandbox']}/api/meta/templates").json()["items"]
    (provider_id,) = [template["id"] for template in known if template["name"] == name]
    desk.phone(f"templates/{provider_id}/status", status="APPROVED")
    wait_until(lambda: desk.get(f"/templates/{template_id}")["status"] == "approved", 30)


def test_a_revoked_token_is_shown_keeps_the_answers_and_drops_nothing_that_comes_in(desk: Desk) -> None:
    customer = new_number()
    desk.write(customer, text="apro")
    number = desk.ticket_of(customer)["number"]
    desk.phone("settings", token_valid=False)
    reply = _reply(desk, number, text="arriva lo stesso")
    channel = desk.whatsapp["channel_id"]
    wait_until(lambda: desk.get(f"/channels/{channel}")["health"]["level"] == "failing", 30)
    desk.write(customer, text="e intanto scrivo")
    _action(desk, number, text="e intanto scrivo")
    assert _state(desk, number, reply["id"]) == "queued"

    desk.phone("settings", token_valid=True)
    wait_until(lambda: _state(desk, number, reply["id"]) == "read", 120, every=0.5)
    wait_until(lambda: desk.get(f"/channels/{channel}")["health"]["level"] == "ok", 30)
    sent = [body for body in desk.sent_by_desk(customer) if "arriva lo stesso" in str(body)]
    # Tries with the revoked token were refused, one got through.
    answered = [call for call in desk.provider_calls("meta", "/messages") if call["status"] == 200]
    assert len([call for call in answered if "arriva lo stesso" in str(call["body"])]) == 1
    assert sent


def test_a_template_of_the_desk_carries_a_picture_and_named_values(desk: Desk) -> None:
    customer = new_number()
    desk.write(customer, text="apro")
    number = desk.ticket_of(customer)["number"]
    components = [
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "customer_name", "text": "Daniele"},
                {"type": "text", "parameter_name": "question_date", "text": "ieri"},
            ],
        }
    ]
    template = {"name": "continue_conversation", "language": "en_US", "components": components}
    reply = _reply(desk, number, template=template)
    assert "Hello Daniele" in reply["text"]
    wait_until(lambda: _state(desk, number, reply["id"]) == "read", 40)


def test_twilio_the_whole_way_and_the_same_person_is_one_contact(desk: Desk) -> None:
    customer = new_number()
    desk.write(customer, text="da Meta")
    first = desk.ticket_of(customer)

    media_id = desk.phone_file("foto.png", PNG, "image/png", provider="twilio")
    desk.phone(
        "messages", provider="twilio", from_=customer, name="Daniele Asmonti", kind="image",
        text="da Twilio", media_ids=[media_id],
    )  # fmt: skip
    wait_until(lambda: len(desk.tickets_of(customer)) == 2)
    (second,) = [ticket for ticket in desk.tickets_of(customer) if ticket["number"] != first["number"]]
    assert second["requester"]["id"] == first["requester"]["id"]
    number = second["number"]
    wait_until(
        lambda: [
            a for action in desk.actions(number) for a in action["attachments"] if a["state"] == "stored"
        ],
        60,
    )

    reply = _reply(
        desk, number, text="Benissimo grazie", attachments=[_upload(desk, "a.png", PNG, "image/png")]
    )
    wait_until(lambda: _state(desk, number, reply["id"]) == "read", 60)
    sent = [
        call["body"] for call in desk.provider_calls("twilio", "/Messages.json") if call["method"] == "POST"
    ]
    (mine,) = [body for body in sent if body.get("Body") == "Benissimo grazie"]
    assert mine["To"] == f"whatsapp:+{customer}"
    assert "/files/" in str(mine["MediaUrl"])
