"""Mails of the corpus, damaged at random: none makes reading fail, take long, or say what a store refuses."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.mail_collector.channels.email.content_key import content_key
from services.mail_collector.channels.email.read import read_mail
from services.mail_collector.domain.reading import Reading
from shared.contracts.message_received import MessageReceivedSchema
from tests.mail_collector.reading.corpus import NAMES, found, raw_of, read_within_a_second

_TOKENS = (
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\x00", b"\xff", b"--", b"--=_b1", b"--=_b1--", b"=?utf-8?q?=C3?=",
    b"=?utf-7?b?//8=?=", b"Content-Type: multipart/mixed; boundary=x\r\n", b"Content-Type: text/html\r\n",
    b"Content-Type: message/rfc822\r\n", b"Content-Type: text/calendar\r\n", b"charset=utf-7", b"charset=hz",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n", b"=", b'"',
    b"Content-Disposition: attachment; filename*0*=x''%\r\n", b"begin 644 a\n", b"<", b">", b";",
    b"Auto-Submitted: auto-replied\r\n", b"X-Trasporto: posta-certificata\r\n", b"From: ", b"+2AA-",
)  # fmt: skip
_places = st.integers(0, 10**6)
_changes = st.lists(
    st.one_of(
        st.tuples(st.just("delete"), _places, st.integers(1, 400)),
        st.tuples(st.just("insert"), _places, st.sampled_from(_TOKENS) | st.binary(max_size=20)),
        st.tuples(st.just("flip"), _places, st.integers(1, 255)),
        st.tuples(st.just("repeat"), _places, st.integers(1, 300)),
        st.tuples(st.just("cut"), _places, st.just(0)),
    ),
    min_size=1,
    max_size=6,
)


def _changed(raw: bytes, changes: list[tuple[str, int, int | bytes]]) -> bytes:
    for what, place, value in changes:
        at = place % (len(raw) + 1)
        if isinstance(value, bytes):
            raw = raw[:at] + value + raw[at:]
        elif what == "delete":
            raw = raw[:at] + raw[at + value :]
        elif what == "flip" and at < len(raw):
            raw = raw[:at] + bytes([raw[at] ^ value]) + raw[at + 1 :]
        elif what == "repeat":
            raw = raw[:at] + raw[at : at + value] * 3 + raw[at + value :]
        elif what == "cut":
            raw = raw[:at]
    return raw


def _is_announceable(reading: Reading) -> bool:
    """UTF-8 without lone surrogates and NUL, one line where one line is shown, within the contract."""
    if reading.message is None:
        return True
    text = json.dumps(reading.message, ensure_ascii=False)
    text.encode("utf-8")
    MessageReceivedSchema().load(reading.message)
    names = [each.filename for each in reading.files]
    one_line = [reading.message["mail"]["subject"], reading.message["sender"]["name"], *names]
    return (
        "\\u0000" not in text
        and not any(sign in line for line in one_line for sign in "\r\n\u202e\u2028")
        and not any(sign in name for name in names for sign in "/\\")
        and len(text.encode()) < 1_500_000
        and len(json.dumps(reading.message["content"], ensure_ascii=False).encode()) <= 1_000_000
    )


@settings(max_examples=150, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(NAMES), _changes)
@example("invitation", [("insert", 700, b"\xff"), ("delete", 900, 40)])
def test_a_damaged_mail_is_read_or_put_aside_for_want_of_a_sender(
    name: str, changes: list[tuple[str, int, int | bytes]]
) -> None:
    raw = _changed(raw_of(name), changes)
    reading = read_within_a_second(raw, found(raw))
    assert reading.aside is None or reading.aside.reason == "no-sender"
    assert _is_announceable(reading)
    assert reading == read_mail(raw, found(raw))


@settings(max_examples=50, derandomize=True)
@given(st.binary(max_size=2_000))
def test_any_bytes_have_a_content_key_and_a_reading(raw: bytes) -> None:
    assert len(content_key(raw)) == 32
    reading = read_mail(b"From: a@b.example\r\n" + raw, found(raw))
    assert reading.aside is None or reading.aside.reason == "no-sender"
