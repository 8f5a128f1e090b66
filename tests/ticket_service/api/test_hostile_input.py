"""Requests no honest client sends: each gets a clear refusal, none an internal error."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.ticket_service.store import collections as names
from tests.ticket_service.api.rig import TOKEN, Rig

pytestmark = pytest.mark.integration

BODIES: list[tuple[bytes, str, int]] = [
    (b"", "application/json", 400),
    (b"{", "application/json", 400),
    (b"\xff\xfe", "application/json", 400),
    (b'{"text": "\\ud800"}', "application/json", 400),
    (b'{"text": NaN}', "application/json", 400),
    (b'{"text": 1e999}', "application/json", 400),
    (b"[" * 100_000, "application/json", 400),
    (b'{"template":{"components":[' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"]}}", "application/json", 400),
    (b'{"text": "a"}{"text": "b"}', "application/json", 400),
    (b"null", "application/json", 422),
    (b"true", "application/json", 422),
    (b'["text"]', "application/json", 422),
    (b'"text"', "application/json", 422),
    (b'{"text": {"$ne": null}}', "application/json", 422),
    (b'{"text": {"$gt": ""}}', "application/json", 422),
    (b'{"$where": "sleep(5000)"}', "application/json", 422),
    (b'{"text": ["a"]}', "application/json", 422),
    (b'{"text": null}', "application/json", 422),
    (b'{"text": true}', "application/json", 422),
    (b'{"text": 18446744073709551615}', "application/json", 422),
    (b'{"text": "a\\u0000b"}', "application/json", 422),
    (b'{"te\\u0000xt": "a"}', "application/json", 422),
    (b'{"text.x": "a"}', "application/json", 422),
    (b'{"__proto__": {"a": 1}}', "application/json", 422),
    (b"text=hello", "application/x-www-form-urlencoded", 415),
    (b'{"text": "a"}', "text/plain", 415),
    (b'{"text": "a"}', "", 415),
    (b"<text/>", "application/xml", 415),
    (b'{"text": "' + b"x" * 1_000_000 + b'"}', "application/json", 413),
]


@pytest.mark.parametrize(("body", "kind", "status"), BODIES, ids=[repr(body[:28]) for body, _, _ in BODIES])
def test_a_hostile_body_is_refused(rig: Rig, body: bytes, kind: str, status: int) -> None:
    number = rig.hear()
    rig.knows("known")
    template = rig.get("/templates").get_json()["items"][0]["id"]
    conversation = rig.get(f"/tickets/{number}").get_json()["conversation_id"]
    for method, path in (
        ("POST", f"/tickets/{number}/replies"),
        ("POST", f"/tickets/{number}/replies/none/resend"),
        ("POST", f"/tickets/{number}/notes"),
        ("POST", f"/conversations/{conversation}/presence"),
        ("POST", "/templates"),
        ("POST", "/templates/sync"),
        ("POST", f"/templates/{template}/preview"),
        ("PATCH", "/settings/please-answer"),
    ):
        answer = rig.call(method, path, data=body, headers={"Content-Type": kind})
        assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), answer.data
        assert answer.get_json()["status"] == status
        assert answer.get_json()["title"]
    assert rig.db[names.MESSAGES].count_documents({}) == 1


def test_a_template_may_be_nested_as_deep_as_providers_go(rig: Rig) -> None:
    deep: Any = "x"
    for _ in range(20):
        deep = {"a": deep}
    template = {"name": "a", "language": "it", "components": [deep]}
    answer = rig.post(f"/tickets/{rig.hear()}/replies", {"template": template})
    assert (answer.status_code, answer.get_json()["template"]) == (201, template)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("status[$ne]=open", 422),
        ("status[$regex]=.*", 422),
        ("status=$ne", 200),
        ('status={"$ne":null}', 200),
        ("assignee[$exists]=true", 422),
        ("stauts=open", 422),
        ("limit=0", 422),
        ("limit=101", 422),
        ("limit=-1", 422),
        ("limit=ten", 422),
        ("limit=1e3", 422),
        ("limit=99999999999999999999999", 422),
        ("limit=10&limit=20", 200),
        ("cursor=garbage", 400),
        ("cursor=", 400),
        ("cursor=W10", 400),
        ("cursor=WzEsMl0", 400),
        ("cursor=W251bGwsbnVsbCxudWxsXQ", 400),
        ("cursor=WzFlMzAwLG51bGwsImEiXQ", 400),
        ("cursor=" + "A" * 5_000, 400),
        ("cursor=%FF%00", 422),
        ("cursor[$gt]=", 422),
        ("q=%00", 422),
        ("q=" + "x" * 201, 422),
        ("q=(((((((((", 200),
        ("q=%F0%9F%98%80%20%FF", 200),
        ("q=%24where", 200),
        ("created_from=yesterday", 422),
        ("created_from=2025-02-27", 422),
        ("created_from=2025-02-27T10:00:00", 422),
        ("created_from=0001-01-01T00:00:00%2B23:00", 422),
        ("updated_to=9999-12-31T23:59:59-23:00", 422),
        ("created_from=2025-02-27T10:00:00Z", 200),
        ("requester=%0A", 422),
        ("status=" + ",".join(["a"] * 51), 422),
        ("status=" + "x" * 101, 422),
    ],
)
def test_every_query_value_is_typed(rig: Rig, query: str, status: int) -> None:
    answer = rig.get(f"/tickets?{query}")
    assert answer.status_code == status, answer.data
    if status != 200:
        assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "name",
    [
        "TT1%00",
        "$where",
        "%7B%22$ne%22:null%7D",
        "..%2F..%2Fetc",
        "%F0%9F%98%80",
        "%FF",
        "x" * 3_000,
        "TT1;drop",
        "%0d%0aSet-Cookie:a=b",
    ],
)
def test_a_strange_name_in_an_address_is_simply_not_found(rig: Rig, name: str) -> None:
    rig.hear()
    for path in (
        f"/tickets/{name}",
        f"/tickets/{name}/actions",
        f"/contacts/{name}",
        f"/conversations/{name}",
        f"/conversations/{name}/messages",
        f"/quarantine/{name}",
        f"/tickets/{name}/replies",
        f"/tickets/{name}/attachments",
        f"/attachments/{name}",
        f"/attachments/{name}/content",
        f"/templates/{name}",
        f"/channels/{name}",
    ):
        answer = rig.get(path)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json"), path
    for path in (f"/tickets/{name}/replies", f"/tickets/{name}/notes"):
        assert rig.post(path, {"text": "a"}, key="k").status_code == 404
    assert rig.call("DELETE", f"/settings/api-tokens/{name}").status_code == 404
    number = rig.hear()
    assert rig.call("DELETE", f"/tickets/{number}/replies/{name}").status_code == 404
    for path, body in (
        (f"/tickets/{number}/replies/{name}/resend", {}),
        (f"/attachments/{name}/retry", None),
        (f"/conversations/{name}/presence", {"sign": "read"}),
        (f"/templates/{name}/preview", {}),
    ):
        assert rig.post(path, body).status_code == 404, path


_KEYS = [
    *("$ne", "a.b", "type", "parameters", "attachment_id", "image", "name", "language", "components", "id"),
    *("kind", "buttons", "sections", "rows", "title", "latitude", "longitude", "message", "emoji", "phones"),
]
_HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", " ", "a", "\0", "$where", "a\nb", "💥", "x" * 5_000, "https://a.example", "it"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = [
    *("text", "attachments", "template", "interactive", "location", "contacts", "reaction", "reply_to"),
    *("when_closed", "status"),
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(_FIELDS), _HOSTILE, min_size=1, max_size=3))
def test_no_field_of_a_reply_is_more_than_refused(rig: Rig, body: dict[str, Any]) -> None:
    answer = rig.post(f"/tickets/{rig.hear()}/replies", body)
    assert answer.status_code in (201, 400, 422), answer.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_HOSTILE, st.lists(st.dictionaries(st.sampled_from(_KEYS), _HOSTILE, max_size=3), max_size=3))
def test_no_component_of_a_template_is_more_than_refused(rig: Rig, value: Any, components: Any) -> None:
    rig.knows("known", components=[{"type": "BODY", "text": "Ciao {{1}}!"}])
    number, listed = rig.hear(), rig.get("/templates").get_json()["items"][0]["id"]
    template = {"name": "known", "language": "it", "components": components}
    new = {"channel": "whatsapp-main", "name": "new", "language": "it", "category": "UTILITY"}
    for path, body in (
        (f"/tickets/{number}/replies", {"template": template}),
        (f"/templates/{listed}/preview", {"components": components}),
        (f"/templates/{listed}/preview", {"components": value}),
        ("/templates", {**new, "components": [{"type": "BODY", "text": "Ciao."}, *components]}),
    ):
        assert rig.post(path, body).status_code in (200, 201, 400, 409, 422), path


def test_script_and_operators_in_texts_are_kept_word_for_word(rig: Rig) -> None:
    number = rig.hear()
    for text in (
        "<script>alert(1)</script>",
        '{"$ne": null}',
        "$where",
        "\N{RIGHT-TO-LEFT OVERRIDE}RTL",
        "😀",
        "a\r\nb",
    ):
        answer = rig.post(f"/tickets/{number}/notes", {"text": text})
        assert answer.get_json()["text"] == text
        assert answer.content_type == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_method_that_does_not_exist_says_which_do(rig: Rig) -> None:
    answer = rig.call("DELETE", "/tickets")
    assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
    assert "GET" in answer.headers["Allow"]
    assert rig.get("/nothing").status_code == 404
    assert rig.get("/nothing").content_type == "application/problem+json"


def test_a_body_without_a_length_is_limited_too(rig: Rig) -> None:
    number = rig.hear()
    body = json.dumps({"text": "x" * 1_100_000}).encode()
    answer = rig.client.post(
        f"/api/v1/tickets/{number}/notes",
        input_stream=io.BytesIO(body),
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("match", ["nonsense", '"', 'W/"x"', "x" * 5_000, '"a", "b"'])
def test_an_if_match_that_is_none_never_changes_anything(rig: Rig, match: str) -> None:
    path = f"/tickets/{rig.hear()}"
    assert rig.patch(path, {"title": "Mine"}, match=match).status_code in (412, 428)
    assert rig.get(path).get_json()["title"] != "Mine"


def test_a_star_means_whichever_version_is_there(rig: Rig) -> None:
    path = f"/tickets/{rig.hear()}"
    assert rig.patch(path, {"title": "Mine"}, match="*").get_json()["title"] == "Mine"


def test_a_fault_of_ours_shows_no_more_than_that_it_is_one(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(number: str) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(rig.store, "load_ticket", broken)
    answer = rig.get("/tickets/TT1")
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
