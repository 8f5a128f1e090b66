"""Answers of every kind: what is asked of the channel, what the timeline shows, what is refused and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.ticket_service.store import collections as names
from tests.ticket_service.api.rig import NOON, Rig

pytestmark = pytest.mark.integration
PHONE = "+393351032246"
BUTTONS = {"kind": "buttons", "buttons": [{"id": "yes", "title": "Sì"}, {"id": "no", "title": "No"}]}
NUMBERED = {"type": "BODY", "text": "Ticket {{1}} di {{2}}."}
FULL = [
    {"type": "HEADER", "format": "IMAGE"},
    NUMBERED,
    {"type": "FOOTER", "text": "Sportello"},
    {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Apri", "url": "https://a.example/{{1}}"}]},
]
VALUES = {"type": "body", "parameters": [{"type": "text", "text": "TT1"}, {"type": "text", "text": "Anna"}]}
LINK = {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "x"}]}


def _picture(file_id: str) -> dict[str, Any]:
    return {"type": "header", "parameters": [{"type": "image", "image": {"attachment_id": file_id}}]}


def _template(*components: Any, name: str = "notice") -> dict[str, Any]:
    return {"template": {"name": name, "language": "it", "components": list(components)}}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (
            "location",
            {"location": {"latitude": 45.4, "longitude": 9.2, "name": "Duomo", "address": "Milano"}},
        ),
        ("interactive", {"text": "Va bene?", "interactive": BUTTONS}),
        (
            "interactive",
            {
                "text": "Apra",
                "interactive": {"kind": "cta_url", "button": "Apri", "url": "https://a.example"},
            },
        ),
        (
            "interactive",
            {
                "text": "Scelga",
                "interactive": {
                    "kind": "list",
                    "button": "Apri",
                    "sections": [{"title": "A", "rows": [{"id": "1", "title": "Uno"}]}],
                },
            },
        ),
        (
            "contacts",
            {"contacts": [{"name": "Anna", "phones": ["+39021"], "emails": ["a@b.it"], "organization": "X"}]},
        ),
    ],
)
def test_each_kind_is_asked_for_as_it_was_written(rig: Rig, kind: str, body: dict[str, Any]) -> None:
    number = rig.hear()
    answer = rig.post(f"/tickets/{number}/replies", body)
    assert (answer.status_code, answer.get_json()["kind"]) == (201, kind)
    (requested,) = rig.requested()
    assert requested.content.kind == kind
    assert requested.content.text == body.get("text", "")
    sent = getattr(requested.content, kind)
    if kind == "contacts":
        assert (sent[0].name, sent[0].emails) == ("Anna", ["a@b.it"])
    else:
        for name, value in body[kind].items():
            if isinstance(value, str | float):
                assert getattr(sent, name) == value
    assert rig.get(f"/tickets/{number}/replies").get_json()["items"] == [answer.get_json()]


def test_files_leave_in_their_order_with_the_text(rig: Rig) -> None:
    number = rig.hear()
    first, second = rig.upload(b"%PDF-1.7\n", "fattura.pdf", "application/pdf"), rig.upload(b"two", "b.txt")
    answer = rig.post(f"/tickets/{number}/replies", {"attachments": [second, first], "text": "Ecco"})
    assert answer.status_code == 201
    (requested,) = rig.requested()
    assert (requested.content.kind, requested.content.text) == ("media", "Ecco")
    assert [(file.id, file.filename) for file in requested.content.attachments] == [
        (second, "b.txt"),
        (first, "fattura.pdf"),
    ]
    shown = rig.get(f"/tickets/{number}/actions").get_json()["items"][-1]
    assert [file["id"] for file in shown["attachments"]] == [second, first]
    assert shown["attachments"][0]["message_id"] == answer.get_json()["id"]
    assert [file["id"] for file in rig.get(f"/tickets/{number}/attachments").get_json()["items"]] == [
        first,
        second,
    ]


def test_a_file_goes_with_one_message_only(rig: Rig) -> None:
    number, file = rig.hear(), rig.upload()
    rig.post(f"/tickets/{number}/replies", {"attachments": [file]})
    answer = rig.post(f"/tickets/{number}/replies", {"attachments": [rig.upload(), file, "nothing"]})
    assert answer.status_code == 422
    errors = {error["field"]: error["problem"] for error in answer.get_json()["errors"]}
    assert set(errors) == {"attachments.1", "attachments.2"}
    assert "another message" in errors["attachments.1"]
    assert "no such file" in errors["attachments.2"]


def test_a_quoted_message_is_named_by_the_providers_id_and_shown(rig: Rig) -> None:
    number = rig.hear("x" * 300, phone=PHONE)
    asked = rig.get(f"/tickets/{number}/actions").get_json()["items"][0]
    answer = rig.post(f"/tickets/{number}/replies", {"text": "Sì", "reply_to": asked["id"]}).get_json()
    assert rig.requested()[0].reply_to == asked["provider_message_ids"][0]
    assert answer["reply_to"] == {"message_id": asked["id"], "text": "x" * 200, "author": asked["author"]}
    rig.hear("e io questo", phone=PHONE, reply_to="wamid.of-long-ago")
    shown = rig.get(f"/tickets/{number}/actions").get_json()["items"]
    assert [each["reply_to"] for each in shown] == [
        None,
        answer["reply_to"],
        {"message_id": None, "text": "", "author": None},
    ]


def test_only_what_was_said_in_the_conversation_can_be_quoted(rig: Rig) -> None:
    number, other = rig.hear(phone=PHONE), rig.hear()
    foreign = rig.get(f"/tickets/{other}/actions").get_json()["items"][0]["id"]
    unsent = rig.post(f"/tickets/{number}/replies", {"text": "first"}).get_json()["id"]
    rig.hear("", phone=PHONE, kind="system", message_id="wamid.system")
    beside = "whatsapp_cloud:1:wamid.system"
    for message, words in (
        (foreign, "no such message"),
        (unsent, "never left"),
        (beside, "Only what somebody said"),
    ):
        answer = rig.post(f"/tickets/{number}/replies", {"text": "a", "reply_to": message})
        assert answer.status_code == 422
        assert words in answer.get_json()["errors"][0]["problem"]


def test_a_reaction_shows_on_its_message_and_is_no_answer(rig: Rig) -> None:
    number = rig.hear()
    asked = rig.get(f"/tickets/{number}/actions").get_json()["items"][0]
    rig.clock.forward(seconds=1)
    answer = rig.post(
        f"/tickets/{number}/replies", {"reaction": {"message": asked["id"], "emoji": "👍"}}
    ).get_json()
    (requested,) = rig.requested()
    assert requested.content.reaction.target == asked["provider_message_ids"][0]
    assert (answer["kind"], answer["number"], answer["target_id"]) == ("reaction", None, asked["id"])
    (shown,) = rig.get(f"/tickets/{number}/actions").get_json()["items"]
    assert [(each["emoji"], each["author"]["name"]) for each in shown["reactions"]] == [("👍", "anna")]
    ticket = rig.get(f"/tickets/{number}").get_json()
    assert (ticket["status"]["key"], ticket["comments_count"]) == ("open", 0)
    rig.delivered(answer["id"], "failed", NOON + timedelta(seconds=2))
    assert [each["id"] for each in rig.get(f"/tickets/{number}/actions").get_json()["items"]] == [
        asked["id"],
        answer["id"],
    ]
    rig.clock.forward(seconds=5)
    rig.post(f"/tickets/{number}/replies", {"reaction": {"message": asked["id"], "emoji": ""}})
    assert rig.get(f"/tickets/{number}/actions").get_json()["items"][0]["reactions"] == []


def test_a_customers_edit_and_revoke_show_on_their_message_alone(rig: Rig) -> None:
    number = rig.hear("Domani", phone=PHONE, message_id="wamid.1")
    for kind, text, second in (("edit", "Dopodomani", 1), ("reaction", "👍", 2), ("revoke", "", 3)):
        content = {"emoji": text} if kind == "reaction" else {}
        at = NOON + timedelta(seconds=second)
        rig.hear(text, phone=PHONE, kind=kind, target="wamid.1", content=content, at=at)
    (shown,) = rig.get(f"/tickets/{number}/actions").get_json()["items"]
    assert (shown["text"], shown["versions"][0]["text"]) == ("Dopodomani", "Domani")
    assert (shown["edited_at"], shown["revoked_at"]) == ("2025-02-27T12:00:01Z", "2025-02-27T12:00:03Z")
    assert [each["emoji"] for each in shown["reactions"]] == ["👍"]
    conversation = rig.get(f"/tickets/{number}").get_json()["conversation_id"]
    said = rig.get(f"/conversations/{conversation}/messages").get_json()["items"]
    assert [each["kind"] for each in said] == ["text", "edit", "reaction", "revoke"]


# --- templates


def test_a_template_is_sent_and_shown_as_the_customer_reads_it(rig: Rig) -> None:
    rig.knows("notice", components=FULL)
    number = rig.hear()
    file = rig.upload(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(300), "a.png", "image/png")
    answer = rig.post(f"/tickets/{number}/replies", _template(_picture(file), VALUES, LINK))
    assert answer.status_code == 201, answer.text
    assert answer.get_json()["text"] == "[image]\nTicket TT1 di Anna.\nSportello\n[Apri]"
    (requested,) = rig.requested()
    assert requested.content.template.name == "notice"
    assert [each.id for each in requested.content.attachments] == [file]
    assert requested.content.template.components[0] == _picture(file)


@pytest.mark.parametrize("status", ["pending", "rejected", "paused", "disabled", "submitting", "removed"])
def test_a_template_that_is_not_approved_is_refused(rig: Rig, status: str) -> None:
    rig.knows("notice", status, reason="LOW_QUALITY")
    answer = rig.post(f"/tickets/{rig.hear()}/replies", _template())
    problem = answer.get_json()
    assert (answer.status_code, problem["type"]) == (409, "urn:sportello:problem:template-not-usable")
    assert (problem["template_status"], "LOW_QUALITY" in problem["detail"]) == (status, True)


def test_an_unknown_template_is_refused_only_where_templates_are_known(rig: Rig) -> None:
    number = rig.hear()
    assert rig.post(f"/tickets/{number}/replies", _template()).status_code == 201
    rig.knows("another")
    answer = rig.post(f"/tickets/{number}/replies", _template())
    assert answer.status_code == 422
    (error,) = answer.get_json()["errors"]
    assert (error["field"], "'notice'" in error["problem"]) == ("template.name", True)


@pytest.mark.parametrize(
    ("components", "words"),
    [
        ([], "Nothing is given for: header image, body 1, body 2, button 0 1."),
        ([VALUES, LINK], "Nothing is given for: header image."),
        (
            [{"type": "header", "parameters": [{"type": "video", "video": {"link": "https://a.example"}}]}],
            "The template has no place for: header video.",
        ),
    ],
)
def test_parameters_that_do_not_fit_are_named(rig: Rig, components: list[Any], words: str) -> None:
    rig.knows("notice", components=FULL)
    answer = rig.post(f"/tickets/{rig.hear()}/replies", _template(*components))
    assert answer.status_code == 422
    assert words in [error["problem"] for error in answer.get_json()["errors"]]
    assert rig.requested() == []


def test_a_template_cannot_name_more_files_than_a_message_takes(rig: Rig) -> None:
    components = [_picture(f"file-{number}") for number in range(11)]
    answer = rig.post(f"/tickets/{rig.hear()}/replies", _template(*components))
    (error,) = answer.get_json()["errors"]
    assert (answer.status_code, error["problem"]) == (422, "At most 10 files with one message.")
    assert error["field"] == "template.components.10.parameters.0.image.attachment_id"


# --- drafts


def test_a_text_too_late_waits_and_the_customer_is_asked_to_answer(rig: Rig) -> None:
    rig.knows("please_answer")
    _ask_with(rig, "please_answer")
    number = rig.hear(phone=PHONE)
    rig.clock.forward(hours=25)
    body = {"text": "Ecco", "when_closed": "draft", "attachments": [rig.upload()]}
    draft = rig.post(f"/tickets/{number}/replies", body)
    assert (draft.status_code, draft.get_json()["delivery"]["state"]) == (201, "draft")
    second = rig.post(f"/tickets/{number}/replies", {"text": "e poi", "when_closed": "draft"}).get_json()
    assert [(each.content.kind, each.author) for each in rig.requested()] == [("template", "")]
    shown = rig.get(f"/tickets/{number}/actions").get_json()["items"]
    assert [each["text"] for each in shown] == [
        "Buongiorno",
        "Ecco",
        "Abbiamo una risposta per lei.",
        "e poi",
    ]
    waiting = rig.get(f"/conversations/{shown[0]['conversation_id']}").get_json()["drafts"]
    assert waiting == [draft.get_json()["id"], second["id"]]
    rig.hear("Eccomi", phone=PHONE, at=rig.clock.now)
    leaving = rig.requested()[1:]
    assert [each.send_id for each in leaving] == waiting
    assert [len(each.content.attachments) for each in leaving] == [1, 0]
    states = [each["delivery"] for each in rig.get(f"/tickets/{number}/replies").get_json()["items"]]
    assert {each["state"] for each in states} == {"queued"}


def test_while_drafts_wait_what_comes_later_waits_behind_them(rig: Rig) -> None:
    number = rig.hear(phone=PHONE)
    rig.clock.forward(hours=25)
    rig.post(f"/tickets/{number}/replies", {"text": "first", "when_closed": "draft"})
    # The customer's phone said so earlier than the provider believed: our window is open, the draft waits.
    rig.db[names.CONVERSATIONS].update_many({}, {"$set": {"last_inbound_at": rig.clock.now}})
    later = rig.post(f"/tickets/{number}/replies", {"text": "second"}).get_json()
    assert later["delivery"]["state"] == "draft"
    template = rig.post(f"/tickets/{number}/replies", _template()).get_json()
    assert template["delivery"]["state"] == "queued"


def test_nothing_but_templates_leaves_after_the_window(rig: Rig) -> None:
    number = rig.hear()
    asked = rig.get(f"/tickets/{number}/actions").get_json()["items"][0]["id"]
    rig.clock.forward(hours=24)
    file = rig.upload()
    bodies: list[dict[str, Any]] = [
        {"text": "a"},
        {"attachments": [file]},
        {"text": "a", "interactive": BUTTONS},
        {"location": {"latitude": 1, "longitude": 1}},
        {"contacts": [{"name": "A"}]},
        {"reaction": {"message": asked, "emoji": "👍"}},
    ]
    for body in bodies:
        answer = rig.post(f"/tickets/{number}/replies", body)
        assert (answer.status_code, answer.get_json()["type"]) == (
            409,
            "urn:sportello:problem:template-required",
        )
    reaction = {**bodies[-1], "when_closed": "draft"}
    assert rig.post(f"/tickets/{number}/replies", reaction).status_code == 409
    assert rig.post(f"/tickets/{number}/replies", _template()).status_code == 201


def test_a_draft_can_be_thrown_away_and_its_file_sent_with_another(rig: Rig) -> None:
    number = rig.hear(phone=PHONE)
    rig.clock.forward(hours=25)
    file = rig.upload()
    path = f"/tickets/{number}/replies"
    body = {"text": "Ecco", "attachments": [file], "when_closed": "draft"}
    draft = rig.post(path, body).get_json()
    assert rig.call("DELETE", f"{path}/{draft['id']}").status_code == 204
    assert rig.call("DELETE", f"{path}/{draft['id']}").status_code == 404
    assert rig.get(path).get_json()["items"] == []
    assert rig.get(f"/conversations/{draft['conversation_id']}").get_json()["drafts"] == []
    entry = rig.get(f"/tickets/{number}/history").get_json()["items"][-1]
    assert (entry["what"], entry["from"], entry["who"]["name"]) == ("draft_deleted", "Ecco", "anna")
    rig.hear("Eccomi", phone=PHONE, at=rig.clock.now)
    assert rig.requested() == []
    assert rig.post(path, {"attachments": [file]}).status_code == 201


def test_only_drafts_can_be_thrown_away(rig: Rig) -> None:
    number, other = rig.hear(), rig.hear()
    sent = rig.post(f"/tickets/{number}/replies", {"text": "a"}).get_json()["id"]
    answer = rig.call("DELETE", f"/tickets/{number}/replies/{sent}")
    assert (answer.status_code, answer.get_json()["type"]) == (409, "urn:sportello:problem:not-draft")
    assert answer.get_json()["state"] == "queued"
    assert rig.call("DELETE", f"/tickets/{other}/replies/{sent}").status_code == 404
    description = rig.get(f"/tickets/{number}/actions").get_json()["items"][0]["id"]
    assert rig.call("DELETE", f"/tickets/{number}/replies/{description}").status_code == 404


# --- sending again


def test_what_failed_can_be_sent_again_with_one_attempt_more(rig: Rig) -> None:
    number = rig.hear()
    path = f"/tickets/{number}/replies"
    body = {"attachments": [rig.upload()], "text": "Ecco"}
    sent = rig.post(path, body).get_json()["id"]
    for attempt in (1, 2):
        rig.delivered(sent, "failed", NOON + timedelta(seconds=attempt), attempt=attempt - 1)
        assert rig.get(path).get_json()["items"][0]["delivery"]["error"]["remedy"] == "Call the customer."
        answer = rig.post(f"{path}/{sent}/resend", {})
        assert answer.status_code == 200
        delivery = answer.get_json()["delivery"]
        assert (delivery["state"], delivery["attempt"], delivery["error"]) == ("queued", attempt, None)
        assert rig.get(path).get_json()["items"] == [answer.get_json()]
    requests = rig.requested()
    assert [(each.send_id, each.attempt) for each in requests] == [(sent, 0), (sent, 1), (sent, 2)]
    assert requests[2].content == requests[0].content
    entry = rig.get(f"/tickets/{number}/history").get_json()["items"][-1]
    assert (entry["what"], entry["to"]) == ("reply_resent", 1)
    rig.delivered(sent, "sent", NOON + timedelta(seconds=9), attempt=2)
    assert rig.post(f"{path}/{sent}/resend", {}).get_json()["type"] == "urn:sportello:problem:not-failed"


def test_sending_again_keeps_to_the_window(rig: Rig) -> None:
    number = rig.hear(phone=PHONE)
    path = f"/tickets/{number}/replies"
    sent = rig.post(path, {"text": "Ecco"}).get_json()["id"]
    rig.delivered(sent, "failed", NOON + timedelta(seconds=1))
    rig.clock.forward(hours=25)
    refused = rig.post(f"{path}/{sent}/resend", {})
    assert (refused.status_code, refused.get_json()["type"]) == (
        409,
        "urn:sportello:problem:template-required",
    )
    kept = rig.post(f"{path}/{sent}/resend", {"when_closed": "draft"}).get_json()
    assert (kept["delivery"]["state"], kept["delivery"]["attempt"]) == ("draft", 1)
    rig.hear("Eccomi", phone=PHONE, at=rig.clock.now)
    assert [(each.send_id, each.attempt) for each in rig.requested()] == [(sent, 0), (sent, 1)]


def test_ten_resends_at_once_are_one(rig: Rig) -> None:
    from concurrent.futures import ThreadPoolExecutor

    number = rig.hear()
    path = f"/tickets/{number}/replies"
    sent = rig.post(path, {"text": "Ecco"}).get_json()["id"]
    rig.delivered(sent, "failed", NOON)
    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(
            answer.status_code
            for answer in pool.map(lambda _: rig.post(f"{path}/{sent}/resend", {}), range(10))
        )
    assert statuses == [200] + [409] * 9
    assert [each.attempt for each in rig.requested()] == [0, 1]


def _ask_with(rig: Rig, name: str) -> None:
    template = {"template": {"name": name, "language": "it", "components": []}}
    answer = rig.change("/settings/please-answer", template)
    assert answer.status_code == 200, answer.text
