"""Whose history it is: what a token proves, what the site's server proves, and that nothing else does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from itsdangerous import URLSafeTimedSerializer

from services.webhook_gateway.channels.webchat.uploads import Upload, token_of
from services.webhook_gateway.channels.webchat.verify import issue, read, signer, verified_id
from tests.webhook_gateway.webchat.doors.rig import (
    NOW,
    ORIGIN,
    OTHER,
    OTHER_ORIGIN,
    OTHER_SECRET,
    SECRET,
    SHOP,
    Chats,
    hashed,
    said,
    signed_jwt,
    somebody,
)

IN_AN_HOUR = int(NOW.timestamp()) + 3_600


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


def come(chats: Chats, identity: Any = None, token: str = "", **more: Any) -> Any:
    return chats.post("visitors", {"identity": identity, "token": token}, **more)


def encoded(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


# --- tokens ---


def test_a_visitor_is_somebody_new_whom_nobody_can_guess() -> None:
    chats = Chats()
    ids = {come(chats).json["visitor"]["id"] for _ in range(20)}
    assert len(ids) == 20
    assert all(len(each) == 34 and each.startswith("v-") for each in ids)


def test_what_the_sites_server_said_counts_for_30_days_and_only_it_can_say_it_again(
    clock: time_machine.Traveller,
) -> None:
    chats = Chats()
    first = come(chats, signed_jwt()).json
    clock.shift(timedelta(days=29))
    again = come(chats, token=first["token"]).json
    assert (again["token"], again["visitor"]["verified"]) == (first["token"], True)
    clock.shift(timedelta(days=2))
    later = come(chats, token=first["token"]).json
    assert not later["visitor"]["verified"]
    assert later["visitor"]["id"] != first["visitor"]["id"]


def test_the_token_brings_the_same_visitor_back_with_a_new_life(clock: time_machine.Traveller) -> None:
    chats = Chats()
    first = come(chats).json
    clock.shift(timedelta(days=399))
    second = come(chats, token=first["token"]).json
    assert second["visitor"] == first["visitor"]
    clock.shift(timedelta(days=399))
    assert chats.post("messages", said(), second["token"]).status_code == 202
    assert chats.post("messages", said(), first["token"]).status_code == 401


def forged(site: Any = SHOP) -> dict[str, str]:
    """Tokens that prove nothing in the shop's chat."""
    visitor, good = somebody(site)
    payload, stamp, signature = good.rsplit(".", 2)
    other_visitor, other = somebody(OTHER)
    upload = token_of(site, visitor, Upload("chat-1", "a.png", "image/png", 1, "0" * 64))
    flipped = "A" if signature[0] != "A" else "B"
    unsigned = encoded({"alg": "none"}) + "." + encoded({"c": site.id, "v": visitor.id}) + "."
    return {
        "none": "",
        "nonsense": "nonsense",
        "of another chat": other,
        "of another chat, said to be of this": issue(OTHER, replace(other_visitor, channel_id=site.id)),
        "without signature": f"{payload}.{stamp}",
        "another signature": f"{payload}.{stamp}.{flipped}{signature[1:]}",
        "another visitor": f"{encoded({'c': site.id, 'v': 'v-' + '0' * 32})}.{stamp}.{signature}",
        "another time": f"{payload}.{stamp[:-1]}{'A' if stamp[-1] != 'A' else 'Q'}.{signature}",
        "for another purpose": upload,
        "a list": signer(site, "sportello.visitor").dumps([site.id]),
        "alg none": unsigned,
        "a JWT of the site": signed_jwt(v=visitor.id, c=site.id),
        "endless": good + "A" * 10_000,
        "with more": good + "%00",
        "compressed nonsense": "." + good,
    }


@pytest.mark.parametrize("door", ["messages", "files", "signs", "details", "ratings", "transcripts"])
def test_tokens_that_prove_nothing_all_get_the_same_answer(door: str) -> None:
    chats = Chats()
    answers = {
        name: chats.post(door, {}, token, address=f"198.51.100.{number}")
        for number, (name, token) in enumerate(forged().items())
    }
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert len({answer.data for answer in answers.values()}) == 1
    assert all(answer.headers["WWW-Authenticate"] == "Bearer" for answer in answers.values())
    assert chats.events() == []


def test_a_token_that_proves_nothing_makes_a_new_visitor_at_the_entrance() -> None:
    for name, token in forged().items():
        answer = come(Chats(), token=token)
        assert answer.status_code == 200, name
        assert read(SHOP, answer.json["token"]).former == (), name


def test_a_token_of_one_chat_is_none_in_another() -> None:
    chats = Chats()
    token = somebody(SHOP)[1]
    refused = chats.post("messages", said(), token, site=OTHER.site_key, origin=OTHER_ORIGIN)
    assert refused.status_code == 401
    twins = replace(OTHER, identity_secret=SECRET)
    refused = Chats(SHOP, twins).post("messages", said(), token, site=OTHER.site_key, origin=OTHER_ORIGIN)
    assert refused.status_code == 401


@pytest.mark.parametrize(
    "name", ["sportello.visitor", "sportello.webchat.tokens", "sportello.webchat.people"]
)
def test_no_name_a_site_signs_makes_a_key_of_ours(name: str) -> None:
    # Sites let people choose their user's id; the site's server then gives out its HMAC under the secret.
    given_out = hmac.new(SECRET.encode(), name.encode(), "sha256").digest()
    visitor = somebody()[0]
    for key in (given_out, given_out.hex().encode()):
        forger = URLSafeTimedSerializer(
            key, "sportello.visitor", signer_kwargs={"digest_method": hashlib.sha256}
        )
        token = forger.dumps({"c": SHOP.id, "v": visitor.id})
        assert Chats().post("messages", said(), token).status_code == 401


def test_a_retired_secret_still_reads_but_signs_nothing_new() -> None:
    visitor, old = somebody()
    renewed = replace(
        SHOP, identity_secret="a new secret of the shop's own server", retired_secrets=(SECRET,)
    )
    chats = Chats(renewed)
    answer = come(chats, token=old).json
    assert answer["visitor"]["id"] == visitor.id
    assert chats.post("messages", said(), old).status_code == 202
    assert Chats().post("messages", said(), answer["token"]).status_code == 401


# --- the site's word ---


@pytest.mark.parametrize(
    ("identity", "has_email"),
    [
        (None, False),
        (signed_jwt(), False),
        (signed_jwt(email="g@b.example"), True),
        (signed_jwt(email="g@b.example", email_verified=False), True),
        (signed_jwt(email="no address"), False),
    ],
)
def test_a_page_hears_whether_the_site_named_an_address_and_nothing_the_desk_knows(
    identity: object, has_email: bool
) -> None:
    chats = Chats()
    first = come(chats, identity).json
    chats.post("details", {"details": {"email": "typed@verdi.example"}}, first["token"])
    again = come(chats, token=first["token"]).json
    assert [each["visitor"]["has_email"] for each in (first, again)] == [has_email, has_email]


def test_the_same_user_is_the_same_visitor_on_every_device() -> None:
    chats = Chats()
    identity = {
        "user_id": "user-7",
        "hash": hashed("user-7"),
        "name": " Giulia\n Bianchi ",
        "email": "g@b.example",
    }
    by_hash, by_token = come(chats, identity).json, come(chats, signed_jwt(name="Giulia")).json
    assert by_hash["visitor"] == {
        "id": verified_id(SHOP, SECRET, "user-7"),
        "verified": True,
        "name": "Giulia Bianchi",
        "has_email": True,
    }
    assert by_token["visitor"]["id"] == by_hash["visitor"]["id"]
    assert come(chats, signed_jwt(sub="user-8")).json["visitor"]["id"] != by_hash["visitor"]["id"]


def test_the_same_user_of_two_chats_is_two_visitors() -> None:
    chats = Chats(SHOP, replace(OTHER, identity_secret=SECRET))
    ids = {
        come(chats, signed_jwt(), site=site.site_key, origin=origin).json["visitor"]["id"]
        for site, origin in ((SHOP, ORIGIN), (OTHER, OTHER_ORIGIN))
    }
    assert len(ids) == 2


def _key_confusion() -> str:
    head, body = encoded({"alg": "RS256", "typ": "JWT"}), encoded({"sub": "user-7", "exp": IN_AN_HOUR})
    return f"{head}.{body}." + encoded(
        hmac.new(SECRET.encode(), f"{head}.{body}".encode(), "sha256").digest()
    )


def _unsigned(algorithm: str) -> str:
    return f"{encoded({'alg': algorithm})}.{encoded({'sub': 'user-7', 'exp': IN_AN_HOUR})}."


REFUSED: dict[str, Any] = {
    "no hash": {"user_id": "user-7"},
    "hash of another user": {"user_id": "user-7", "hash": hashed("user-8")},
    "hash under another secret": {"user_id": "user-7", "hash": hashed("user-7", OTHER_SECRET)},
    "hash cut off": {"user_id": "user-7", "hash": hashed("user-7")[:-1]},
    "hash with more": {"user_id": "user-7", "hash": hashed("user-7") + "0"},
    "hash of other letters": {"user_id": "user-7", "hash": "é" * 64},
    "hash no text": {"user_id": "user-7", "hash": [hashed("user-7")]},
    "empty user": {"user_id": "", "hash": hashed("")},
    "user no text": {"user_id": ["user-7"], "hash": hashed("user-7")},
    "user with a blank more": {"user_id": "user-7 ", "hash": hashed("user-7")},
    "endless user": {"user_id": "u" * 300, "hash": hashed("u" * 300)},
    "no object": 7,
    "a list": ["user-7", hashed("user-7")],
    "empty": "",
    "nonsense": "a.b.c",
    "endless": "a" * 20_000,
    "alg none": _unsigned("none"),
    "alg None": _unsigned("None"),
    "alg NONE": _unsigned("NONE"),
    "alg empty": _unsigned(""),
    "alg RS256 over the secret": _key_confusion(),
    "HS512": jwt.encode({"sub": "user-7", "exp": IN_AN_HOUR}, SECRET * 2, "HS512"),
    "another secret": signed_jwt(OTHER_SECRET),
    "expired": signed_jwt(exp=IN_AN_HOUR - 3_600 - 120),
    "without end": signed_jwt(exp=None),
    "an end that is text": signed_jwt(exp=None, expires=IN_AN_HOUR),
    "valid for longer than a day": signed_jwt(exp=IN_AN_HOUR + 24 * 3_600),
    "without user": signed_jwt(sub=None),
    "empty subject": signed_jwt(sub=""),
    "not valid yet": signed_jwt(nbf=IN_AN_HOUR),
    "made in the future": signed_jwt(iat=IN_AN_HOUR),
    "without signature": signed_jwt().rpartition(".")[0] + ".",
    "two parts": signed_jwt().rpartition(".")[0],
    "critical extension": signed_jwt(headers={"crit": ["x"], "x": 1}),
    "a visitor's token": somebody()[1],
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_identity_the_site_did_not_sign_is_refused_without_a_word_why(name: str) -> None:
    answer = come(Chats(), REFUSED[name])
    assert answer.status_code == 403
    assert answer.json == {
        "type": "urn:sportello:problem:identity-refused",
        "title": "The identity was refused",
        "status": 403,
    }


def test_an_identity_refused_leaves_nobody_in_not_even_as_a_stranger() -> None:
    assert "token" not in come(Chats(), {"user_id": "user-7"}, token=somebody()[1]).json


def test_clocks_may_differ_a_little_and_hashes_be_in_capitals() -> None:
    chats = Chats()
    assert come(chats, signed_jwt(exp=IN_AN_HOUR - 3_600 - 30)).status_code == 200
    assert come(chats, {"user_id": "user-7", "hash": hashed("user-7").upper()}).status_code == 200
    assert come(chats, signed_jwt(sub=7)).json["visitor"]["id"] == verified_id(SHOP, SECRET, "7")


@pytest.mark.parametrize(
    ("identity", "email", "signed"),
    [
        (signed_jwt(email="g@b.example"), "g@b.example", True),
        (signed_jwt(email="g@b.example", email_verified=True), "g@b.example", True),
        (signed_jwt(email="g@b.example", email_verified=False), "g@b.example", False),
        (signed_jwt(email="no address"), "", True),
        (signed_jwt(email=["g@b.example"]), "", True),
        ({"user_id": "user-7", "hash": hashed("user-7"), "email": "g@b.example"}, "g@b.example", False),
        ({"user_id": "user-7", "hash": hashed("user-7")}, "", True),
    ],
)
def test_only_what_was_signed_is_told_as_proven(identity: Any, email: str, signed: bool) -> None:
    chats = Chats()
    token = come(chats, identity).json["token"]
    chats.say(token)
    told = chats.events("message.received")[0].data.visitor
    assert (told.email, told.verified) == (email, signed)


def test_what_a_proven_user_types_is_not_proven_by_that() -> None:
    chats = Chats()
    token = come(chats, signed_jwt(email="g@b.example")).json["token"]
    for details in ({"email": "victim@b.example"}, {"phone": "+39 333 1234567"}):
        chats.say(token, details=details)
    assert [event.data.visitor.verified for event in chats.events("message.received")] == [False, False]


def test_an_anonymous_visitor_who_signs_in_stays_the_same_person() -> None:
    chats = Chats()
    visitor, token = somebody()
    answer = come(chats, signed_jwt(), token=token).json
    chats.say(answer["token"])
    sender = chats.events("message.received")[0].data.sender
    assert [each.key for each in sender.identities] == [
        f"webchat:{verified_id(SHOP, SECRET, 'user-7')}",
        f"webchat:{visitor.id}",
    ]
    again = come(chats, signed_jwt(), token=answer["token"]).json
    assert read(SHOP, again["token"]).former == (visitor.id,)


def test_whoever_signs_in_where_somebody_else_was_takes_nothing_of_theirs() -> None:
    chats = Chats()
    first = come(chats, signed_jwt(sub="user-7"), token=somebody()[1]).json["token"]
    second = read(SHOP, come(chats, signed_jwt(sub="user-8"), token=first).json["token"])
    assert second.former == ()


def test_nobody_becomes_somebody_by_naming_them() -> None:
    chats = Chats()
    victim = come(chats, signed_jwt(sub="user-7")).json["visitor"]["id"]
    body = {"visitor": {"id": victim}, "v": victim, "user_id": "user-7", "former": [victim]}
    found = read(SHOP, (chats.post("visitors", body).json or {})["token"])
    assert found.id != victim
    assert found.former == ()


def test_a_user_stays_the_same_person_when_the_secret_changes() -> None:
    new = "a new secret of the shop's own server"
    renewed = replace(SHOP, identity_secret=new, retired_secrets=(SECRET,))
    answer = come(Chats(renewed), signed_jwt(new)).json
    assert read(renewed, answer["token"]).former == (verified_id(SHOP, SECRET, "user-7"),)


def test_secrets_do_not_show() -> None:
    assert SECRET not in repr(SHOP)
    assert SECRET not in repr(replace(SHOP, retired_secrets=(SECRET,), identity_secret="x"))
