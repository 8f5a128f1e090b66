"""Mails made to hurt, too large to lie in the repository: each is built when it is wanted."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Final

_MEGA: Final = 1_000_000


def _mail(body: bytes, *headers: bytes) -> bytes:
    top = (b"From: luca@bianchi.example", b"Subject: Bomba", b"To: assistenza@example.org", *headers)
    return b"\r\n".join(top) + b"\r\n\r\n" + body


def _html(body: bytes) -> bytes:
    return _mail(body, b"Content-Type: text/html; charset=utf-8")


def _mixed(*parts: bytes) -> bytes:
    whole = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"
    return _mail(whole, b"Content-Type: multipart/mixed; boundary=b")


def _nested(depth: int, inside: bytes) -> bytes:
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n" % (each, each)
        for each in range(depth)
    )
    return b"From: luca@bianchi.example\r\n" + opened + b"\r\n" + inside


def _tnef(objects: int) -> bytes:
    return b"\x78\x9f\x3e\x22\x01\x00" + b"\x01\x99\x99\x06\x00\x00\x00\x00\x00\x00\x00" * objects


def _file(kind: bytes, data: bytes) -> bytes:
    return (
        b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data)
    )


BOMBS: Final[dict[str, Callable[[], bytes]]] = {
    "a million empty headers": lambda: b"From: luca@bianchi.example\r\n" + b"X:\r\n" * _MEGA + b"\r\nciao",
    "a million different headers": lambda: (
        b"From: luca@bianchi.example\r\n" + b"".join(b"X-%d: v\r\n" % each for each in range(_MEGA))
    ),
    "a header line of 30 MB": lambda: (
        b"From: luca@bianchi.example\r\nX-A: " + b"a" * 30 * _MEGA + b"\r\n\r\nciao"
    ),
    "a header folded a million times": lambda: _mail(b"ciao", b"X-A: a" + b"\r\n a" * _MEGA),
    "10,000 files": lambda: _mixed(*[_file(b"application/x-a; name=a", b"x")] * 10_000),
    "10,000 multiparts inside of each other": lambda: _nested(10_000, b"in fondo"),
    "50 multiparts around 20 MB": lambda: _nested(50, b"--n\r\n" * (4 * _MEGA)),
    "a million delimiters": lambda: _mail(b"--b\r\n" * _MEGA, b"Content-Type: multipart/mixed; boundary=b"),
    "a million almost delimiters": lambda: _mail(
        b"--bb\r\n" * _MEGA, b"Content-Type: multipart/mixed; boundary=b"
    ),
    "30 MB of base64": lambda: _mixed(_file(b"application/pdf; name=a.pdf", b"%PDF" + b"\x00" * 22 * _MEGA)),
    "base64 that is padding": lambda: _mail(b"A=" * 5 * _MEGA, b"Content-Transfer-Encoding: base64"),
    "20 MB of quoted-printable": lambda: _mail(
        b"=C3=A9" * (3 * _MEGA), b"Content-Transfer-Encoding: quoted-printable"
    ),
    "soft breaks with blanks": lambda: _mail(
        b"=" + b" " * 5 * _MEGA, b"Content-Transfer-Encoding: quoted-printable"
    ),
    "20 MB of text": lambda: _mail(b"ciao mondo\r\n" * (2 * _MEGA)),
    "a million quote marks": lambda: _mail(b">" * _MEGA + b"\r\nciao"),
    "quotes ever deeper": lambda: _mail(b"".join(b">" * each + b" x\r\n" for each in range(1_400))),
    "a line that says On": lambda: _mail(b"On " * 300_000 + b"wrote:\r\n"),
    "a million blank lines": lambda: _mail(b"a" + b"\r\n" * _MEGA + b"b"),
    "flowed without end": lambda: _mail(b"a \r\n" * 250_000, b"Content-Type: text/plain; format=flowed"),
    "20,000 tags inside of each other": lambda: _html(b"<div>" * 20_000 + b"ciao"),
    "30,000 open formattings": lambda: _html(b"<b><i><p>" * 30_000 + b"ciao"),
    "60,000 attributes": lambda: _html(
        b"<a " + b" ".join(b"x%d=1" % each for each in range(60_000)) + b">ciao"
    ),
    "attributes without blanks": lambda: _html(b"<a " + b'x="1"' * 60_000 + b">ciao"),
    "a million angle brackets": lambda: _html(b"<" * _MEGA),
    "a hundred thousand comments": lambda: _html(b"<!--" * 100_000),
    "10 MB of HTML": lambda: _html(b"<p>ciao <b>mondo</b></p>\r\n" * 400_000),
    "20,000 tables": lambda: _html(b"<table><tr><td>" * 20_000),
    "a table of 100,000 cells": lambda: _html(b"<table><tr>" + b"<td>x" * 100_000 + b"</table>"),
    "styles without end": lambda: _html(b"<p style='" + b"color:red;" * 100_000 + b"'>ciao"),
    "a data address of 1 MB": lambda: _html(b"<img src='data:image/png;base64," + b"A" * _MEGA + b"'>ciao"),
    "50,000 entities": lambda: _html(b"&amp;" * 50_000 + b"&#x1F603;" * 50_000),
    "lists inside of lists": lambda: _html(b"<ul><li>" * 50_000 + b"ciao"),
    "a subject of encoded words": lambda: _mail(b"", b"Subject: " + b"=?utf-8?q?=C3?= " * 100_000),
    "words that open and never end": lambda: _mail(b"", b"X-A: " + b"=?utf-8?q?" * 50_000),
    "200,000 recipients": lambda: _mail(b"", b"Cc: " + b"a@b.example, " * 200_000),
    "a name of brackets": lambda: _mail(b"", b"Cc: " + b"<" * 20_000, b"Bcc: " + b"(" * 20_000),
    "comments inside of comments": lambda: (
        b"From: " + b"(" * 9_000 + b")" * 9_000 + b" a@b.example\r\n\r\nciao"
    ),
    "a charset that is slow": lambda: _mail(
        b"a-" + b"9" * _MEGA, b"Content-Type: text/plain; charset=punycode"
    ),
    "10,000 parameters": lambda: _mail(b"ciao", b"Content-Type: text/plain" + b"; a*0*=x" * 10_000),
    "300 parts with many parameters": lambda: _mixed(
        *[b"Content-Disposition: attachment" + b'; a="' * 4_000 + b"\r\n\r\nx"] * 300
    ),
    "references without end": lambda: _mail(
        b"", b"References: " + b"<a@b> " * 200_000, b"In-Reply-To: " + b"<" * 20_000
    ),
    "uuencoded files that are none": lambda: _mail(b"begin 644 x\r\n" * 150_000),
    "uuencoded without end": lambda: _mail(b"begin 644 x\r\n" + b"#86)C\r\n" * 400_000),
    "20 MB of Outlook's objects": lambda: _mixed(
        _file(b"application/ms-tnef; name=winmail.dat", _tnef(500_000))
    ),
    "a calendar of 3,000 events": lambda: _mixed(
        b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 3_000
    ),
    "a calendar of one line": lambda: _mixed(
        b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nX" + b';A="' * 45_000 + b":x\r\nEND:VCALENDAR"
    ),
    "nested mails": lambda: (
        b"From: luca@bianchi.example\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 100_000
    ),
    "a bounce of nested mails": lambda: (
        b"From: mailer-daemon@x.example\r\nReturn-Path: <>\r\n"
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
        + b"Content-Type: message/rfc822\r\n\r\n"
        * 100_000
    ),
    "a bounce of 5 MB": lambda: (
        b"From: mailer-daemon@x.example\r\nReturn-Path: <>\r\n\r\n"
        + b"<a@b.example>: host said 550 5.1.1 no\r\n" * 125_000
    ),
    "a certified mail of 10,000 parts": lambda: (
        b"X-Trasporto: posta-certificata\r\n"
        + _mixed(*[_file(b"application/xml; name=daticert.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]>")] * 10_000)
    ),
}
"""By what they do; each is at most 30 MB."""
