"""What a mail becomes: a message, reports on what the desk sent, or something put aside."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from services.mail_collector.channels.email import read as reading_of
from services.mail_collector.channels.email.read import read_mail
from services.mail_collector.domain.reading import Reading
from shared.contracts.attachment import attachment_id
from tests.mail_collector.reading.corpus import found, raw_of

PAYLOADS: Final = Path(__file__).parents[2] / "payloads"
SENT: Final = "0123456789abcdef0123456789abcdef.tt24-abcdefghij23@desk.example"


def _raw(path: str) -> bytes:
    return (PAYLOADS / path).read_bytes()


def _read(path: str) -> Reading:
    raw = _raw(path)
    return read_mail(raw, replace(found(raw), own_addresses=frozenset({"help@desk.example"})))


def _message(reading: Reading) -> dict[str, Any]:
    assert reading.message is not None
    return reading.message


def test_the_mail_inside_a_certified_envelope_is_the_message_and_its_certificate_is_kept() -> None:
    message = _message(_read("pec/envelope.eml"))
    assert message["mail"]["sender"]["address"] == "ente@pec.client.example"
    assert message["text"].startswith("La fattura")
    assert message["mail"]["automatic"] == ""
    assert message["content"]["pec"]["kind"] == "message"
    assert message["content"]["pec"]["certificate"]


def test_ordinary_mail_that_a_certified_mailbox_got_is_opened_and_said_to_be_none() -> None:
    message = _message(_read("pec/anomaly.eml"))
    assert message["mail"]["sender"]["address"] == "ente@pec.client.example"
    assert message["content"]["pec"]["kind"] == "anomaly"


@pytest.mark.parametrize(
    ("name", "state"),
    [("accettazione", "sent"), ("avvenuta_consegna", "delivered"), ("errore_consegna", "failed")],
)
def test_a_receipt_of_certified_mail_is_a_report_on_the_mail_the_desk_sent(name: str, state: str) -> None:
    reading = _read(f"pec/{name}.eml")
    assert reading.reports
    _stands_at_the_mail_it_is_about(reading, "receipt")
    for report in reading.reports:
        assert (report["state"], report["provider_message_id"]) == (state, SENT)
        assert (report["error"] is not None) == (state == "failed")


def _stands_at_the_mail_it_is_about(reading: Reading, kind: str) -> None:
    """It is a message too: people can look at the proof, and what is kept of it goes with the ticket."""
    mail = _message(reading)["mail"]
    assert (mail["automatic"], mail["answers"][0]) == (kind, SENT)


def test_a_receipt_without_a_certificate_is_shown_as_the_machine_s_mail_it_is() -> None:
    reading = _read("pec/without_certificate.eml")
    assert reading.reports == ()
    assert _message(reading)["mail"]["automatic"] == "receipt"


def test_a_bounce_of_the_desk_s_mail_is_a_report_with_the_server_s_words() -> None:
    reading = _read("bounces/postfix_unknown_user.eml")
    _stands_at_the_mail_it_is_about(reading, "bounce")
    [report] = reading.reports
    assert (report["recipient"], report["state"]) == ("anna@client.example", "failed")
    assert report["error"]["code"] == "5.1.1"
    assert "550" in report["error"]["detail"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("bounces/postfix_delayed.eml", "bounce"),
        ("bounces/exim_warning.eml", "bounce"),
        ("pec/preavviso.eml", "receipt"),
    ],
)
def test_that_a_mail_of_the_desk_is_late_is_a_machine_s_message_that_answers_it(path: str, kind: str) -> None:
    reading = _read(path)
    assert reading.reports == ()
    mail = _message(reading)["mail"]
    assert (mail["automatic"], mail["answers"]) == (kind, [SENT])
    assert mail["tokens"] == ["tt24-abcdefghij23"]


def test_a_report_on_several_recipients_tells_of_those_who_will_not_get_it() -> None:
    late = (PAYLOADS / "bounces/postfix_delayed.eml").read_bytes()
    failed = (
        b"Final-Recipient: rfc822; luca@client.example\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient:"
    )
    raw = late.replace(b"\r\n", b"\n").replace(b"Final-Recipient:", failed, 1)
    reading = read_mail(raw, replace(found(raw), own_addresses=frozenset({"help@desk.example"})))
    assert [each["recipient"] for each in reading.reports] == ["luca@client.example"]
    _stands_at_the_mail_it_is_about(reading, "bounce")


def test_a_bounce_from_nobody_is_a_report_all_the_same() -> None:
    head, _, body = _raw("bounces/postfix_unknown_user.eml").partition(b"\n\n")
    raw = re.sub(rb"(?mi)^(from|return-path):.*\n", b"", head) + b"\n\n" + body
    reading = read_mail(raw, replace(found(raw), own_addresses=frozenset({"help@desk.example"})))
    assert (reading.message, reading.aside) == (None, None)
    assert len(reading.reports) == 1


def test_a_bounce_of_another_desk_s_mail_is_shown_and_reports_nothing() -> None:
    raw = _raw("bounces/postfix_unknown_user.eml").replace(b"@desk.example>", b"@other.example>")
    reading = read_mail(raw, replace(found(raw), own_addresses=frozenset({"help@desk.example"})))
    assert reading.reports == ()
    assert _message(reading)["mail"]["automatic"] == "bounce"


def test_a_bounce_of_what_a_person_sent_from_the_same_domain_is_shown_as_a_mail() -> None:
    raw = (
        (PAYLOADS / "bounces/postfix_unknown_user.eml")
        .read_bytes()
        .replace(SENT.encode(), b"CAF@desk.example")
    )
    reading = read_mail(raw, replace(found(raw), own_addresses=frozenset({"help@desk.example"})))
    assert reading.reports == ()
    assert _message(reading)["mail"]["automatic"] == "bounce"


def test_a_message_says_what_it_is_known_by_and_where_it_is_kept() -> None:
    raw = raw_of("mixed_with_pdf")
    where = found(raw)
    reading = read_mail(raw, where)
    message = _message(reading)
    assert message["dedupe_key"] == f"email:{where.key}"
    assert message["contact_key"] == "support-mail:luca@bianchi.example"
    assert message["mail"]["raw_blob"] == f"mail-{where.key}"
    assert message["mail"]["raw_size"] == len(raw)
    assert (message["mail"]["mailbox"], message["mail"]["folder"]) == ("assistenza@example.org", "INBOX")
    assert [each["id"] for each in message["attachments"]] == [attachment_id(f"email:{where.key}", 0)]
    assert [file.id for file in reading.files] == [each["id"] for each in message["attachments"]]


def test_quoted_history_is_not_new_and_the_whole_mail_is_there() -> None:
    raw = raw_of("plain_ascii").replace(
        b"non si accende.\r\n",
        b"non si accende.\r\n\r\nIl 21/11/2026 10:00, Assistenza ha scritto:\r\n"
        b"> Buongiorno\r\n> che succede?\r\n",
    )
    message = _message(read_mail(raw, found(raw)))
    assert "che succede" not in message["text"]
    assert "> che succede?" in message["content"]["whole_text"]


def test_a_fault_in_reading_puts_the_mail_aside_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise LookupError("no such charset")

    monkeypatch.setattr(reading_of, "letter_of", fail)
    raw = raw_of("plain_ascii")
    reading = read_mail(raw, found(raw))
    assert reading.aside is not None
    assert reading.aside.reason == "unreadable"
    assert "no such charset" in reading.aside.detail


def test_what_a_library_fails_at_is_noted_and_the_rest_of_the_mail_is_read() -> None:
    reading = read_mail(raw_of("invitation_broken"), found(raw_of("invitation_broken")))
    message = _message(reading)
    assert message["text"] == "testo semplice"
    assert [file.filename for file in reading.files] == ["invite.ics"]
