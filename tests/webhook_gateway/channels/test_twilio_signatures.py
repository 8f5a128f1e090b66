"""Which requests are Twilio's: over the public address whatever the proxy says, with every field there is."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from services.webhook_gateway.channels.whatsapp_twilio import WhatsAppTwilio
from tests.webhook_gateway import twilio
from tests.webhook_gateway.channels.providers import Conversation, Request, Twilio
from tests.webhook_gateway.twilio import MESSAGES, OTHER_SID, STATUSES, TOKEN, URL, callback, incoming, sign

KEY = "the secret of a shared key"


def gateway(**changes: Any) -> Conversation:
    number = dataclasses.replace(twilio.MAIN, **changes)
    return Conversation(Twilio(), twilio.twilio(number, twilio.SECOND, twilio.FOREIGN))


def posted(
    desk: Conversation,
    fields: twilio.Fields,
    signature: str | dict[str, str],
    place: str = MESSAGES,
    **environ: str,
) -> int:
    headers = signature if isinstance(signature, dict) else {"X-Twilio-Signature": signature}
    path, _, query = place.partition("?")
    answer = desk.client.post(
        path,
        query_string=query,
        data=twilio.encoded(fields),
        headers=headers,
        content_type="application/x-www-form-urlencoded; charset=utf-8",
        environ_overrides=environ,
    )
    return answer.status_code


def test_twilios_own_example_is_genuine() -> None:
    """The example of Twilio's page "Webhooks security"; its signature is the page's."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign(url, form, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"wsgi.url_scheme": "http", "HTTP_HOST": "10.0.0.7:8001"},
        {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_X_FORWARDED_PROTO": "http"},
    ],
)
def test_the_configured_address_counts_not_the_one_the_request_claims(environ: dict[str, str]) -> None:
    assert posted(gateway(), incoming(), sign(URL + MESSAGES, incoming()), **environ) == 200
    wrong = sign("http://10.0.0.7:8001" + MESSAGES, incoming())
    assert posted(gateway(), incoming(), wrong, **environ) == 403


@pytest.mark.parametrize(
    ("public_url", "signed"),
    [
        ("https://desk.example.com:8443", "https://desk.example.com:8443"),
        ("https://desk.example.com:8443", "https://desk.example.com"),
        ("https://desk.example.com", "https://desk.example.com:443"),
        ("http://desk.example.com", "http://desk.example.com:80"),
        ("https://example.com/desk", "https://example.com/desk"),
    ],
)
def test_twilio_may_sign_with_or_without_the_port(public_url: str, signed: str) -> None:
    desk = gateway(public_url=public_url)
    assert posted(desk, incoming(), sign(signed + MESSAGES, incoming())) == 200


@pytest.mark.parametrize(
    "place", [STATUSES, f"{STATUSES}?send_id=a%20b~1.0", f"{STATUSES}?send_id=a&x=%C3%A9"]
)
def test_the_query_is_signed_as_it_stands_in_the_address(place: str) -> None:
    assert posted(gateway(), callback(), sign(URL + place, callback()), place) == 200
    assert posted(gateway(), callback(), sign(URL + place + "&y=1", callback()), place) == 403
    assert posted(gateway(), callback(), sign(URL + place, callback()), place + "?y=1") == 403


def test_the_path_is_signed() -> None:
    assert posted(gateway(), callback(), sign(URL + STATUSES, callback()), MESSAGES) == 403


@pytest.mark.parametrize(
    "extra",
    [
        [("Body", "Buongiorno")],
        [("Empty", "")],
        [("MediaUrl0", "a"), ("MediaUrl0", "b"), ("MediaUrl0", "a")],
        [("", "nameless")],
        [("Zürich", "città 😀")],
    ],
)
def test_empty_and_repeated_fields_are_signed_too(extra: list[tuple[str, str]]) -> None:
    fields = [*incoming().items(), *extra]
    desk = gateway()
    assert posted(desk, fields, sign(URL + MESSAGES, fields)) == 200
    assert len(desk.events()) >= 1
    assert posted(desk, [*fields, ("More", "")], sign(URL + MESSAGES, fields)) == 403
    assert posted(desk, fields[:-2], sign(URL + MESSAGES, fields)) == 403


def test_fields_that_contradict_each_other_are_kept_whole_not_guessed_at() -> None:
    fields = [*incoming().items(), ("To", "whatsapp:+390550000003")]
    desk = gateway()
    assert posted(desk, fields, sign(URL + MESSAGES, fields)) == 200
    (event,) = desk.events()
    assert (event.data.reason, event.data.payload) == ("repeated-field", twilio.encoded(fields).decode())


@pytest.mark.parametrize(
    "url", [URL, URL.upper(), "https://desk.example.com/", "https://desk.example.com.evil.example", ""]
)
def test_another_address_is_another_signature(url: str) -> None:
    expected = 200 if url == URL else 403
    assert posted(gateway(), incoming(), sign(url + MESSAGES, incoming())) == expected


@pytest.mark.parametrize(
    ("sid", "secret", "status"),
    [
        (OTHER_SID, twilio.OTHER_TOKEN, 200),
        (OTHER_SID, TOKEN, 403),  # another account's right signature is wrong for this one
        ("AC" + "3" * 32, TOKEN, 403),
        (None, TOKEN, 403),
        ("", TOKEN, 403),
    ],
)
def test_the_account_that_is_named_must_have_signed(sid: str | None, secret: str, status: int) -> None:
    form = incoming(AccountSid=sid, To="whatsapp:+390550000004")
    desk = gateway()
    assert posted(desk, form, sign(URL + MESSAGES, form, secret)) == status
    assert [event.data.channel_id for event in desk.events()] == (["twilio-foreign"] if status == 200 else [])


@pytest.mark.parametrize("secret", [TOKEN, KEY])
def test_sha256_signatures_with_a_shared_key_or_the_token(secret: str) -> None:
    desk = gateway(webhook_secret=KEY)
    headers = twilio.sign_sha256(URL + MESSAGES, incoming(), secret)
    assert posted(desk, incoming(), headers) == 200
    assert posted(desk, incoming(Body="x"), headers) == 403
    assert posted(gateway(), incoming(), twilio.sign_sha256(URL + MESSAGES, incoming(), KEY)) == 403


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ("key=k,algorithm=hmac_sha256", 200),
        ("algorithm=HMAC_SHA256", 200),
        ("", 401),
        ("key=k", 401),
        ("key=k,algorithm=HMAC_SHA1", 401),
        ("key=k,algorithm=HMAC_MD5", 401),
        ("key=k,algorithm=none", 401),
        ("algorithm=" + "x" * 10_000, 401),
        ("é=é,algorithm=é", 401),
    ],
)
def test_only_the_two_algorithms_of_twilio_are_known(settings: str, status: int) -> None:
    headers = twilio.sign_sha256(URL + MESSAGES, incoming(), TOKEN)
    headers["X-Twilio-Webhooks-Signature-Settings"] = settings
    assert posted(gateway(), incoming(), headers) == status


def test_a_digest_of_a_body_in_the_address_does_not_replace_the_fields() -> None:
    form = incoming()
    place = f"{MESSAGES}?bodySHA256={twilio.digest(twilio.encoded(form))}"
    assert posted(gateway(), form, sign(URL + place, {}), place) == 403
    assert posted(gateway(), form, sign(URL + place, form), place) == 200


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/x-www-form-urlencoded", 200),
        ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", 200),
        ('application/x-www-form-urlencoded; charset="utf-8"', 200),
        ("application/x-www-form-urlencoded; charset=latin-1", 400),
        ("application/x-www-form-urlencoded; charset=utf-16", 400),
        ("application/json", 400),
        ("multipart/form-data; boundary=x", 400),
        ("", 400),
    ],
)
def test_only_forms_in_utf8_are_read(content_type: str, status: int) -> None:
    headers = {"X-Twilio-Signature": sign(URL + MESSAGES, incoming())}
    answer = gateway().client.post(
        MESSAGES, data=twilio.encoded(incoming()), headers=headers, content_type=content_type
    )
    assert answer.status_code == status


def test_two_addresses_of_one_account_are_both_its_own() -> None:
    second = dataclasses.replace(twilio.SECOND, public_url="https://other.example.com")
    desk = Conversation(Twilio(), WhatsAppTwilio([twilio.MAIN, second]))
    form = incoming(To=f"whatsapp:{second.number}")
    assert posted(desk, form, sign("https://other.example.com" + MESSAGES, form)) == 200
    assert posted(desk, form, sign(URL + MESSAGES, form)) == 200
    reasons = [getattr(event.data, "reason", None) for event in desk.events()]
    assert reasons == [None, "foreign-signature"]


def test_a_request_is_refused_before_its_fields_are_believed() -> None:
    desk = gateway()
    request = Request(MESSAGES, "", b"&".join(b"a%d=1" % n for n in range(500)))
    assert desk.send(request, {"X-Twilio-Signature": "x" * 28}).status_code == 400
    assert desk.events() == []
