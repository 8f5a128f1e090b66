"""What the desk sends is recorded and shown to its customers, fails on demand, and is answered by habit."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import Any

import pytest

from deploy.local.ports import HOST
from tests.sandbox.conftest import Client
from tests.sandbox.mail.conftest import ANNA, CERTIFIED, PASSWORD, SUPPORT, DeskSide, answer_of_desk, post
from tests.support.waiting import wait_until

pytestmark = pytest.mark.integration
MARIO = "mario@example.org"


def calls(client: Client) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get("/api/requests?provider=smtp").json["items"]
    return items


def about_recipient(notice: EmailMessage) -> Any:
    """What a notice of a mail server says about the one recipient."""
    _, status, _ = notice.iter_parts()
    blocks: Any = status.get_payload()
    return blocks[1]


def fault(client: Client, **wanted: Any) -> None:
    assert client.post("/api/faults", json={"provider": "smtp", **wanted}).status_code == 201


def received(client: Client, owner: str = ANNA) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/api/mail/messages?owner={owner}&by=desk").json["items"]
    return items


def test_a_mail_is_recorded_and_lies_in_every_recipients_mailbox(client: Client, desk: DeskSide) -> None:
    mail = answer_of_desk(Cc=MARIO)
    mail.add_alternative("<p>Buongiorno</p>", subtype="html")
    mail.add_attachment(b"%PDF", "application", "pdf", filename="preventivo.pdf")
    assert desk.sends(mail, ANNA, MARIO) == {}

    (call,) = calls(client)
    assert (call["method"], call["status"]) == ("DATA", 250)
    body = call["body"]
    assert (body["from"], body["to"]) == (SUPPORT, [ANNA, MARIO])
    assert body["subject"] == body["headers"]["subject"] == "Re: Caldaia"
    assert body["text"].startswith("Buongiorno Anna")
    assert [file["name"] for file in body["files"]] == ["preventivo.pdf"]
    assert received(client)[0]["id"] == received(client, MARIO)[0]["id"] == body["mail_id"]


def test_the_log_in_is_checked_when_there_is_one(client: Client, desk: DeskSide) -> None:
    with smtplib.SMTP(HOST, desk.smtp_port) as server:
        assert server.login(SUPPORT, PASSWORD)[0] == 235
    with smtplib.SMTP(HOST, desk.smtp_port) as server, pytest.raises(smtplib.SMTPAuthenticationError):
        server.login(SUPPORT, "another")


@pytest.mark.parametrize(
    ("wanted", "code"), [({"status": 451}, 451), ({"code": 511}, 550), ({"code": 422}, 450)]
)
def test_one_recipient_can_be_refused_while_the_others_get_it(
    client: Client, desk: DeskSide, wanted: dict[str, int], code: int
) -> None:
    fault(client, on="recipient", to=MARIO, **wanted)
    refused = desk.sends(answer_of_desk(), ANNA, MARIO)
    assert {address: reply[0] for address, reply in refused.items()} == {MARIO: code}
    assert [each["owners"] for each in received(client)] == [[ANNA]]
    assert desk.sends(answer_of_desk(), ANNA, MARIO) == {}


def test_a_mail_can_be_refused_whole_or_the_connection_be_cut(client: Client, desk: DeskSide) -> None:
    fault(client, on="send", status=554)
    with pytest.raises(smtplib.SMTPDataError) as refused:
        desk.sends(answer_of_desk())
    assert refused.value.smtp_code == 554
    fault(client, on="send", timeout=0.05)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        desk.sends(answer_of_desk())
    assert received(client) == []


def test_a_mail_can_be_taken_and_the_answer_be_lost(client: Client, desk: DeskSide) -> None:
    fault(client, after=True, timeout=0.05)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        desk.sends(answer_of_desk())
    assert len(received(client)) == 1


@pytest.mark.parametrize(("habit", "code"), [("unknown", 550), ("full", 452)])
def test_a_mailbox_that_takes_nothing_says_so_at_once(
    client: Client, desk: DeskSide, habit: str, code: int
) -> None:
    post(client, "people", 201, address=MARIO, habit=habit)
    refused = desk.sends(answer_of_desk(), ANNA, MARIO)
    assert refused[MARIO][0] == code


def test_an_absence_says_that_it_is_one_and_answers_no_machine(client: Client, desk: DeskSide) -> None:
    post(client, "people", 201, address=ANNA, habit="absent")
    desk.sends(answer_of_desk(Auto_Submitted="auto-replied"))
    desk.sends(answer_of_desk())
    (mail,) = desk.waits_for(1)
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["Subject"] == "Risposta automatica: Re: Caldaia"
    assert mail["In-Reply-To"] == answer_of_desk()["Message-ID"]


def test_a_careless_program_answers_everything_without_saying_what_it_is(
    client: Client, desk: DeskSide
) -> None:
    post(client, "people", 201, address=ANNA, habit="robot")
    desk.sends(answer_of_desk(Auto_Submitted="auto-replied"))
    (mail,) = desk.waits_for(1)
    assert mail["Auto-Submitted"] is None
    assert mail["Subject"] == "Re: Caldaia"


def test_a_forgetful_program_writes_a_mail_that_belongs_to_nothing(client: Client, desk: DeskSide) -> None:
    post(client, "people", 201, address=ANNA, habit="forgetful")
    desk.sends(answer_of_desk(Reply_To="support+tt24-abcdefghijkl@sportello.example"))
    (mail,) = desk.waits_for(1)
    assert (mail["To"], mail["In-Reply-To"], mail["Auto-Submitted"]) == (SUPPORT, None, None)
    assert "Caldaia" not in mail["Subject"]


def test_marks_of_machines_can_get_lost_on_the_way(client: Client, desk: DeskSide) -> None:
    post(client, "routes", domain="other.example", port=desk.smtp_port, unmarked=True)
    desk.sends(answer_of_desk(Auto_Submitted="auto-replied"), "help@other.example")
    seen = wait_until(lambda: [c for c in calls(client) if "auto-submitted" not in c["body"]["headers"]])
    post(client, "routes", domain="other.example")
    assert seen[0]["body"]["text"].startswith("Buongiorno Anna")


def test_a_mail_comes_back_with_its_reason_and_its_headers(client: Client, desk: DeskSide) -> None:
    post(client, "people", 201, address=ANNA, habit="bounces")
    desk.sends(answer_of_desk())
    (mail,) = desk.waits_for(1)
    assert (mail["Return-Path"], mail.get_content_type()) == ("<>", "multipart/report")
    _, status, headers = mail.iter_parts()
    assert status.get_content_type() == "message/delivery-status"
    about = about_recipient(mail)
    assert (about["Action"], about["Status"]) == ("failed", "5.1.1")
    assert about["Final-Recipient"] == f"rfc822; {ANNA}"
    assert answer_of_desk()["Message-ID"] in headers.get_content()

    mail_id = received(client)[0]["id"]
    post(client, f"messages/{mail_id}/bounce", code="4.4.1")
    assert about_recipient(desk.waits_for(2)[1])["Action"] == "delayed"


@pytest.mark.parametrize(
    ("mode", "kinds"),
    [
        ("delivered", ["accettazione", "avvenuta-consegna"]),
        ("accepted", ["accettazione"]),
        ("undelivered", ["accettazione", "errore-consegna"]),
    ],
)
def test_a_certified_mail_of_the_desk_is_followed_by_its_receipts(
    client: Client, desk: DeskSide, mode: str, kinds: list[str]
) -> None:
    post(client, "settings", receipts=mode)
    sent = answer_of_desk(sender=CERTIFIED)
    desk.sends(sent, sender=CERTIFIED)
    mails = desk.waits_for(len(kinds), CERTIFIED)
    assert [mail["X-Ricevuta"] for mail in mails] == kinds
    assert {mail["X-Riferimento-Message-ID"] for mail in mails} == {sent["Message-ID"]}
    assert len({each["thread"] for each in client.get(f"/api/mail/messages?owner={ANNA}").json["items"]}) == 1


def test_a_mail_to_the_desk_itself_comes_home_and_one_to_a_known_server_is_passed_on(
    client: Client, desk: DeskSide
) -> None:
    desk.sends(answer_of_desk("a casa"), "support+tt1@sportello.example")
    assert desk.waits_for(1)[0]["Delivered-To"] == "support+tt1@sportello.example"

    post(client, "routes", domain="other.example", port=desk.smtp_port)
    desk.sends(answer_of_desk("altrove"), "help@other.example")
    # The route leads back here: once passed on, it is passed on again, until the route is gone.
    wait_until(lambda: len([c for c in calls(client) if c["body"].get("subject") == "altrove"]) >= 2)
    post(client, "routes", domain="other.example")


def test_a_bounce_of_a_customers_mail_is_refused(client: Client, desk: DeskSide) -> None:
    sent = post(client, "messages", from_=ANNA, subject="s", text="x")
    post(client, f"messages/{sent['mail_id']}/bounce", 409)
    post(client, "messages/m999/bounce", 404)
