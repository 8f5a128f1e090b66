"""Answers on mailbox channels: each mailbox its own sender and server, one thread, each told how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from services.notifier.domain.mail import DONE, WAITING, Mailbox
from services.notifier.mail.outbox import MailServer, Outbox
from shared.contracts import ticket_fact
from shared.contracts.attachment import StoredFile
from shared.contracts.delivery_changed import DeliveryChanged
from shared.contracts.envelope import Event
from shared.contracts.mail_address import MailAddress
from shared.contracts.reply_mail import ReplyMail
from shared.contracts.reply_parts import Location
from shared.contracts.reply_requested import Recipient, ReplyContent
from tests.notifier.building import event
from tests.notifier.mailing import (
    CHANNEL_ID,
    DESK,
    TOKEN,
    Post,
    Postbox,
    a_mail,
    a_reply,
    mail_server,
    outbox,
)
from tests.support.memory_mail_store import MemoryMailStore

LUCA, MARA = "luca@bianchi.example", "mara@bianchi.example"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


@pytest.fixture
def box() -> Iterator[Postbox]:
    with mail_server() as running:
        yield running


@pytest.fixture
def store() -> MemoryMailStore:
    return MemoryMailStore()


@pytest.fixture
def post(store: MemoryMailStore, box: Postbox) -> Post:
    return Post(store, box.port, outboxes=[outbox(box.port)])


def told(store: MemoryMailStore) -> list[DeliveryChanged]:
    return [one.data for one in store.events() if isinstance(one.data, DeliveryChanged)]


def words(mail: EmailMessage) -> tuple[str, str]:
    """The plain text and the page."""
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    return text.get_content().replace("\r\n", "\n"), page.get_content().replace("\r\n", "\n")


def a_file(post: Post, name: str, mime_type: str, content: bytes, *, kind: str = "document") -> StoredFile:
    blob_id = f"blob-{len(content)}"
    post.blobs.put(blob_id, [content], mime_type=mime_type, max_bytes=10_000_000)
    return StoredFile(f"file-{len(content)}", kind, blob_id, mime_type, name, len(content), "0" * 64)


def opened(**changes: Any) -> Event:
    fact = replace(
        ticket_fact.EXAMPLE,
        channel_id=CHANNEL_ID,
        channel_kind="email",
        recipient=Recipient("email", LUCA, "Luca"),
        window_expires_at=None,
        mail=ReplyMail("[TT24] Aiuto", references=["a@x.example"], token=TOKEN, automatic=True),
    )
    return event(ticket_fact.OPENED, replace(fact, **changes), "opened-1")


def test_an_answer_is_a_mail_of_its_thread(box: Postbox, store: MemoryMailStore, post: Post) -> None:
    post.ask(a_reply())
    post.turns()
    [(recipients, mail)] = box.taken
    assert (recipients, box.senders) == ([LUCA], ["assistenza@example.org"])
    assert (mail["From"], mail["To"]) == (
        "Assistenza <assistenza@example.org>",
        f"Luca Bianchi <{LUCA}>",
    )
    assert mail["Subject"] == "Re: [TT24] Aiuto"
    assert mail["In-Reply-To"] == "<second@x.example>"
    assert mail["References"].split() == ["<first@x.example>", "<second@x.example>"]
    assert mail["Reply-To"] == f"Assistenza <assistenza+{TOKEN}@example.org>"
    assert "Auto-Submitted" not in mail
    header_id = mail["Message-ID"].strip("<>")
    unique, _, rest = header_id.partition(".")
    assert (len(unique), rest) == (32, f"{TOKEN}@example.org")
    [news] = told(store)
    assert (news.send_id, news.origin, news.state, news.error) == ("r1", "reply", "sent", None)
    assert (news.channel_id, news.channel_kind, news.conversation_id) == (CHANNEL_ID, "email", "c1")
    assert news.provider_message_ids == [header_id]


def test_text_and_page_say_the_same(box: Postbox, post: Post) -> None:
    around = ReplyMail(
        "Re: Aiuto",
        header="ACME <srl>",
        footer="-- \nAnna Rossi\n\nVia Roma 1",
        quoted="2026-03-01 10:00, Luca <luca@bianchi.example>:\n\nNon va\n<script>alert(1)</script>",
    )
    post.ask(a_reply(text="Ciao <b>Luca</b>,\nvedi https://acme.example/a?b=1&c=2.\n\nA presto", mail=around))
    post.turns()
    text, page = words(box.taken[0][1])
    assert text == (
        "ACME <srl>\n\nCiao <b>Luca</b>,\nvedi https://acme.example/a?b=1&c=2.\n\nA presto\n\n"
        "-- \nAnna Rossi\n\nVia Roma 1\n\n"
        "2026-03-01 10:00, Luca <luca@bianchi.example>:\n\n> Non va\n> <script>alert(1)</script>\n"
    )
    assert "Ciao &lt;b&gt;Luca&lt;/b&gt;,<br>" in page
    assert '<a href="https://acme.example/a?b=1&amp;c=2">https://acme.example/a?b=1&amp;c=2</a>.' in page
    assert "<script" not in page
    assert (
        page.index("ACME &lt;srl&gt;")
        < page.index("Ciao")
        < page.index("Anna Rossi")
        < page.index("<blockquote")
    )
    assert "Non va<br>" in page[page.index("<blockquote") :]


def test_pictures_are_shown_and_other_files_attached(box: Postbox, post: Post) -> None:
    files = [
        a_file(post, "foto.png", "image/png", PNG, kind="image"),
        a_file(post, "big.jpg", "image/jpeg", b"1" * 2_000_001, kind="image"),
        a_file(post, "Rè.pdf", "application/pdf", b"%PDF"),
        a_file(post, "mail.eml", "message/rfc822", b"Subject: x\r\n\r\ny"),
    ]
    post.ask(a_reply(content=ReplyContent("media", "Ecco", attachments=files)))
    post.turns()
    mail = box.taken[0][1]
    _, page = words(mail)
    related = next(part for part in mail.walk() if part["Content-ID"])
    cid = related["Content-ID"].strip("<>")
    assert f'src="cid:{cid}"' in page
    assert (related.get_content(), related.get_content_disposition()) == (PNG, "inline")
    attached = {part.get_filename(): part.get_content_type() for part in mail.iter_attachments()}
    octets = "application/octet-stream"
    assert attached == {"big.jpg": "image/jpeg", "Rè.pdf": "application/pdf", "mail.eml": octets}


def test_who_is_in_copy_gets_it_too_and_who_does_not_is_named(
    box: Postbox, store: MemoryMailStore, post: Post
) -> None:
    box.answers = {MARA: "552 5.2.2 Mailbox full"}
    around = ReplyMail("Aiuto", cc=[MailAddress(MARA, "Mara"), MailAddress(LUCA.upper())])
    post.ask(a_reply(mail=around))
    post.turns()
    assert box.taken[0][0] == [LUCA]
    assert box.taken[0][1]["Cc"] == f"Mara <{MARA}>, {LUCA.upper()}"
    [news] = told(store)
    assert (news.state, sorted(news.times)) == ("failed", ["failed", "sent"])
    assert news.error is not None
    assert (news.error.code, news.error.title) == ("some-recipients-refused", "The mailbox is full")
    assert MARA in news.error.detail
    assert LUCA not in news.error.detail
    box.answers = {}
    post.ask(a_reply(mail=around, attempt=1))
    post.turns()
    assert box.taken[1][0] == [MARA]
    assert (told(store)[-1].state, told(store)[-1].attempt) == ("sent", 1)


def test_asked_twice_it_is_sent_once(box: Postbox, store: MemoryMailStore, post: Post) -> None:
    post.ask(a_reply(), a_reply())
    post.turns()
    post.ask(a_reply())
    post.turns()
    assert len(box.taken) == 1
    assert len(told(store)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"channel_id": "gone"}, "unknown-channel"),
        ({"content": ReplyContent("location", location=Location(1.0, 2.0))}, "kind-not-supported"),
    ],
)
def test_what_cannot_leave_fails_at_once_in_words(
    box: Postbox, store: MemoryMailStore, post: Post, changes: dict[str, Any], code: str
) -> None:
    post.ask(a_reply(**changes))
    post.turns()
    [news] = told(store)
    assert news.error is not None
    assert (news.state, news.error.code, box.taken) == ("failed", code, [])
    assert news.error.remedy


def test_files_that_no_server_takes_are_refused_before_anything_is_sent(
    box: Postbox, store: MemoryMailStore, post: Post
) -> None:
    file = StoredFile("f1", "document", "blob-1", "application/zip", "a.zip", 25_000_001, "0" * 64)
    post.ask(a_reply(content=ReplyContent("media", attachments=[file])))
    post.turns()
    [news] = told(store)
    assert news.error is not None
    assert (news.error.code, box.taken) == ("mail-too-large", [])
    assert "25 MB" in news.error.detail


def test_a_mailbox_that_only_receives_says_what_is_missing(store: MemoryMailStore) -> None:
    post = Post(store, 1, outboxes=[Outbox(CHANNEL_ID, DESK, None)])
    post.ask(a_reply())
    [news] = told(store)
    assert news.error is not None
    assert news.error.code == "channel-cannot-send"


def test_each_mailbox_has_its_own_server_and_none_waits_for_another(
    store: MemoryMailStore, box: Postbox
) -> None:
    away = Outbox("sales", Mailbox("vendite@example.org"), MailServer("127.0.0.1", 1))
    with mail_server() as other:
        support = outbox(other.port, sender=Mailbox("supporto@example.net", "Supporto"), channel_id="support")
        post = Post(store, box.port, outboxes=[outbox(box.port), away, support])
        post.ask(a_reply("r1"), a_reply("r2", channel_id="sales"), a_reply("r3", channel_id="support"))
        post.ask(a_mail("m1"))
        post.turns()
        assert [mail["From"] for _, mail in other.taken] == ["Supporto <supporto@example.net>"]
    assert [mail["From"] for _, mail in box.taken] == ["Assistenza <assistenza@example.org>"] * 2
    assert store.mail("r2").stage == WAITING
    assert store.mail("m1").stage == DONE, "mails of no channel leave from the first mailbox"


def test_the_business_chooses_the_name_and_answers_need_no_plus_address(
    store: MemoryMailStore, box: Postbox
) -> None:
    post = Post(store, box.port, outboxes=[outbox(box.port, plus_addressing=False)])
    post.ask(a_reply(mail=ReplyMail("Aiuto", token=TOKEN, from_name="Anna di ACME\r\nBcc: eve@example.com")))
    post.turns()
    mail = box.taken[0][1]
    assert mail["From"].addresses[0].display_name == "Anna di ACME  Bcc: eve@example.com".replace("  ", " ")
    assert mail["Reply-To"] is None
    assert mail["Bcc"] is None
    assert TOKEN in mail["Message-ID"]


def test_the_opening_reply_goes_by_mail_and_is_shown_on_the_ticket(
    box: Postbox, store: MemoryMailStore, post: Post
) -> None:
    post.ask(opened())
    post.ask(opened())
    post.turns()
    [(recipients, mail)] = box.taken
    assert recipients == [LUCA]
    assert (mail["Subject"], mail["Auto-Submitted"]) == ("[TT24] Aiuto", "auto-replied")
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert words(mail)[0] == "Grazie, il ticket è TT24.\n"
    first, last = told(store)
    assert (first.origin, first.state, first.text) == ("notification", "queued", "Grazie, il ticket è TT24.")
    assert (last.send_id, last.state, last.text) == (first.send_id, "sent", first.text)


@pytest.mark.parametrize("changes", [{"mail": None}, {"title": ""}])
def test_no_opening_reply_where_none_is_wanted(
    box: Postbox, store: MemoryMailStore, post: Post, changes: dict[str, Any]
) -> None:
    post.ask(opened(**changes))
    post.turns()
    assert (box.taken, told(store)) == ([], [])


def test_a_notice_in_a_thread_stays_in_it(box: Postbox, post: Post) -> None:
    post.ask(
        a_mail(
            "m1", LUCA, channel_id=CHANNEL_ID, token=TOKEN, references=["x@y.example"], automatic=True,
            html="<p>Own page</p>", sender=MailAddress("noreply@example.org", "Nobody"),
        )
    )  # fmt: skip
    post.turns()
    mail = box.taken[0][1]
    assert (mail["From"], mail["In-Reply-To"]) == ("Nobody <noreply@example.org>", "<x@y.example>")
    assert mail["Reply-To"].addresses[0].addr_spec == f"assistenza+{TOKEN}@example.org"
    assert words(mail)[1].strip() == "<p>Own page</p>"


def test_long_ids_and_many_of_them_arrive_unbroken(box: Postbox, post: Post) -> None:
    references = [f"{number}{'x' * 480}@mail.example" for number in range(30)] + ["a>\x21b@x"]
    post.ask(a_reply(mail=ReplyMail("Aiuto", references=references, token=TOKEN)))
    post.turns()
    head = box.raw[0].split(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 998
    for reference in references[:-1]:
        assert f"<{reference}>".encode() in head
    assert b"=?" not in head


def test_two_days_are_waited_for_who_is_put_off(box: Postbox, store: MemoryMailStore, post: Post) -> None:
    box.answers = {LUCA: "450 4.2.0 Greylisted"}
    post.ask(a_reply())
    post.turns()
    for _ in range(47):
        post.turns(timedelta(hours=1))
    assert store.mail("r1").open, "less than two days"
    for _ in range(2):
        post.turns(timedelta(hours=1))
    [news] = told(store)
    assert (news.state, news.error and news.error.code) == ("failed", "put-off")
    assert news.error is not None
    assert "Greylisted" in news.error.detail
