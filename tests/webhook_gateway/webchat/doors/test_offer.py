"""What a chat offers whoever opens the page, and that asking for it never hangs on the database."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.webhook_gateway.channels.webchat.offers import Offers, picture_link
from services.webhook_gateway.channels.webchat.settings import FILE_TYPES
from shared.blobs.links import checked
from shared.contracts.chat_offered import ChatField, ChatOffered, ChatPerson
from tests.webhook_gateway.webchat.doors.rig import FILES_SECRET, NOW, ORIGIN, SHOP, Chats, MemoryOffers

TEXTS = {"it": {"title": "Ciao", "welcome": "<b>Benvenuti</b>"}, "nl": {"title": "Hoi"}}


def ask(chats: Chats, language: str = "") -> Any:
    path = f"/webchat/{SHOP.site_key}/offer"
    return chats.client.get(path, query_string={"language": language}, headers={"Origin": ORIGIN}).json


def test_before_the_desk_has_said_anything_a_chat_is_plain_and_open() -> None:
    chats = Chats()
    chats.shelf.offers.clear()
    assert ask(chats) == {
        "channel": SHOP.id,
        "online": True,
        "opens_at": None,
        "people": [],
        "language": "en",
        "texts": {},
        "colour": "#0f766e",
        "position": "end",
        "theme": "auto",
        "form": [],
        "form_when": "never",
        "files": True,
        "rating": True,
        "transcript": True,
        "page_context": False,
        "mails": False,
        "streams": "",
        "limits": {
            "text": 5_000,
            "file_bytes": 10 * 1024 * 1024,
            "files": 5,
            "file_types": list(FILE_TYPES),
        },
    }


def test_what_the_desk_said_is_told() -> None:
    chats = Chats(replace(SHOP, streams_url="https://streams.example", public_url="https://desk.example"))
    chats.offer(
        online=False,
        opens_at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC),
        people=[ChatPerson("Anna Rossi", "picture-1"), ChatPerson("Bo")],
        colour="#123456",
        form=[
            ChatField("email", "email", True),
            ChatField("topic", "choice", labels={"it": "Tema"}, choices=["a"]),
        ],
        form_when="away",
        mails=True,
    )
    offer = ask(chats, "it")
    assert (offer["online"], offer["opens_at"]) == (False, "2026-11-23T08:00:00Z")
    assert (offer["colour"], offer["form_when"], offer["mails"]) == ("#123456", "away", True)
    assert offer["streams"] == "https://streams.example"
    anna, bo = offer["people"]
    assert (anna["name"], bo) == ("Anna Rossi", {"name": "Bo", "picture": ""})
    base, blob_id, expires, signature, _ = anna["picture"].rsplit("/", 4)
    assert (base, blob_id) == ("https://desk.example/files", "picture-1")
    assert checked(FILES_SECRET, blob_id, expires, signature, NOW)
    assert offer["form"] == [
        {"key": "email", "kind": "email", "required": True, "label": "", "choices": []},
        {"key": "topic", "kind": "choice", "required": False, "label": "Tema", "choices": ["a"]},
    ]


def test_a_picture_has_one_address_for_an_hour_and_is_good_for_most_of_a_day() -> None:
    first, later, next_hour = (
        picture_link(SHOP, FILES_SECRET, "picture-1", NOW + timedelta(minutes=each)) for each in (1, 59, 60)
    )
    assert first == later != next_hour
    _, blob_id, expires, signature, _ = later.rsplit("/", 4)
    assert checked(FILES_SECRET, blob_id, expires, signature, NOW + timedelta(hours=23))


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("it", "it"),
        ("it-IT", "it"),
        ("nl", "nl"),
        ("de", "de"),
        ("ja", "nl"),
        ("", "nl"),
        ("<script>", "nl"),
        ("it" * 50, "nl"),
        ("\x00", "nl"),
    ],
)
def test_the_language_is_the_visitors_where_somebody_speaks_it(asked: str, language: str) -> None:
    chats = Chats()
    chats.offer(texts=TEXTS, language="nl")
    offer = ask(chats, asked)
    assert (offer["language"], offer["texts"]) == (language, TEXTS.get(language, {}))


def test_a_language_nobody_speaks_becomes_english() -> None:
    chats = Chats()
    chats.offer(language="tlh")
    assert ask(chats, "ja")["language"] == "en"


def test_an_offer_is_read_again_after_three_seconds() -> None:
    chats = Chats()
    assert ask(chats)["online"] is True
    chats.offer(online=False)
    assert ask(chats)["online"] is True
    chats.seconds += 3
    assert ask(chats)["online"] is False
    assert chats.shelf.asked == 2


def test_while_the_database_is_away_the_last_offer_stays() -> None:
    chats = Chats()
    chats.offer(colour="#123456")
    ask(chats)
    chats.shelf.away = True
    chats.seconds += 100
    assert ask(chats)["colour"] == "#123456"


class Stuck(MemoryOffers):
    """A database that answers no more."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def get(self, channel_id: str) -> ChatOffered | None:
        self.asked += 1
        self.go_on.wait(30)
        return ChatOffered(channel_id, 1, online=False)


def test_nobody_waits_long_for_a_database_that_does_not_answer() -> None:
    shelf = Stuck()
    offers = Offers(lambda: shelf, lambda: 0.0)
    assert offers.current(SHOP.id).online is True
    assert offers.current(SHOP.id).online is True
    assert shelf.asked == 1
    shelf.go_on.set()


def test_the_widget_is_served_to_every_site() -> None:
    answer = Chats().client.get("/webchat/widget.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
