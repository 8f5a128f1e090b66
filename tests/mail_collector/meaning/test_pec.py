"""Certified mail: envelopes are told from receipts, and receipts say what became of a mail of the desk."""

from __future__ import annotations

import json
from email import message_from_bytes
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mail_collector.channels.email.pec import pec_of
from services.mail_collector.channels.email.pec_certificate import certificate_in

_SAMPLES = sorted((Path(__file__).parents[2] / "payloads" / "pec").glob("*.eml"))


@pytest.mark.parametrize("path", _SAMPLES, ids=lambda path: path.stem)
def test_a_certified_mail_is_read(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    pec = pec_of(message_from_bytes(path.read_bytes()))
    if expected is None:
        assert pec is None
        return
    assert pec is not None
    assert {
        "kind": pec.kind,
        "message_id": pec.message_id,
        "occurred_at": pec.occurred_at.isoformat() if pec.occurred_at else None,
        "reports": [
            {
                "recipient": report.recipient,
                "state": report.state,
                "code": report.code,
                "title": report.title,
            }
            for report in pec.reports
        ],
    } == expected
    assert all(report.message_id == pec.message_id for report in pec.reports)
    assert all(report.remedy for report in pec.reports if report.state == "failed")


def test_the_certificate_is_kept_under_its_own_names() -> None:
    pec = pec_of(message_from_bytes(_sample("avvenuta_consegna").read_bytes()))
    assert pec is not None
    assert pec.certificate == {
        "tipo": "avvenuta-consegna",
        "errore": "nessuno",
        "mittente": "pec@desk.example",
        "destinatari": ["ente@pec.client.example", "altro@pec.client.example"],
        "oggetto": "Re: [TT24] Fattura",
        "gestore-emittente": "Gestore S.p.A.",
        "giorno": "04/03/2025",
        "ora": "10:00:05",
        "zona": "+0100",
        "identificativo": "opec210.20250304100005.00001.01.1@pec.gestore.example",
        "msgid": "<0123456789abcdef0123456789abcdef.tt24-abcdefghij23@desk.example>",
        "ricevuta": "completa",
        "consegna": "ente@pec.client.example",
    }


def test_the_words_of_the_provider_are_passed_on() -> None:
    pec = pec_of(message_from_bytes(_sample("errore_consegna").read_bytes()))
    assert pec is not None
    assert "indirizzo non valido" in pec.reports[0].detail


_ROOT = b'<postacert tipo="accettazione" errore="nessuno">%s</postacert>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no xml",
        b"<other/>",
        b'<!DOCTYPE a [<!ENTITY x "y">]>' + _ROOT % b"&x;",
        b'<!DOCTYPE a SYSTEM "http://evil.example/a.dtd">' + _ROOT % b"",
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a []>' + (_ROOT % b"").decode()).encode("utf-16"),
        b'<?xml version="1.0" encoding="no-such"?>' + _ROOT % b"",
        _ROOT % (b"<a>" * 20 + b"</a>" * 20),
        _ROOT % (b"<a/>" * 6_000),
        _ROOT % (b"x" * 300_000),
    ],
)
def test_what_is_no_certificate_is_refused(content: bytes) -> None:
    assert certificate_in(content) is None


@pytest.mark.parametrize("when", ["<ora>25:99</ora>", "<giorno>40/13/2025</giorno><ora>10:00:00</ora>", ""])
def test_a_time_that_is_none_leaves_the_rest(when: str) -> None:
    content = _ROOT % f'<dati><data zona="+0100">{when}</data><msgid>a@b</msgid></dati>'.encode()
    certificate = certificate_in(content)
    assert certificate is not None
    assert certificate.occurred_at is None
    assert certificate.message_id == "a@b"


@given(st.sampled_from(_SAMPLES), st.data())
def test_a_damaged_certified_mail_is_read_as_far_as_it_goes(path: Path, data: st.DataObject) -> None:
    raw = bytearray(path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=8)):
        raw[at] = data.draw(st.integers(0, 255))
    pec = pec_of(message_from_bytes(bytes(raw)))
    assert pec is None or pec.kind


def _sample(name: str) -> Path:
    return next(path for path in _SAMPLES if path.stem == name)
