"""How often, how much, how deep: floods end at the door, and nobody escapes by claiming another address."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhook_gateway.channels.webchat.bodies import MAX_JSON_BYTES
from services.webhook_gateway.channels.webchat.limits import Rate, Rates, client_address
from tests.webhook_gateway.webchat.doors.rig import PNG, SHOP, Chats, said, somebody


def statuses(answers: list[Any]) -> list[int]:
    return [answer.status_code for answer in answers]


# --- how often ---


def test_a_visitor_says_twenty_things_a_minute() -> None:
    chats = Chats()
    token = somebody()[1]
    answers = [chats.say(token) for _ in range(22)]
    assert statuses(answers) == [202] * 20 + [429] * 2
    assert answers[-1].headers["Retry-After"] == "3"
    assert answers[-1].json["type"] == "urn:sportello:problem:too-many-requests"  # type: ignore[index]
    assert answers[-1].headers["Access-Control-Expose-Headers"] == "Retry-After"
    assert len(chats.events("message.received")) == 20
    assert chats.say(somebody()[1]).status_code == 202
    chats.seconds += 3
    assert statuses([chats.say(token) for _ in range(2)]) == [202, 429]


def test_an_address_says_two_hundred_things_a_minute_however_many_visitors_it_is() -> None:
    chats = Chats()
    answers = [chats.say(token) for _ in range(21) for token in [somebody()[1]] for _ in range(10)]
    assert statuses(answers) == [202] * 200 + [429] * 10
    other = chats.post("messages", said(), somebody()[1], address="203.0.113.8")
    assert other.status_code == 202


def test_an_address_brings_twenty_new_visitors_an_hour() -> None:
    chats = Chats()
    answers = [chats.post("visitors") for _ in range(21)]
    assert statuses(answers) == [200] * 20 + [429]
    assert chats.post("visitors", address="203.0.113.8").status_code == 200
    known = answers[0].json["token"]  # type: ignore[index]
    assert chats.post("visitors", {"token": known}).status_code == 200
    chats.seconds += 3_600
    assert chats.post("visitors").status_code == 200


def test_a_desk_may_allow_an_address_more() -> None:
    chats = Chats(newcomers=50)
    assert statuses([chats.post("visitors") for _ in range(51)]) == [200] * 50 + [429]


def test_a_proven_user_is_no_newcomer_but_trying_is_limited() -> None:
    chats = Chats()
    answers = [chats.post("visitors", {"identity": {"user_id": "x", "hash": "0" * 64}}) for _ in range(121)]
    assert statuses(answers) == [403] * 120 + [429]


def test_whoever_guesses_tokens_is_stopped() -> None:
    chats = Chats()
    answers = [chats.post("messages", said(), f"guess-{n}") for n in range(61)]
    assert statuses(answers) == [401] * 60 + [429]


@pytest.mark.parametrize(
    ("door", "body", "good", "allowed"),
    [
        ("details", {"details": {"name": "x"}}, 204, 10),
        ("ratings", {"id": "rating-1", "ticket": "TT1", "score": 5}, 202, 10),
        ("transcripts", {}, 202, 1),
        ("signs", {"read": ["line-1"]}, 204, 120),
    ],
)
def test_every_door_has_a_limit(door: str, body: dict[str, Any], good: int, allowed: int) -> None:
    chats = Chats()
    token = somebody()[1]
    answers = [chats.post(door, body, token) for _ in range(allowed + 1)]
    assert statuses(answers) == [good] * allowed + [429]


def test_whoever_rates_again_and_again_waits_for_minutes() -> None:
    chats = Chats()
    token = somebody()[1]
    body = {"id": "rating-1", "ticket": "TT1", "score": 5}
    answers = [chats.post("ratings", body | {"id": f"rating-{n}"}, token) for n in range(11)]
    assert 300 < int(answers[-1].headers["Retry-After"]) <= 360


def test_receipts_are_counted_one_by_one_and_not_by_the_request() -> None:
    chats = Chats()
    token = somebody()[1]
    answers = [
        chats.post("signs", {"read": [f"line-{n}-{each}" for each in range(50)]}, token) for n in range(21)
    ]
    assert statuses(answers) == [204] * 20 + [429]
    assert len(chats.events("delivery.reported")) == 1_000


def test_offers_are_shown_to_an_address_a_few_times_a_second() -> None:
    chats = Chats()
    answers = [chats.client.get(f"/webchat/{SHOP.site_key}/offer") for _ in range(301)]
    assert statuses(answers) == [200] * 300 + [429]


def test_files_are_counted_by_their_announced_bytes_before_they_are_read() -> None:
    large = 40 * 1024 * 1024
    chats = Chats(replace(SHOP, max_file_bytes=large))
    token = somebody()[1]
    announced = {"CONTENT_LENGTH": str(large)}
    answers = [
        chats.post("files", token=token, data=b"x", content_type="text/plain", environ=announced)
        for _ in range(3)
    ]
    assert statuses(answers) == [415, 415, 429]
    chunked = chats.post(
        "files", token=token, data=b"x", content_type="text/plain", environ={"CONTENT_LENGTH": ""}
    )
    assert chunked.status_code == 429


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "203.0.113.7"),
        (0, "198.51.100.1", "203.0.113.7"),
        (1, None, "203.0.113.7"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "10.9.9.9, 198.51.100.1", "198.51.100.1"),
        (1, "10.9.9.9,198.51.100.1 ", "198.51.100.1"),
        (2, "10.9.9.9, 198.51.100.1, 192.0.2.1", "198.51.100.1"),
        (2, "192.0.2.1", "203.0.113.7"),
        (1, "198.51.100.1,", "203.0.113.7"),
        (1, "nonsense", "nonsense"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
        (1, "fe80::1%eth0", "fe80::/64"),
    ],
)
def test_the_address_is_what_the_outermost_proxy_of_ours_saw(
    proxies: int, forwarded: str | None, address: str
) -> None:
    environ = {"REMOTE_ADDR": "203.0.113.7"}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    assert client_address(environ, proxies) == address


@pytest.mark.parametrize(("proxies", "status"), [(0, 429), (1, 429), (2, 200)])
def test_nobody_escapes_the_limit_by_claiming_another_address(proxies: int, status: int) -> None:
    chats = Chats(trusted_proxies=proxies, newcomers=5)
    answers = [
        chats.post("visitors", headers={"X-Forwarded-For": f"198.51.100.{n}, 192.0.2.9"}) for n in range(6)
    ]
    assert answers[-1].status_code == status


def test_what_is_remembered_is_bounded() -> None:
    rates = Rates(lambda: 0.0, most=3)
    assert [rates.take(f"key-{n}", Rate(1, 60)) for n in range(4)] == [0, 0, 0, 0]
    assert rates.take("key-3", Rate(1, 60)) == 60
    assert rates.take("key-0", Rate(1, 60)) == 0


def test_what_is_refused_is_not_counted() -> None:
    now = 0.0
    rates = Rates(lambda: now)
    assert rates.take("key", Rate(2, 10)) == rates.take("key", Rate(2, 10)) == 0
    assert [rates.take("key", Rate(2, 10)) for _ in range(5)] == [5] * 5
    now = 5.0
    assert rates.take("key", Rate(2, 10)) == 0


@given(st.lists(st.floats(0, 30), max_size=200), st.integers(1, 10))
def test_never_more_than_twice_the_amount_in_any_window(pauses: list[float], amount: int) -> None:
    now, taken = 0.0, []
    rates = Rates(lambda: now)
    for pause in pauses:
        now += pause
        if not rates.take("key", Rate(amount, 60)):
            taken.append(now)
    for start in taken:
        assert sum(start <= each < start + 60 for each in taken) <= 2 * amount


# --- how much, how deep ---


def post_raw(chats: Chats, data: bytes, content_type: str = "application/json") -> Any:
    return chats.post("messages", token=somebody()[1], data=data, content_type=content_type)


def test_the_largest_body_is_taken_and_a_larger_one_is_not() -> None:
    body = json.dumps(said(more="x")).encode()
    fitting = body.replace(b'"x"', b'"' + b"x" * (MAX_JSON_BYTES - len(body) + 1) + b'"')
    assert len(fitting) == MAX_JSON_BYTES
    assert post_raw(Chats(), fitting).status_code == 202
    answer = post_raw(Chats(), fitting + b" ")
    assert (answer.status_code, answer.json["limit"]) == (413, MAX_JSON_BYTES)


def test_a_body_that_does_not_say_its_length_is_read_no_further_than_the_limit() -> None:
    chats = Chats()
    stream = BytesIO(b" " * 10 * MAX_JSON_BYTES)
    answer = chats.client.post(
        f"/webchat/{SHOP.site_key}/messages",
        content_type="application/json",
        headers={"Authorization": f"Bearer {somebody()[1]}"},
        environ_overrides={"wsgi.input": stream, "CONTENT_LENGTH": "", "wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert stream.tell() <= MAX_JSON_BYTES + 1


class BrokenStream(BytesIO):
    """A client that goes away."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise ConnectionResetError


def test_a_body_that_ends_in_the_middle_is_refused() -> None:
    answer = Chats().client.post(
        f"/webchat/{SHOP.site_key}/messages",
        content_type="application/json",
        headers={"Authorization": f"Bearer {somebody()[1]}"},
        environ_overrides={"wsgi.input": BrokenStream(), "CONTENT_LENGTH": "10"},
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b'{"id": NaN}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"x":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"text": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    ],
    ids=["empty", "null", "list", "text", "cut", "NaN", "bytes", "deep list", "deep object", "deep field"],
)
def test_what_is_no_message_is_refused_quickly(body: bytes) -> None:
    answer = post_raw(Chats(), body)
    assert answer.status_code == 400
    assert answer.json["type"] == "urn:sportello:problem:unreadable"


@pytest.mark.parametrize("field", ["text", "id", "files", "details", "visit", "answers", "choice", "more"])
def test_depth_inside_a_field_is_refused_or_left_alone(field: str) -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    answer = post_raw(Chats(), json.dumps(said() | {field: deep}).encode())
    assert answer.status_code == (202 if field in ("more", "details") else 422)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_only_json_is_taken_so_that_browsers_ask_before_they_send(content_type: str) -> None:
    assert post_raw(Chats(), json.dumps(said()).encode(), content_type).status_code == 415


def test_a_file_may_be_as_large_as_the_chat_says() -> None:
    small = replace(SHOP, max_file_bytes=len(PNG))
    chats = Chats(small)
    token = somebody()[1]
    assert chats.upload(token).status_code == 201
    answer = chats.upload(token, PNG + b"x")
    assert (answer.status_code, answer.json["limit"]) == (413, len(PNG))  # type: ignore[index]
    announced = chats.upload(token, environ_overrides={"CONTENT_LENGTH": str(10**12)})
    assert announced.status_code == 413


def test_a_form_of_many_parts_is_not_read() -> None:
    chats = Chats()
    parts = {f"field-{n}": "x" for n in range(50)}
    answer = chats.client.post(
        f"/webchat/{SHOP.site_key}/files",
        data=parts | {"file": (BytesIO(PNG), "a.png", "image/png")},
        content_type="multipart/form-data",
        headers={"Authorization": f"Bearer {somebody()[1]}"},
    )
    assert answer.status_code == 413
