"""Meta's and Twilio's files: found, verified and stored, and what each answer of theirs means."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from services.webhook_gateway.channels.whatsapp_cloud import fetch as cloud
from services.webhook_gateway.channels.whatsapp_cloud.fetch_settings import WhatsAppFiles
from services.webhook_gateway.channels.whatsapp_twilio import fetch as twilio
from services.webhook_gateway.channels.whatsapp_twilio.fetch_settings import TwilioFiles
from services.webhook_gateway.domain.media_job import Trouble, Wanted
from services.webhook_gateway.media.download import Downloader
from services.webhook_gateway.media.fetch import OneTry
from services.webhook_gateway.ports import Fetcher, FetchTrouble
from shared.blobs.gridfs import GridFsBlobStore
from shared.mongo.connect import connect
from tests.support.memory_blobs import MemoryBlobStore
from tests.webhook_gateway.media.building import BASE64, CHANNEL, HEX, JPEG, wanted
from tests.webhook_gateway.media.provider import Provider, Reply

LOOK_UP = "graph.facebook.com/v26.0/123?phone_number_id=109876543210987"
CDN = "lookaside.fbsbx.com/whatsapp/1?hash=x"
TOKEN = "EAAsecret"
SID = "AC" + "0" * 32
MEDIA_URL = f"api.twilio.com/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1"


def look_up(**changes: Any) -> Reply:
    answer = {
        "messaging_product": "whatsapp",
        "url": f"https://{CDN}",
        "mime_type": "image/jpeg",
        "sha256": HEX,
        "file_size": len(JPEG),
        "id": "123",
    }
    return Reply(body=json.dumps(answer | changes).encode())


def graph_error(status: int, code: int, **headers: str) -> Reply:
    error = {"message": "(#x) words of Meta", "type": "OAuthException", "code": code}
    return Reply(status, json.dumps({"error": error}).encode(), headers)


def meta(provider: Provider, limit: int = 1 << 20) -> Fetcher:
    downloader = Downloader(
        ["https://graph.facebook.com"], cloud.TRUSTED, resolver=provider.resolve, sockets=provider.sockets
    )
    settings = WhatsAppFiles(CHANNEL, "109876543210987", TOKEN, max_media_bytes=limit)
    return cloud.WhatsAppCloudFetcher(settings, downloader)


def twilio_number(provider: Provider) -> Fetcher:
    downloader = Downloader(
        ["https://api.twilio.com"], twilio.TRUSTED, resolver=provider.resolve, sockets=provider.sockets
    )
    return twilio.WhatsAppTwilioFetcher(TwilioFiles(CHANNEL, SID, "the-auth-token"), downloader)


def bring(fetcher: Fetcher, file: Wanted, blobs: MemoryBlobStore | None = None) -> tuple[Any, bytes]:
    store = blobs or MemoryBlobStore()
    kept = OneTry({CHANNEL: fetcher}, store)(file, lambda: None)
    with store.open(file.id) as (_, pieces):
        return kept, b"".join(pieces)


def trouble(fetcher: Fetcher, file: Wanted) -> Trouble:
    store = MemoryBlobStore()
    with pytest.raises(FetchTrouble) as raised:
        OneTry({CHANNEL: fetcher}, store)(file, lambda: None)
    assert store.delete(file.id) is False, "nothing may be stored"
    assert TOKEN not in repr(raised.value.trouble)
    return raised.value.trouble


def test_a_file_of_meta_is_looked_up_fetched_and_verified(provider: Provider) -> None:
    provider.on(LOOK_UP, look_up())
    provider.on(CDN, Reply(body=JPEG))
    kept, content = bring(meta(provider), wanted(filename="photo.jpg"))
    assert content == JPEG
    assert (kept.size, kept.sha256, kept.mime_type, kept.filename) == (
        len(JPEG),
        HEX,
        "image/jpeg",
        "photo.jpg",
    )
    assert {seen.authorization for seen in provider.seen} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("announced", [HEX, HEX.upper(), BASE64])
@pytest.mark.parametrize("where", ["webhook", "look-up"])
def test_metas_checksum_is_read_in_both_writings(provider: Provider, announced: str, where: str) -> None:
    provider.on(LOOK_UP, look_up(sha256=announced if where == "look-up" else None))
    file = wanted(sha256=announced if where == "webhook" else "")
    provider.on(CDN, Reply(body=JPEG[:-1] + b"!"))
    found = trouble(meta(provider), file)
    assert (found.code, found.lasting) == ("damaged", False)
    provider.on(CDN, Reply(body=JPEG))
    assert bring(meta(provider), file)[1] == JPEG


def test_an_address_that_has_run_out_is_asked_for_again(provider: Provider) -> None:
    for status in (401, 403, 404, 410):
        provider.seen.clear()
        provider.on(LOOK_UP, look_up(url=f"https://{CDN}&old=1"), look_up())
        provider.on(f"{CDN}&old=1", Reply(status))
        provider.on(CDN, Reply(body=JPEG))
        assert bring(meta(provider), wanted())[1] == JPEG
        assert provider.count(LOOK_UP) == 2


def test_an_address_that_never_works_is_tried_again_later(provider: Provider) -> None:
    provider.on(LOOK_UP, look_up())
    provider.on(CDN, Reply(404))
    found = trouble(meta(provider), wanted())
    assert (found.code, found.lasting, found.channel) == ("status-404", False, False)


@pytest.mark.parametrize(
    ("reply", "code", "lasting", "channel"),
    [
        (graph_error(401, 190), "channel-refused", False, True),
        (graph_error(400, 190), "channel-refused", False, True),
        (graph_error(403, 10), "channel-refused", False, True),
        (graph_error(403, 200), "channel-refused", False, True),
        (graph_error(400, 100), "media-gone", True, False),
        (graph_error(404, 0), "channel-refused", False, True),
        (Reply(404, b"nothing"), "media-gone", True, False),
        (graph_error(400, 4), "throttled", False, False),
        (graph_error(429, 80007), "throttled", False, False),
        (graph_error(500, 1), "status-500", False, False),
        (Reply(503, b"<html>"), "status-503", False, False),
        (Reply(502), "status-502", False, False),
        (graph_error(400, 999_999), "status-400", False, False),
        (Reply(200, b"[]"), "unreadable-answer", False, False),
        (Reply(200, b"{}"), "unreadable-answer", False, False),
        (Reply(200, b"x" * 100_000), "unreadable-answer", False, False),
        (Reply(400, b'{"error": "text"}'), "status-400", False, False),
        (look_up(url="https://rebound.example/x"), "forbidden-address", True, False),
        (look_up(url="http://lookaside.fbsbx.com/x"), "forbidden-address", True, False),
        (look_up(url=["x"]), "unreadable-answer", False, False),
    ],
)
def test_what_an_answer_of_meta_means(
    provider: Provider, reply: Reply, code: str, lasting: bool, channel: bool
) -> None:
    provider.addresses["rebound.example"] = ["10.0.0.1"]
    provider.on(LOOK_UP, reply)
    found = trouble(meta(provider), wanted())
    assert (found.code, found.lasting, found.channel) == (code, lasting, channel)
    assert found.detail
    assert found.counted is (code not in {"forbidden-address"})


def test_the_token_is_not_shown_to_a_host_that_is_not_metas(provider: Provider) -> None:
    provider.on(LOOK_UP, look_up(url="https://evil.example/file"))
    provider.on("evil.example/file", Reply(body=JPEG))
    assert bring(meta(provider), wanted())[1] == JPEG
    assert provider.seen[-1].authorization == ""


def test_metas_wish_to_wait_is_heard(provider: Provider) -> None:
    provider.on(LOOK_UP, graph_error(429, 4, **{"Retry-After": "120"}))
    assert trouble(meta(provider), wanted()).after == 120


def test_a_media_id_stays_one_part_of_the_path(provider: Provider) -> None:
    trouble(meta(provider), wanted(reference="../me/accounts?x=#y"))
    assert provider.seen[0].path.startswith("/v26.0/..%2Fme%2Faccounts%3Fx%3D%23y?phone_number_id=")


def test_a_file_that_says_it_is_too_large_is_refused_unread(provider: Provider) -> None:
    provider.on(LOOK_UP, look_up(file_size=2_000))
    provider.on(CDN, Reply(body=b"short"))
    found = trouble(meta(provider, limit=1_999), wanted())
    assert (found.code, found.lasting) == ("too-large", True)
    assert "2000" in found.detail


@pytest.mark.parametrize("announced", [None, 10])
def test_a_file_larger_than_it_says_is_left_at_the_limit(provider: Provider, announced: int | None) -> None:
    def endless() -> Iterator[bytes]:
        yield JPEG
        while True:
            yield b"x" * 10_000

    provider.on(LOOK_UP, look_up(file_size=announced))
    provider.on(CDN, Reply(body=endless()))
    found = trouble(meta(provider, limit=50_000), wanted())
    assert (found.code, found.lasting) == ("too-large", True)


def test_without_a_checksum_the_announced_size_must_be_right(provider: Provider) -> None:
    provider.on(LOOK_UP, look_up(file_size=len(JPEG) + 1, sha256=""))
    provider.on(CDN, Reply(body=JPEG))
    assert trouble(meta(provider), wanted(sha256="")).code == "damaged"


@pytest.mark.parametrize(
    ("declared", "content", "kept_as"),
    [
        ("image/jpeg", b"<!DOCTYPE html><script>alert(1)</script>", "application/octet-stream"),
        ("image/png", JPEG, "image/jpeg"),
        ("application/pdf", b"%PDF-1.7 ...", "application/pdf"),
        ("audio/ogg; codecs=opus", b"OggS\x00\x02" + bytes(40), "audio/ogg; codecs=opus"),
        ("text/plain", b"", "text/plain"),
    ],
)
def test_a_lie_about_the_type_is_stored_as_what_it_is(
    provider: Provider, declared: str, content: bytes, kept_as: str
) -> None:
    digest = hashlib.sha256(content).hexdigest()
    provider.on(LOOK_UP, look_up(mime_type=declared, file_size=len(content), sha256=digest))
    provider.on(CDN, Reply(body=content))
    assert bring(meta(provider), wanted(sha256="", mime_type=declared))[0].mime_type == kept_as


def test_what_is_stored_already_is_not_fetched_again(provider: Provider) -> None:
    blobs = MemoryBlobStore()
    blobs.put(wanted().id, [JPEG], mime_type="image/jpeg", max_bytes=1 << 20)
    kept, _ = bring(meta(provider), wanted(filename="photo.jpg"), blobs)
    assert (kept.sha256, kept.filename) == (HEX, "photo.jpg")
    assert provider.seen == []


@pytest.mark.integration
def test_a_hundred_megabytes_pass_from_provider_to_store_with_little_memory(
    provider: Provider, mongodb_uri: str, database_name: str
) -> None:
    own, piece = psutil.Process(), bytes(65_536)
    most = 0

    def body() -> Iterator[bytes]:
        for _ in range(1_600):
            yield piece

    def watch() -> None:
        nonlocal most
        most = max(most, own.memory_info().rss)

    size = 1_600 * len(piece)
    digest = hashlib.sha256(bytes(size)).hexdigest()
    provider.on(LOOK_UP, look_up(file_size=size, sha256=digest, mime_type="application/zip"))
    provider.on(CDN, Reply(body=body(), length=size))
    with connect(mongodb_uri, "test") as client:
        blobs = GridFsBlobStore(client, database_name)
        blobs.put("warm", [bytes(3 << 20)], mime_type="a/b", max_bytes=1 << 23)
        before = own.memory_info().rss
        fetch = OneTry({CHANNEL: meta(provider, limit=size)}, blobs)
        kept = fetch(wanted(sha256=""), watch)
    assert (kept.size, kept.sha256) == (size, digest)
    assert most - before < 20 * 2**20


def test_a_file_of_a_channel_that_is_gone_is_given_up() -> None:
    found = OneTry({}, MemoryBlobStore())
    with pytest.raises(FetchTrouble) as raised:
        found(wanted(), lambda: None)
    assert (raised.value.trouble.code, raised.value.trouble.lasting) == ("unknown-channel", True)


def test_a_file_of_twilio_is_fetched_with_the_account_and_from_its_file_server_without(
    provider: Provider,
) -> None:
    provider.on(MEDIA_URL, Reply(307, headers={"Location": "https://mms.twiliocdn.com/AC/ME1?sig=x"}))
    provider.on("mms.twiliocdn.com/AC/ME1?sig=x", Reply(body=JPEG, headers={"Content-Type": "image/jpeg"}))
    file = wanted(reference=f"https://{MEDIA_URL}", sha256="", mime_type="", channel_kind="whatsapp_twilio")
    kept, content = bring(twilio_number(provider), file)
    assert (content, kept.mime_type) == (JPEG, "image/jpeg")
    basic = "Basic " + base64.b64encode(f"{SID}:the-auth-token".encode()).decode()
    assert [seen.authorization for seen in provider.seen] == [basic, ""]


@pytest.mark.parametrize(
    ("status", "code", "lasting", "channel"),
    [
        (401, "channel-refused", False, True),
        (403, "channel-refused", False, True),
        (404, "media-gone", True, False),
        (410, "media-gone", True, False),
        (429, "throttled", False, False),
        (500, "status-500", False, False),
        (400, "status-400", False, False),
    ],
)
def test_what_an_answer_of_twilio_means(
    provider: Provider, status: int, code: str, lasting: bool, channel: bool
) -> None:
    provider.on(MEDIA_URL, Reply(status))
    found = trouble(twilio_number(provider), wanted(reference=f"https://{MEDIA_URL}", sha256=""))
    assert (found.code, found.lasting, found.channel) == (code, lasting, channel)


def test_a_file_server_that_refuses_says_nothing_about_the_account(provider: Provider) -> None:
    provider.on(MEDIA_URL, Reply(307, headers={"Location": "https://mms.twiliocdn.com/x"}))
    provider.on("mms.twiliocdn.com/x", Reply(403))
    found = trouble(twilio_number(provider), wanted(reference=f"https://{MEDIA_URL}", sha256=""))
    assert (found.code, found.channel, found.lasting) == ("status-403", False, False)


def test_the_account_is_not_shown_to_a_host_that_is_not_twilios(provider: Provider) -> None:
    provider.on("evil.example/x", Reply(body=JPEG))
    bring(twilio_number(provider), wanted(reference="https://evil.example/x", sha256=""))
    assert provider.seen[0].authorization == ""


def test_credentials_do_not_show() -> None:
    assert TOKEN not in repr(WhatsAppFiles(CHANNEL, "1", TOKEN))
    assert "the-auth-token" not in repr(TwilioFiles(CHANNEL, SID, "the-auth-token"))
