"""Mails: sent once, put off, refused for some, and never silently doubled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.notifier.announce import Teller
from services.notifier.domain.mail import DONE, HANDING, WAITING, Frame, Mail, Mailbox, Thread
from services.notifier.mail.addresses import NotAnAddress, ascii_address
from services.notifier.mail.compose import compose
from services.notifier.mail.engine import LEASE
from services.notifier.mail.keep import MailKeeper
from services.notifier.mail.outbox import Outbox, Outboxes
from services.notifier.ports import MailStore, MailTransaction
from services.notifier.store.mail_documents import mail_document
from services.notifier.store.mails import MongoMailStore
from services.notifier.store.mongo import MongoDeliveryStore
from shared.contracts.attachment import StoredFile
from shared.contracts.mail_address import MailAddress
from shared.messaging.message import Unavailable
from shared.mongo.connect import connect, database
from shared.runtime.ids import new_id
from tests.notifier.building import NOW, Clock
from tests.notifier.mailing import DESK, Post, Postbox, a_mail, mail_server
from tests.support.memory_mail_store import MemoryMailStore


@pytest.fixture
def box() -> Iterator[Postbox]:
    with mail_server() as running:
        yield running


@pytest.fixture
def store() -> MemoryMailStore:
    return MemoryMailStore()


def told(store: MemoryMailStore) -> list[tuple[str, str]]:
    """What the desk heard: (state, code of the failure)."""
    return [(one.data.state, one.data.error.code if one.data.error else "") for one in store.events()]


def test_a_mail_arrives_whole_and_only_once(box: Postbox, store: MemoryMailStore) -> None:
    post = Post(store, box.port)
    post.blobs.put("blob-1", [b"%PDF-1"], mime_type="application/pdf", max_bytes=100)
    asked = a_mail(
        "m1",
        "anna@example.com",
        cc=[MailAddress("bruno@bücher.example", "Bruno ✓"), MailAddress("anna@example.com")],
        subject="È arrivata — [TT24]",
        text="Prima riga\n.\n.seconda\n" + "x" * 2_000,
        html="<p>Prima riga</p>",
        reply_to=MailAddress("desk+tt24@example.com"),
        headers={"X-Sportello-Event": "ticket.opened"},
        automatic=True,
        attachments=[
            StoredFile("f1", "document", "blob-1", "application/pdf", "Rè\r\nport.pdf", 6, "0" * 64)
        ],
        message_id="message-1",
    )
    post.ask(asked, a_mail("m2", "carla@example.com"))
    post.ask(asked)
    post.turns()
    post.ask(asked)
    post.turns(timedelta(days=1))
    assert len(box.taken) == 2
    recipients, mail = box.taken[0]
    assert recipients == ["anna@example.com", "bruno@xn--bcher-kva.example"]
    assert (mail["Subject"], mail["From"]) == ("È arrivata — [TT24]", "Service desk <desk@example.com>")
    assert (mail["Auto-Submitted"], mail["X-Sportello-Event"]) == ("auto-generated", "ticket.opened")
    assert mail["Reply-To"] == "desk+tt24@example.com"
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert text.get_content().replace("\r\n", "\n") == "Prima riga\n.\n.seconda\n" + "x" * 2_000 + "\n"
    assert page.get_content().strip() == "<p>Prima riga</p>"
    [file] = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("Rè port.pdf", b"%PDF-1")
    assert told(store) == [("sent", "")]
    kept = store.mail("m1")
    assert (kept.stage, kept.text, kept.html, kept.files) == (DONE, "", "", ())


def test_without_a_mail_server_a_mail_fails_at_once_with_the_remedy(store: MemoryMailStore) -> None:
    keeper = MailKeeper(store, Outboxes(), None, Teller(Clock(), new_id), Clock(), lambda: None)
    keeper.take([a_mail("m1", message_id="message-1"), a_mail("m2")])
    keeper.take([a_mail("m1", message_id="message-1")])
    assert told(store) == [("failed", "mail-not-configured")]
    assert "SPORTELLO_SMTP_URL" in store.events()[0].data.error.remedy
    assert store.mail("m2").stage == DONE


def test_who_is_refused_is_named_and_the_others_get_it(box: Postbox, store: MemoryMailStore) -> None:
    box.answers = {"nobody@example.com": "550 5.1.1 No such mailbox"}
    post = Post(store, box.port)
    post.ask(a_mail("m1", "anna@example.com", "nobody@example.com", message_id="message-1"))
    post.ask(a_mail("m2", "nobody@example.com", "gü@example.com", message_id="message-2"))
    post.turns()
    assert [recipients for recipients, _ in box.taken] == [["anna@example.com"]]
    assert told(store) == [("failed", "some-recipients-refused"), ("failed", "recipients-refused")]
    assert store.events()[0].data.error.title == "The mailbox does not exist"
    assert "No such mailbox" in store.events()[0].data.error.detail
    assert set(store.mail("m2").refused) == {"nobody@example.com", "gü@example.com"}


def test_who_is_put_off_is_tried_again_alone(box: Postbox, store: MemoryMailStore) -> None:
    box.answers = {"busy@example.com": "450 4.2.0 Greylisted"}
    post = Post(store, box.port)
    post.ask(a_mail("m1", "anna@example.com", "busy@example.com", message_id="message-1"))
    post.turns()
    assert told(store) == []
    box.answers = {}
    post.turns()
    assert len(box.taken) == 1
    post.turns(timedelta(minutes=2))
    assert [recipients for recipients, _ in box.taken] == [["anna@example.com"], ["busy@example.com"]]
    assert box.taken[0][1]["Message-ID"] == box.taken[1][1]["Message-ID"]
    assert told(store) == [("sent", "")]


def test_it_is_given_up_in_the_end(box: Postbox, store: MemoryMailStore) -> None:
    box.answers = {"busy@example.com": "450 4.2.0 Greylisted"}
    post = Post(store, box.port)
    post.ask(a_mail("m1", "busy@example.com", message_id="message-1"))
    for _ in range(26):
        post.turns(timedelta(hours=2))
    assert told(store) == [("failed", "put-off")]


def test_asked_for_again_it_goes_only_to_those_who_did_not_get_it(
    box: Postbox, store: MemoryMailStore
) -> None:
    people = ("anna@example.com", "nobody@example.com", "carla@example.com")
    box.answers = {"nobody@example.com": "550 5.1.1 No such mailbox", "carla@example.com": "550 Full"}
    post = Post(store, box.port)
    post.ask(a_mail("m1", *people, message_id="m1"))
    post.turns()
    box.answers = {"carla@example.com": "550 Full"}
    post.ask(a_mail("m1~1", *people, message_id="m1", attempt=1))
    post.turns()
    box.answers = {}
    post.ask(a_mail("m1~2", *people, message_id="m1", attempt=2))
    post.turns()
    post.ask(a_mail("m1~3", *people, message_id="m1", attempt=3))
    post.turns()
    assert [recipients for recipients, _ in box.taken] == [[one] for one in people]
    assert all("anna@example.com" in str(mail["To"]) for _, mail in box.taken), "it shows who else got it"
    partly = "some-recipients-refused"
    assert sorted(told(store)) == [("failed", partly), ("failed", partly), ("sent", ""), ("sent", "")]
    assert sorted(event.data.attempt for event in store.events()) == [0, 1, 2, 3]


def test_asked_for_again_when_nobody_got_it_or_nobody_knows_it_goes_to_all(
    box: Postbox, store: MemoryMailStore
) -> None:
    box.at_end = ["554 5.7.1 Spam"]
    post = Post(store, box.port)
    post.ask(a_mail("m1", message_id="m1"))
    post.turns()
    post.ask(a_mail("m1~1", message_id="m1", attempt=1), a_mail("m9~1", message_id="m9", attempt=1))
    post.turns()
    assert [recipients for recipients, _ in box.taken] == [["anna@example.com"]] * 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [("554 5.7.1 Spam", "mail-refused"), ("552 5.3.4 Too large", "mail-refused")],
)
def test_a_refusal_of_the_mail_itself_ends_it(
    box: Postbox, store: MemoryMailStore, answer: str, code: str
) -> None:
    box.at_end = [answer]
    post = Post(store, box.port)
    post.ask(a_mail("m1", message_id="message-1"))
    post.turns(timedelta(hours=1))
    assert told(store) == [("failed", code)]


def test_a_server_that_is_away_keeps_the_queue(store: MemoryMailStore, unused_port: int) -> None:
    post = Post(store, unused_port)
    post.ask(a_mail("m1"), a_mail("m2"))
    for _ in range(5):
        post.turns(timedelta(minutes=5))
    assert [store.mail(one).stage for one in ("m1", "m2")] == [WAITING, WAITING]
    with mail_server(port=unused_port) as box:
        post.turns()
        post.turns()
    assert len(box.taken) == 2


def test_all_that_is_due_leaves_over_one_connection_a_refusal_in_the_midst_as_well(
    box: Postbox, store: MemoryMailStore
) -> None:
    box.answers = {"nobody@example.com": "550 no such user"}
    post = Post(store, box.port)
    post.ask(a_mail("m1"), a_mail("m2", "nobody@example.com"), a_mail("m3"), a_mail("m4"))
    post.turns()
    assert len(box.taken) == 3
    assert len(set(box.peers)) == 1


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(
    box: Postbox, store: MemoryMailStore
) -> None:
    post = Post(store, box.port)
    post.ask(a_mail("m1"))
    assert post.engine.turn()
    assert post.connection._client is not None
    post.connection._client.close()
    post.ask(a_mail("m2"))
    post.turns()
    assert len(box.taken) == 2


@pytest.mark.parametrize(
    ("at_end", "taken", "news"),
    [(["dies"], 2, ("sent", "")), (["dies", "dies"], 2, ("failed", "outcome-unknown"))],
)
def test_when_no_answer_comes_it_leaves_once_more_under_the_same_id(
    box: Postbox, store: MemoryMailStore, at_end: list[str], taken: int, news: tuple[str, str]
) -> None:
    box.at_end = at_end
    post = Post(store, box.port)
    post.ask(a_mail("m1", message_id="message-1"))
    post.turns()
    post.turns(timedelta(seconds=59))
    assert (len(box.taken), told(store)) == (1, [])
    post.turns(timedelta(seconds=1))
    post.turns(timedelta(days=1))
    assert len(box.taken) == taken
    assert len({mail["Message-ID"] for _, mail in box.taken}) == 1
    assert told(store) == [news]


def test_a_process_that_dies_before_the_last_line_leads_to_one_mail(
    box: Postbox, store: MemoryMailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(store, box.port)
    post.ask(a_mail("m1", message_id="message-1"))
    with monkeypatch.context() as context:
        context.setattr(post.engine, "_handing", _dies)
        with pytest.raises(KeyboardInterrupt):
            post.engine.turn()
    assert box.taken == []
    post.turns(LEASE / 2)
    assert box.taken == []
    post.turns(LEASE)
    assert len(box.taken) == 1
    assert told(store) == [("sent", "")]


def _dies(mail: Mail) -> None:
    raise KeyboardInterrupt


def test_a_process_that_dies_after_the_last_line_leads_to_the_same_mail_once_more(
    box: Postbox, store: MemoryMailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(store, box.port)
    post.ask(a_mail("m1", message_id="message-1"))
    with monkeypatch.context() as context:
        context.setattr(post.engine, "_keep", lambda mail, answer: _dies(mail))
        with pytest.raises(KeyboardInterrupt):
            post.engine.turn()
    assert store.mail("m1").stage == HANDING
    post.turns(LEASE)
    post.turns(timedelta(minutes=1))
    assert len(box.taken) == 2
    assert len({mail["Message-ID"] for _, mail in box.taken}) == 1
    assert told(store) == [("sent", "")]


def test_who_lost_the_mail_to_another_process_does_not_hand_it_over(
    box: Postbox, store: MemoryMailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(store, box.port)
    post.ask(a_mail("m1"))
    real = post.engine._handing

    def late(mail: Mail) -> None:
        store.claim([""], "another", post.clock() + LEASE, post.clock() + 2 * LEASE)
        real(mail)

    monkeypatch.setattr(post.engine, "_handing", late)
    post.turns()
    assert box.taken == []


def test_a_database_that_is_away_in_the_middle_sends_nothing_twice(
    box: Postbox, store: MemoryMailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post(store, box.port)
    post.ask(a_mail("m1"))
    with monkeypatch.context() as context:
        context.setattr(post.engine, "_handing", _away)
        with pytest.raises(Unavailable):
            post.engine.turn()
    post.turns(LEASE)
    assert len(box.taken) == 1


def _away(mail: Mail) -> None:
    raise Unavailable("away")


def test_no_machine_of_ours_writes_to_itself(box: Postbox, store: MemoryMailStore) -> None:
    post = Post(store, box.port)
    own = DESK.address.upper()
    post.ask(a_mail("m1", own, automatic=True, message_id="message-1"), a_mail("m2", own))
    post.turns()
    assert told(store) == [("failed", "recipients-refused")]
    assert len(box.taken) == 1


def test_a_server_that_wants_to_know_who_is_there_is_told(store: MemoryMailStore) -> None:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == (b"desk", b"s3cret"), handled=False)

    with mail_server(authenticator=check, auth_require_tls=False, auth_exclude_mechanism=["LOGIN"]) as box:
        wrong = Post(store, box.port, "desk", "wrong")
        wrong.ask(a_mail("m1"))
        wrong.turns(timedelta(hours=1))
        assert (store.mail("m1").stage, box.taken) == (WAITING, [])
        right = Post(store, box.port, "desk", "s3cret")
        right.turns(timedelta(hours=2))
    assert len(box.taken) == 1


def test_a_password_never_leaves_unencrypted(
    box: Postbox, store: MemoryMailStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifier.mail.outbox.is_loopback", lambda host: False)
    post = Post(store, box.port, "desk", "s3cret")
    post.ask(a_mail("m1"))
    post.turns()
    assert (store.mail("m1").stage, box.taken) == (WAITING, [])


def test_a_file_that_is_gone_fails_the_mail_alone(box: Postbox, store: MemoryMailStore) -> None:
    post = Post(store, box.port)
    gone = StoredFile("f1", "document", "blob-gone", "application/pdf", "a.pdf", 6, "0" * 64)
    post.ask(a_mail("m1", attachments=[gone], message_id="message-1"), a_mail("m2"))
    post.turns()
    assert told(store) == [("failed", "mail-not-possible")]
    assert len(box.taken) == 1


@pytest.mark.parametrize(
    "address",
    ["", "anna", "anna@", "@example.com", "anna@exa mple.com", "é@example.com", "a@b..c", "a b@c.d"],
)
def test_what_is_no_address_is_not_written_to(address: str) -> None:
    with pytest.raises(NotAnAddress):
        ascii_address(address)


@given(subject=st.text(max_size=80), name=st.text(max_size=40), filename=st.text(max_size=40))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_becomes_a_header_or_a_recipient(subject: str, name: str, filename: str) -> None:
    mail = Mail(
        "m",
        (Mailbox("anna@example.com", name + "\r\nBcc: eve@example.com\u2028Bcc: eve@example.com"),),
        (),
        subject + "\nBcc: eve@example.com\x0bBcc: eve@example.com",
        "text",
        NOW,
        NOW,
        ("anna@example.com",),
        headers={"X-Sportello-Event": filename + "\r\n\r\nbody"},
        from_name=name + "\r\nBcc: eve@example.com",
        thread=Thread("", (f"{subject}\r\nBcc: eve@example.com", f"a>\r\nBcc: <{name}@x")),
        header_id="1@example.com",
    )
    try:
        content = compose(mail, Outbox("", DESK, None), {})
    except (ValueError, LookupError, AttributeError):
        return  # half characters, or more than the standard library can fold: such a mail fails as a whole
    head = content.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
    names = [line.split(b":", 1)[0].lower() for line in head if not line.startswith((b" ", b"\t"))]
    assert len(names) == len(set(names))
    assert b"bcc" not in names
    assert names.count(b"to") == 1


@pytest.fixture(params=["memory", pytest.param("mongo", marks=pytest.mark.integration)])
def any_store(request: pytest.FixtureRequest) -> Iterator[MailStore]:
    if request.param == "memory":
        yield MemoryMailStore()
        return
    with connect(request.getfixturevalue("mongodb_uri"), "test") as client:
        db = database(client, request.getfixturevalue("database_name"))
        MongoDeliveryStore(client, db).prepare()
        mails = MongoMailStore(client, db)
        mails.prepare()
        yield mails


def test_every_store_keeps_a_mail_as_it_was_and_gives_it_to_one(any_store: MailStore) -> None:
    mail = Mail(
        "m1",
        (Mailbox("anna@example.com", "Anna"),),
        (Mailbox("b@example.com"),),
        "Subject",
        "Text",
        NOW,
        NOW,
        ("anna@example.com", "b@example.com"),
        sender=Mailbox("x@example.com"),
        headers={"X-A.b": "1"},
        refused={"b@example.com": "550"},
        channel_id="x",
        from_name="Anna",
        thread=Thread("tt1-abc", ("one@x", "two@x")),
        frame=Frame("above", "below", "quoted"),
        header_id="1@example.com",
        reached={"anna@example.com": NOW},
    )

    def put(transaction: MailTransaction) -> None:
        transaction.insert([mail])

    any_store.transact(put)
    until = NOW + LEASE
    assert any_store.claim(["x", ""], "c", NOW - timedelta(seconds=1), until) is None
    assert any_store.claim(["y", ""], "c", NOW, until) is None, "another mailbox's"
    assert any_store.claim(["x", ""], "c", NOW, until) == replace(mail, claim="c", due_at=until)
    assert any_store.claim(["x", ""], "d", NOW, until) is None
    done = replace(mail, stage=DONE, taken_at=NOW)
    any_store.transact(lambda transaction: transaction.save(done))
    assert any_store.claim(["x", ""], "e", until + LEASE, until + 2 * LEASE) is None
    assert any_store.transact(lambda transaction: transaction.load(["m1", "m2"])) == {"m1": done}


def test_every_store_finds_a_mail_by_its_header_and_keeps_what_was_counted_and_told(
    any_store: MailStore,
) -> None:
    mail = Mail("m1", (Mailbox("a@b.example"),), (), "S", "T", NOW, NOW, ("a@b.example",), header_id="1@x")

    def work(transaction: MailTransaction) -> None:
        transaction.insert([mail, replace(mail, id="m2", header_id="")])
        assert transaction.of_headers([]) == []
        assert transaction.automatic_to("a@b.example") == ()
        transaction.count_automatic("a@b.example", (NOW, NOW + timedelta(hours=1)))
        assert transaction.told_level("x") == "ok"
        transaction.keep_level("x", "failing")

    any_store.transact(work)

    def look(transaction: MailTransaction) -> None:
        assert transaction.of_headers(["1@x", "", "other@x"]) == [mail]
        assert list(transaction.automatic_to("a@b.example")) == [NOW, NOW + timedelta(hours=1)]
        assert transaction.told_level("x") == "failing"
        assert transaction.closed(["c1"]) == set()

    any_store.transact(look)


@pytest.mark.integration
def test_mails_of_an_earlier_version_are_sent_and_all_that_is_asked_often_has_an_index(
    mongodb_uri: str, database_name: str
) -> None:
    with connect(mongodb_uri, "test") as client:
        db = database(client, database_name)
        old = mail_document(Mail("m1", (Mailbox("a@b.example"),), (), "S", "T", NOW, NOW, ("a@b.example",)))
        new = ("channel_id", "thread", "frame", "reached", "header_id", "from_name", "origin", "failed_at")
        db["mails"].insert_one({name: value for name, value in old.items() if name not in new})
        db["mails"].create_index("due_at", name="due", partialFilterExpression={"open": True})
        mails = MongoMailStore(client, db)
        mails.prepare()
        mails.prepare()
        due = {"open": True, "channel_id": {"$in": ["", "x"]}, "due_at": {"$lte": NOW}}
        for query in (due, {"header_id": {"$in": ["1@x"], "$gt": ""}}):
            plan = db["mails"].find(query).explain()["queryPlanner"]["winningPlan"]
            assert "COLLSCAN" not in str(plan), query
        claimed = mails.claim([""], "c", NOW, NOW + LEASE)
    assert claimed is not None
    assert (claimed.id, claimed.thread, claimed.header_id) == ("m1", Thread(), "")
    assert b"Message-ID: <" in compose(claimed, Outbox("", DESK, None), {})
