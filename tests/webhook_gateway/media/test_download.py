"""One file over HTTP: who sees the credentials, where redirects may lead, and how long it may take."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from services.webhook_gateway.domain.media_job import Trouble
from services.webhook_gateway.media.download import Downloader
from services.webhook_gateway.ports import FetchTrouble
from tests.webhook_gateway.media.provider import PUBLIC, Provider, Reply

TOKEN = "Bearer the-token"


def downloader(provider: Provider, *, seconds: float = 10.0) -> Downloader:
    return Downloader(
        [],
        ["api.provider.example", ".files.example"],
        resolver=provider.resolve,
        try_seconds=seconds,
        sockets=provider.sockets,
    )


def fetch(provider: Provider, url: str, *, seconds: float = 10.0) -> tuple[int, bytes]:
    with downloader(provider, seconds=seconds).get(url, TOKEN) as answer:
        return answer.status, b"".join(answer.content)


def trouble(provider: Provider, url: str, *, seconds: float = 10.0) -> Trouble:
    with pytest.raises(FetchTrouble) as raised:
        fetch(provider, url, seconds=seconds)
    assert "token" not in repr(raised.value.trouble)
    return raised.value.trouble


@pytest.mark.parametrize(
    ("host", "sees"),
    [
        ("api.provider.example", True),
        ("cdn.files.example", True),
        ("API.Provider.example", True),
        ("files.example", False),
        ("evil-api.provider.example", False),
        ("evilfiles.example", False),
        ("api.provider.example.evil.com", False),
        ("other.example", False),
    ],
)
def test_only_the_providers_hosts_see_the_credentials(provider: Provider, host: str, sees: bool) -> None:
    provider.on(f"{host.lower()}/file", Reply(body=b"hello"))
    assert fetch(provider, f"https://{host}/file") == (200, b"hello")
    assert [seen.authorization for seen in provider.seen] == [TOKEN if sees else ""]


def test_a_redirect_to_another_host_is_followed_without_credentials(provider: Provider) -> None:
    provider.on(
        "api.provider.example/media/1", Reply(307, headers={"Location": "https://cdn.example/x?sig=1"})
    )
    provider.on("cdn.example/x?sig=1", Reply(body=b"hello"))
    assert fetch(provider, "https://api.provider.example/media/1") == (200, b"hello")
    assert [(seen.host, seen.authorization) for seen in provider.seen] == [
        ("api.provider.example", TOKEN),
        ("cdn.example", ""),
    ]


def test_a_relative_redirect_stays_on_its_host(provider: Provider) -> None:
    provider.on("api.provider.example/a", Reply(302, headers={"Location": "b"}))
    provider.on("api.provider.example/b", Reply(body=b"hello"))
    assert fetch(provider, "https://api.provider.example/a") == (200, b"hello")


@pytest.mark.parametrize(
    "target",
    [
        "https://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://2130706433/",
        "https://[::ffff:10.0.0.1]/",
        "https://rebound.example/",
        "http://cdn.example/",
        "https://cdn.example:8443/",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_inwards_is_refused_before_anything_is_sent(provider: Provider, target: str) -> None:
    provider.addresses |= {
        "169.254.169.254": ["169.254.169.254"],
        "127.0.0.1": ["127.0.0.1"],
        "::1": ["::1"],
        "2130706433": ["127.0.0.1"],
        "::ffff:10.0.0.1": ["::ffff:10.0.0.1"],
        "::ffff:a00:1": ["::ffff:10.0.0.1"],
        "rebound.example": ["192.168.0.7"],
    }
    provider.on("api.provider.example/media/1", Reply(302, headers={"Location": target}))
    found = trouble(provider, "https://api.provider.example/media/1")
    assert (found.code, found.lasting) == ("forbidden-address", True)
    assert provider.sockets.connected == [(PUBLIC, 443)]
    assert len(provider.seen) == 1


def test_the_address_that_was_checked_is_the_one_connected_to(provider: Provider) -> None:
    answers = iter([["1.1.1.1"], ["127.0.0.1"]])
    provider.resolve = lambda host, port: next(answers)  # type: ignore[method-assign]
    provider.on("cdn.example/file", Reply(body=b"hello"))
    assert fetch(provider, "https://cdn.example/file") == (200, b"hello")
    assert provider.sockets.connected == [("1.1.1.1", 443)]


def test_redirects_come_to_an_end(provider: Provider) -> None:
    provider.on("api.provider.example/a", Reply(302, headers={"Location": "/a"}))
    assert trouble(provider, "https://api.provider.example/a").code == "too-many-redirects"
    assert len(provider.seen) == 4


def test_what_the_operator_names_sees_the_credentials_over_plain_http(provider: Provider) -> None:
    base = f"http://127.0.0.1:{provider.port}"
    provider.on("127.0.0.1/graph/1", Reply(body=b"hello"))
    with Downloader([base + "/graph"], []).get(base + "/graph/1", TOKEN) as answer:
        assert b"".join(answer.content) == b"hello"
    assert provider.seen[0].authorization == TOKEN


@pytest.mark.parametrize("where", ["body", "start"])
def test_a_slow_drip_is_left_at_the_deadline(provider: Provider, where: str) -> None:
    body = [b"x"] * 200 if where == "body" else [b"hello"]
    drip = 0.05 if where == "body" else 30.0
    provider.on("cdn.example/file", Reply(body=body, drip=drip))
    began = time.monotonic()
    assert trouble(provider, "https://cdn.example/file", seconds=0.5).code == "too-slow"
    assert time.monotonic() - began < 3


def test_a_body_shorter_than_announced_is_no_file(provider: Provider) -> None:
    provider.on("cdn.example/file", Reply(body=b"hello", length=500))
    found = trouble(provider, "https://cdn.example/file")
    assert (found.code, found.lasting) == ("no-connection", False)


def test_a_host_nobody_knows_is_tried_again_later(provider: Provider) -> None:
    provider.addresses["cdn.example"] = []
    found = trouble(provider, "https://cdn.example/file")
    assert (found.code, found.lasting) == ("no-connection", False)


@pytest.mark.parametrize("url", ["https://", "https://[::1", "https://a.b:99999/", "x" * 70_000])
def test_an_address_nobody_can_read_is_a_trouble_not_an_error(provider: Provider, url: str) -> None:
    assert trouble(provider, url).code in {"bad-address", "forbidden-address"}


def test_an_encoding_that_was_not_asked_for_is_not_taken_for_the_file(provider: Provider) -> None:
    provider.on("cdn.example/file", Reply(body=b"hello", headers={"Content-Encoding": "gzip"}))
    assert trouble(provider, "https://cdn.example/file").code == "encoded"


def test_what_the_reader_raises_stays_what_it_is(provider: Provider) -> None:
    provider.on("cdn.example/file", Reply(body=b"hello"))
    with pytest.raises(ValueError, match="mine"), downloader(provider).get("https://cdn.example/file", ""):
        raise ValueError("mine")


def test_the_beginning_of_an_endless_answer_is_enough(provider: Provider) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 1000

    provider.on("cdn.example/file", Reply(body=endless()))
    with downloader(provider).get("https://cdn.example/file", "") as answer:
        assert answer.beginning(5_000) == b"x" * 5_000
