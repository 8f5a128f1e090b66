"""What visitors of live chats are told of them: at once what changed, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.ticket_service.acting import Desk
from services.ticket_service.domain.calendar import Calendar, OpenHours
from services.ticket_service.domain.chat_offer import ChatOffer
from services.ticket_service.domain.chat_settings import ChatChannel, ChatField, ChatSettings
from services.ticket_service.domain.user import User
from services.ticket_service.jobs.chat_offers import offer_chats
from services.ticket_service.ports import Changes
from shared.contracts import chat_offered
from shared.contracts.catalogue import decode
from shared.contracts.chat_offered import ChatOffered, ChatPerson
from tests.support.memory_desk_store import MemoryDeskStore
from tests.ticket_service.building import NOW, counting_ids
from tests.ticket_service.mails import DESK_MAIL, MAILBOX

CHAT = "webchat-main"
MINUTE = timedelta(minutes=1)


class Rig:
    """A desk with one user, whose console was last heard of when a test says so. NOW is a Thursday, 21:21."""

    def __init__(self) -> None:
        self.now = NOW
        self.heard: dict[str, datetime] = {}
        self.store = MemoryDeskStore()
        self.desk = Desk(self.store, lambda: self.now, counting_ids(), mail=DESK_MAIL)
        self.keep(User("u1", "anna@desk.example", "Anna", ["agent"], NOW, picture="blob-1"))

    def keep(self, *records: Any) -> None:
        changes = Changes()
        changes.touch(*records)
        self.desk.save(changes)

    def sets(self, **settings: Any) -> None:
        stored = self.store.record(ChatSettings, "desk") or ChatSettings()
        self.keep(replace(stored, channels={CHAT: ChatChannel(**settings)}))

    def run(self, *chats: str) -> int:
        return offer_chats(self.desk, chats or (CHAT,), self.seen, self.now)

    def seen(self, since: datetime) -> set[str]:
        return {user for user, at in self.heard.items() if at >= since}

    def told(self) -> list[ChatOffered]:
        events = [decode(each["body"]) for each in self.store.collections["outbox"].values()]
        return [each.data for each in events if each.type == chat_offered.TYPE]


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_where_nobody_set_anything_who_writes_to_nobody_can_leave_an_address(rig: Rig) -> None:
    rig.run()
    (offer,) = rig.told()
    assert (offer.online, offer.form_when) == (False, "away")
    assert [(each.key, each.kind, each.required) for each in offer.form] == [
        ("name", "text", False),
        ("email", "email", True),
    ]


def test_a_chat_is_told_of_once_and_again_when_somebody_comes_or_goes(rig: Rig) -> None:
    assert [rig.run(), rig.run()] == [1, 0]
    rig.heard["u1"] = rig.now
    assert [rig.run(), rig.run()] == [1, 0]
    rig.now += 2 * MINUTE
    assert rig.run() == 0
    rig.now += timedelta(seconds=1)
    assert rig.run() == 1
    first, come, gone = rig.told()
    assert first.revision < come.revision < gone.revision
    assert [each.online for each in (first, come, gone)] == [False, True, False]
    assert (come.people, gone.people) == ([ChatPerson("Anna", "blob-1")], [])
    kept = rig.store.record(ChatOffer, CHAT)
    assert kept is not None
    assert (kept.revision, kept.online, kept.told_at) == (gone.revision, False, rig.now)


def test_a_gateway_that_forgot_is_told_again_and_a_desk_that_forgot_is_believed(rig: Rig) -> None:
    rig.sets(online="always")
    rig.run()
    rig.now += timedelta(minutes=59)
    assert rig.run() == 0
    rig.now += MINUTE
    assert rig.run() == 1
    before_backup = rig.told()[-1]
    rig.store.collections["chat_offers"].clear()
    rig.now += MINUTE
    assert rig.run() == 1
    assert rig.told()[-1].revision > before_backup.revision


def test_what_is_set_is_what_visitors_get(rig: Rig) -> None:
    rig.heard["u1"] = rig.now
    rig.sets(
        language="it",
        texts={"it": {"welcome": "Salve"}},
        colour="#112233",
        form=(ChatField("email", "email", True), ChatField("t", "choice", choices=("a", "b"))),
        form_when="always",
        page_context=True,
        show_people=False,
    )
    rig.run()
    (offer,) = rig.told()
    assert (offer.language, offer.texts, offer.colour) == ("it", {"it": {"welcome": "Salve"}}, "#112233")
    assert [(each.key, each.required, each.choices) for each in offer.form] == [
        ("email", True, []),
        ("t", False, ["a", "b"]),
    ]
    assert (offer.form_when, offer.page_context, offer.people) == ("always", True, [])
    assert offer.mails
    assert offer.transcript


def test_business_hours_say_when_the_desk_opens_next(rig: Rig) -> None:
    hours = [OpenHours(day, 8 * 60, 18 * 60) for day in range(5)]
    rig.keep(Calendar("c1", "Ufficio", "Europe/Rome", hours, NOW))
    rig.heard["u1"] = rig.now
    rig.sets(calendar="c1")
    rig.run()
    rig.now = NOW + timedelta(hours=10)
    rig.heard["u1"] = rig.now
    rig.run()
    closed, opened = rig.told()
    assert (closed.online, str(closed.opens_at)) == (False, "2025-02-28 07:00:00+00:00")
    assert (opened.online, opened.opens_at) == (True, None)


def test_without_a_mailbox_nothing_follows_by_mail(rig: Rig) -> None:
    rig.desk = replace(rig.desk, mail=replace(DESK_MAIL, mailboxes={}))
    rig.run()
    (offer,) = rig.told()
    assert (offer.mails, offer.transcript) == (False, False)
    assert MAILBOX in DESK_MAIL.mailboxes


def test_each_chat_is_told_of_by_itself(rig: Rig) -> None:
    assert rig.run("shop", "blog") == 2
    rig.sets(colour="#000000")
    assert rig.run("shop", "blog", CHAT) == 1
    assert sorted(each.channel_id for each in rig.told()) == ["blog", "shop", CHAT]
