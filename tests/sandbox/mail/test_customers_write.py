"""What a customer writes lies in the desk's mailbox as a mail server would have put it there."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Client, form
from tests.sandbox.mail.conftest import ANNA, CERTIFIED, SUPPORT, DeskSide, answer_of_desk, post

pytestmark = pytest.mark.integration


def test_a_mail_with_all_it_can_have_arrives_whole(client: Client, desk: DeskSide) -> None:
    files = [
        client.post("/api/mail/files", **form(b"%PDF-1.4", "application/pdf", "fattura.pdf")).json["file"],
        client.post("/api/mail/files", **form(b"\x89PNG", "image/png", "foto.png")).json["file"],
    ]
    sent = post(
        client, "messages", from_=ANNA, name="Anna Rossi", cc=["mario@example.org"],
        subject="Caldaia è rotta",
        text="Perde acqua", html='<p>Perde <b>acqua</b> <img src="cid:foto"></p>', timestamp=1_740_690_094,
        files=[{"file": files[0]}, {"file": files[1], "cid": "foto"}], headers={"X-Priority": "1"},
    )  # fmt: skip

    (mail,) = desk.mails()
    assert mail["Message-ID"] == f"<{sent['message_id']}>"
    assert mail["From"] == "Anna Rossi <anna.rossi@example.net>"
    assert (mail["To"], mail["Cc"], mail["Subject"]) == (SUPPORT, "mario@example.org", "Caldaia è rotta")
    assert mail["Date"] == "Thu, 27 Feb 2025 21:01:34 +0000"
    assert (mail["Return-Path"], mail["Delivered-To"]) == (f"<{ANNA}>", SUPPORT)
    assert mail["X-Priority"] == "1"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert plain.get_content() == "Perde acqua\n"
    assert html is not None
    assert "<b>acqua</b>" in html.get_content()
    names = {part.get_filename(): part for part in mail.walk() if part.get_filename()}
    assert names["fattura.pdf"].get_content() == b"%PDF-1.4"
    assert names["foto.png"]["Content-ID"] == "<foto>"
    mine = client.get("/api/mail/messages?owner=mario@example.org").json["items"]
    assert [each["subject"] for each in mine] == ["Caldaia è rotta"]


@pytest.mark.parametrize(
    ("client_program", "language", "marks"),
    [
        ("gmail", "it", ["ha scritto:", "> arriviamo domani."]),
        ("gmail", "en", [" wrote:", "> arriviamo domani."]),
        ("outlook", "it", ["Da: Sportello", "Inviato:", "Oggetto: Re: Caldaia"]),
        ("outlook", "en", ["From: Sportello", "Sent:", "Subject: Re: Caldaia"]),
        ("apple", "en", ["> On ", "> arriviamo domani."]),
        ("thunderbird", "it", ["Sportello ha scritto:\n> Buongiorno"]),
        ("none", "it", []),
    ],
)
def test_an_answer_goes_where_the_desk_wants_it_and_quotes_like_its_program(
    client: Client, desk: DeskSide, client_program: str, language: str, marks: list[str]
) -> None:
    token = "support+tt24-abcdefghijkl@sportello.example"
    desk.sends(answer_of_desk(Reply_To=token, Cc="mario@example.org"))
    (received,) = client.get(f"/api/mail/messages?owner={ANNA}").json["items"]

    post(
        client, "messages", from_=ANNA, text="Va bene, grazie", answers=received["id"],
        client_=client_program, language=language, to_all=True,
    )  # fmt: skip

    (mail,) = desk.mails()
    assert (mail["To"], mail["Delivered-To"], mail["Cc"]) == (token, token, "mario@example.org")
    assert mail["Subject"] == "Re: Caldaia"
    assert mail["In-Reply-To"] == mail["References"] == f"<{received['message_id']}>"
    plain = mail.get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    assert "Va bene, grazie" in text
    assert all(mark in text for mark in marks), text
    assert (mail.get_body(("html",)) is not None) == (client_program in ("gmail", "outlook"))
    threads = {each["thread"] for each in client.get(f"/api/mail/messages?owner={ANNA}").json["items"]}
    assert len(threads) == 1


def test_bytes_of_any_kind_arrive_unchanged_but_for_the_last_servers_lines(
    client: Client, desk: DeskSide
) -> None:
    raw = b"From: x\nSubject: =?utf-8?Q?rotto\nContent-Type: multipart/mixed\n\n\xff\xfe nasty"
    answer = client.post("/api/mail/raw", data=raw, content_type="message/rfc822")
    assert answer.status_code == 200, answer.text
    (arrived,) = desk.raw()
    assert arrived.endswith(raw.replace(b"\n", b"\r\n"))
    assert client.get("/api/mail/world").status_code == 200


def test_the_same_mail_again_in_another_folder_has_the_same_bytes(client: Client, desk: DeskSide) -> None:
    sent = post(client, "messages", from_=ANNA, subject="due volte", text="x")
    post(client, f"messages/{sent['mail_id']}/again", 204, folder="Archivio")
    (first,), (second,) = desk.raw(), desk.raw(folder="Archivio")
    assert first.partition(b"From:")[2] == second.partition(b"From:")[2]


def test_a_mail_without_a_message_id_has_none(client: Client, desk: DeskSide) -> None:
    post(client, "messages", from_=ANNA, subject="senza", text="x", message_id="")
    (mail,) = desk.mails()
    assert mail["Message-ID"] is None


def test_certified_mail_travels_in_its_envelope(client: Client, desk: DeskSide) -> None:
    post(
        client, "messages", from_="studio.verdi@pec.example", to=[CERTIFIED], subject="Diffida", text="Entro"
    )
    (mail,) = desk.mails(CERTIFIED)
    assert mail["X-Trasporto"] == "posta-certificata"
    assert mail["Subject"] == "POSTA CERTIFICATA: Diffida"
    names = [part.get_filename() for part in mail.walk() if part.get_filename()]
    assert names == ["daticert.xml", "postacert.eml", "smime.p7s"]
    (inner,) = [part for part in mail.walk() if part.get_content_type() == "message/rfc822"]
    assert inner.get_content()["Subject"] == "Diffida"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"from": "anna"}, "from"),
        ({"from": SUPPORT}, "from"),
        ({"from": "support+x@sportello.example"}, "from"),
        ({"from": ANNA, "subject": "a\nBcc: x@y.z"}, "subject"),
        ({"from": ANNA, "headers": {"X-A": "1\r\nX-B: 2"}}, "headers"),
        ({"from": ANNA, "to": ["x@y.z, a@b.c"]}, "to"),
        ({"from": ANNA, "files": [{"file": "f9"}]}, "files"),
        ({"from": ANNA, "client": "pine"}, "client"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_sent(
    client: Client, desk: DeskSide, body: dict[str, object], field: str
) -> None:
    answer = client.post("/api/mail/messages", json={"text": "x", **body})
    assert answer.status_code == 422
    assert field in answer.json["errors"]
    assert desk.mails() == []
